"""What was learnt, as numbers: how rare each feature is, and what it says for each label.

There are 800,000 of them, in one row as they lie in the file: a row for each feature would take
ten times as long to read, and more memory. Each is a whole number of steps, which takes half the
room of a fraction and says as much.
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from io import BytesIO

from msgspec import Struct, field

FORM = 3
MOST_STEPS = 32_767
"""What the largest number of a table is written as."""


class UnreadableModel(ValueError):  # noqa: N818
    """The file is no model, or one of another form."""


class FeatureTable:
    """A row of numbers by feature: its inverse document frequency, and then one for each label."""

    def __init__(
        self, features: Sequence[str], numbers: "array[int]", width: int, step: float
    ) -> None:
        """`numbers` are those of every feature in turn, `width` each, in steps of `step`.

        Raises:
            ValueError: there are more or fewer.
        """
        self._places = dict(zip(features, range(0, len(numbers), width), strict=True))
        self._numbers = numbers
        self._width = width
        self.step = step

    @classmethod
    def of(cls, features: Sequence[str], numbers: Sequence[float], width: int) -> "FeatureTable":
        """From numbers as they were learnt."""
        step = max(map(abs, numbers), default=0.0) / MOST_STEPS or 1.0
        return cls(features, array("h", [round(each / step) for each in numbers]), width, step)

    def row(self, feature: str) -> "array[int] | None":
        """In steps; None for a feature that was never seen."""
        place = self._places.get(feature)
        return None if place is None else self._numbers[place : place + self._width]

    def written(self) -> bytes:
        """A line with the features, and then all their numbers."""
        return "\t".join(self._places).encode() + b"\n" + self._numbers.tobytes()


class Caution(Struct, frozen=True):
    """How sure one has to be: learnt from what mistakes would cost (`caution`)."""

    sure: Mapping[str, float]
    """By topic, from which probability it is answered."""

    beside: float
    """From which probability of a warning beside it an answer that might do harm is not given."""


class Model(Struct, frozen=True):
    labels: Sequence[str]
    bias: Sequence[float]
    """What each label has in its favour before a word is read."""

    views: Mapping[str, FeatureTable]
    caution: Caution
    small_talk: Mapping[str, str] = field(default_factory=dict)
    """What is no question, as normalised words with a blank between, and which kind it is."""


def written(model: Model, fingerprint: str) -> bytes:
    """The model as it is kept. `fingerprint` names what it was learnt from.

    A line of JSON, and then its views.
    """
    head = {
        "form": FORM,
        "fingerprint": fingerprint,
        "labels": list(model.labels),
        "bias": list(model.bias),
        "views": {name: view.step for name, view in model.views.items()},
        "sure": dict(model.caution.sure),
        "beside": model.caution.beside,
        "small_talk": dict(model.small_talk),
    }
    return b"".join(
        [json.dumps(head).encode(), b"\n", *(view.written() for view in model.views.values())]
    )


def read(data: bytes, fingerprint: str) -> Model | None:
    """The model; None when it was learnt from something else.

    Raises:
        UnreadableModel: it is no model, or one of another form.
    """
    file = BytesIO(data)
    try:
        head = json.loads(file.readline())
        if head["form"] != FORM:
            raise UnreadableModel
        if head["fingerprint"] != fingerprint:
            return None
        width = 1 + len(head["labels"])
        views = {name: _view(file, width, step) for name, step in head["views"].items()}
        caution = Caution(head["sure"], head["beside"])
        return Model(head["labels"], head["bias"], views, caution, head["small_talk"])
    except (AttributeError, EOFError, KeyError, TypeError, ValueError) as error:
        raise UnreadableModel from error


def _view(file: BytesIO, width: int, step: float) -> FeatureTable:
    features = file.readline().decode().rstrip("\n").split("\t")
    numbers = array("h")
    numbers.frombytes(file.read(len(features) * width * numbers.itemsize))
    return FeatureTable(features, numbers, width, step)
