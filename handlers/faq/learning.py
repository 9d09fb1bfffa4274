"""The model at hand: prepared beforehand where that has been done, and learnt where it has not.

A wheel brings it along (`setup.py`). Else it is learnt in a process of its own, so that
scikit-learn's memory is gone when the bot runs, and kept beside the phrasings until they, or what
is made of them, change.
"""

import logging
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

from handlers.faq import phrasings, synonyms
from handlers.faq.matcher import Matcher
from handlers.faq.model import Model, UnreadableModel, read

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
MODEL = HERE / "model.bin"
MADE_FROM = (
    *("phrasings.txt", "synonyms.txt"),
    *("normalising.py", "synonyms.py", "features.py", "training.py", "model.py"),
    *("caution.py", "harm.py"),
)
"""The files that the model depends on."""

LEARNING_SECONDS = 120


class CannotLearn(RuntimeError):  # noqa: N818
    """The model cannot be learnt; the message says why."""


class NothingToLearnWith(CannotLearn):
    """scikit-learn is not installed: the extra `learn` brings it."""


class Learner:
    """Comes to a matcher, and can be told by another thread to give it up."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_given_up = False

    def matcher(self) -> Matcher:
        """
        Raises:
            BadPhrasings, BadSynonyms: a file cannot be read; the message names the line.
            CannotLearn: scikit-learn is not there, or does not get to the end.
        """
        return Matcher(kept() or self.learnt())

    def give_up(self) -> None:
        """What is being learnt ends at once, with `CannotLearn`."""
        self._is_given_up = True
        if self._process is not None:
            self._process.kill()

    def learnt(self) -> Model:
        """
        Raises:
            BadPhrasings, BadSynonyms, CannotLearn: as above.
        """
        _read()  # here, where what is wrong can be told; it is read again where it is learnt
        if find_spec("sklearn") is None:
            raise NothingToLearnWith
        log.info("learning_phrasings")
        name = fingerprint()
        learnt = self._run([sys.executable, "-m", "handlers.faq.training", name])
        keep(learnt)
        model = read(learnt, name)
        assert model is not None
        return model

    def _run(self, command: list[str]) -> bytes:
        with subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=HERE.parents[1],
        ) as self._process:
            if self._is_given_up:
                self._process.kill()
            try:
                learnt, complaint = self._process.communicate(
                    phrasings.FILE.read_bytes(), timeout=LEARNING_SECONDS
                )
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise CannotLearn(f"{LEARNING_SECONDS} s") from None
        if self._process.returncode:
            raise CannotLearn(complaint.decode(errors="replace").strip()[-300:])
        return learnt


def matcher() -> Matcher:
    """
    Raises:
        BadPhrasings, BadSynonyms, CannotLearn: as a learner does.
    """
    return Learner().matcher()


def learn() -> int:
    """Learn the model anew, and keep it where that is possible; from how many phrasings.

    Raises:
        BadPhrasings, BadSynonyms, CannotLearn: as a learner does.
    """
    Learner().learnt()
    return len(_read())


def _read() -> list[phrasings.Phrasing]:
    known = phrasings.read(phrasings.FILE.read_text(encoding="utf-8"))
    synonyms.check()
    return known


def fingerprint() -> str:
    """The name of what there is to learn from, and of how it is learnt, as it is now."""
    digest = sha256(sys.byteorder.encode())  # its numbers lie as this machine reads them
    for name in MADE_FROM:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def kept() -> Model | None:
    """The model that was kept, if it was made from what is there now."""
    with suppress(OSError, UnreadableModel):
        return read(MODEL.read_bytes(), fingerprint())
    return None


def keep(model: bytes) -> None:
    """Whole or not at all; a folder that cannot be written in only costs time at the next start."""
    with suppress(OSError):
        with NamedTemporaryFile(dir=HERE, delete=False) as file:
            file.write(model)
        written = Path(file.name)
        written.chmod(0o644)
        written.replace(MODEL)
