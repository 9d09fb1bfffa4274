"""`python -m bot …` in a process of its own, without the time that Python takes to import it.

Each is forked from one process in which all has been imported and nothing has begun (the standard
library's fork server). Its arguments, folder, environment, standard streams, signals and exit code
are its own, as an operator's are.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[1]
GENUINE = (sys.executable, "-m", "bot")
"""What they stand in for: for tests to which the beginning and the end of a Python matter."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        __name__,
        *("bot.operating.running", "bot.operating.doctor", "bot.operating.terminal"),
        *(f"bot.operating.{path.stem}" for path in ROOT.glob("bot/operating/*_commands.py")),
        *("bot.trial.room.serving", "alembic.command", "asyncpg"),
        "typer._adapters",  # loads pydantic, at the first argument that it reads (typer 0.29)
    ]
)


class Command:
    """One that has begun."""

    def __init__(
        self,
        words: tuple[str, ...],
        folder: Path,
        environment: dict[str, str],
        typed: bytes = b"",
        module: str = "bot",
    ) -> None:
        self._reading, writing = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(
            target=_carry_out,
            args=(words, folder, environment, typed, module, writing),
            daemon=True,
        )
        self._process.start()
        writing.close()

    @property
    def returncode(self) -> int | None:
        """None while it runs; a signal's number, negative, when that has ended it."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def finished(self, seconds: float = 30) -> tuple[int, str]:
        """Its exit code and all that it wrote."""
        with open(self._reading.fileno(), "rb", closefd=False) as output:
            written = output.read().decode()
        self._process.join(seconds)
        code = self.returncode
        assert code is not None, written
        return code, written

    async def output(self) -> asyncio.StreamReader:
        """What it writes, on standard output and error."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader),
            os.fdopen(os.dup(self._reading.fileno()), "rb", buffering=0),
        )
        return reader

    async def wait(self) -> int:
        """Its exit code, when it has one."""
        ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ending.set)
        try:
            await ending.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        code = self.returncode
        assert code is not None
        return code


def _carry_out(
    words: tuple[str, ...],
    folder: Path,
    environment: dict[str, str],
    typed: bytes,
    module: str,
    output: Connection,
) -> None:
    """In the new process: what Python does before it runs `-m bot`, and then that."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with TemporaryFile() as file:
        file.write(typed)
        file.seek(0)
        os.dup2(file.fileno(), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, closefd=False)
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)
