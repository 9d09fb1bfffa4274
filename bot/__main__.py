"""`python -m bot`, and the command `godkjenningsbot`."""

import gc
import os
import sys

# What is imported stays: to look for garbage meanwhile takes a tenth of the start and finds none.
gc.disable()


def keep_what_is_imported() -> None:
    """And look for garbage from now on."""
    gc.freeze()
    gc.enable()


def main() -> None:
    """Run the command line; what is broken off ends without a word."""
    _have_standard_streams()
    try:
        _main()
    except KeyboardInterrupt:
        sys.exit(128 + 2)  # as of SIGINT


def _have_standard_streams() -> None:
    """One that was closed, as by a service manager, would else be the next thing that is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _main() -> None:
    """What cannot be carried out ends in one sentence."""
    from bot.operating.failing import in_one_sentence

    with in_one_sentence():
        if sys.argv[1:] == ["run"]:
            # The bot keeps what is imported for as long as it runs, and typer, which reads the
            # other commands, would be a tenth of its memory and of its start.
            from bot.operating.running import run

            keep_what_is_imported()
            run()
        else:
            from bot.operating.command_line import carry_out

            keep_what_is_imported()
            carry_out()


if __name__ == "__main__":
    main()
