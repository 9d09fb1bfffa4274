"""`python -m tests.bench [--quick] [acknowledge] [submit] [verify] [sweep] [desk] [start] [answers]
[waiting] [installed] [running_out] [looking_up] [soak]`

Every part but the soak, which takes minutes, unless some are named. Missed targets are printed as
missed and end in success all the same: this measures, it does not judge. It ends in failure when it
could not measure.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    acknowledge,
    answers,
    desk,
    installed,
    looking_up,
    running_out,
    soak,
    start,
    submit,
    sweep,
    verify,
    waiting,
)
from tests.bench.machine import (
    CannotMeasure,
    cores,
    fsync_milliseconds,
    require_wrk,
)
from tests.bench.plan import FULL, QUICK, Plan
from tests.bench.report import Part, Target, summary

PARTS: dict[str, Callable[[Plan, Path], Part]] = {
    "acknowledge": acknowledge.measure,
    "submit": submit.measure,
    "verify": verify.measure,
    "sweep": sweep.measure,
    "desk": desk.measure,
    "start": start.measure,
    "answers": answers.measure,
    "waiting": waiting.measure,
    "installed": installed.measure,
    "running_out": running_out.measure,
    "looking_up": looking_up.measure,
    "soak": soak.measure,
}
ONLY_WHEN_NAMED = {"soak"}


def main() -> int:
    arguments = _arguments()
    try:
        measure(
            arguments.parts or [name for name in PARTS if name not in ONLY_WHEN_NAMED],
            QUICK if arguments.quick else FULL,
        )
    except CannotMeasure as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, and rougher")
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], metavar="part", help=f"of {', '.join(PARTS)}"
    )
    return parser.parse_args()


def measure(names: list[str], plan: Plan) -> None:
    load_core, server_core = cores()
    require_wrk()
    os.sched_setaffinity(0, {load_core})
    began = time.monotonic()
    targets: list[Target] = []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        _say_where(load_core, server_core, Path(folder))
        for name in names:
            place = Path(folder, name)
            place.mkdir()
            part = PARTS[name](plan, place)
            targets += part.targets
            print("\n".join(part.lines()), flush=True)
    print(f"\n{summary(targets)} {time.monotonic() - began:.0f} seconds.")


def _say_where(load_core: int, server_core: int, folder: Path) -> None:
    busy = os.getloadavg()[0]
    print(f"Server on core {server_core}, load, Slack and PostgreSQL on core {load_core}.")
    print(f"Load average {busy:.1f} before; one fsync takes {fsync_milliseconds(folder):.2f} ms.")


if __name__ == "__main__":
    sys.exit(main())
