"""The browser that all these tests share leaves the machine to the others too."""

import os

import psutil

from tests.browser.scene import Scene


async def test_it_goes_before_nobody_on_the_machine(play: Scene) -> None:
    await play.opens("kari")
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    below = psutil.Process().children(recursive=True)
    browsers = [each for each in below if "--type=renderer" in each.cmdline()]
    assert browsers
    threads = [thread.id for each in browsers for thread in each.threads()]
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {ours}
