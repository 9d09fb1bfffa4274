"""What was learnt, as numbers: how rare each feature is, and what it says for each label.

There are 300,000 of them, and they are used as they lie in the file, which is not even read: a
question needs a few hundred.
"""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mmap import mmap

FORM = 2
FLOAT = array("f").itemsize


class UnreadableModel(ValueError):  # noqa: N818
    """The file is no model, or one of another form."""


class View(Mapping[str, Sequence[float]]):
    """By feature: its inverse document frequency, and then a number for each label."""

    def __init__(self, features: Sequence[str], numbers: "memoryview[float]", width: int) -> None:
        self._places = dict(zip(features, range(0, len(numbers), width), strict=True))
        self._numbers = numbers
        self._width = width

    def __getitem__(self, feature: str) -> "memoryview[float]":
        place = self._places[feature]
        return self._numbers[place : place + self._width]

    def __contains__(self, feature: object) -> bool:
        return feature in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True, slots=True)
class Model:
    labels: Sequence[str]
    bias: Sequence[float]
    """What each label has in its favour before a word is read."""

    views: Mapping[str, Mapping[str, Sequence[float]]]
    """By view and feature: its inverse document frequency, and then a number for each label."""

    small_talk: Mapping[str, str] = field(default_factory=dict)
    """What is no question, as normalised words with a blank between, and which kind it is."""


def written(model: Model, fingerprint: str) -> bytes:
    """The model as it is kept. `fingerprint` names what it was learnt from.

    A line of JSON, and for each view a line with its features, and then all their numbers.
    """
    head = {
        "form": FORM,
        "fingerprint": fingerprint,
        "labels": list(model.labels),
        "bias": list(model.bias),
        "views": list(model.views),
        "small_talk": dict(model.small_talk),
    }
    return b"".join([json.dumps(head).encode(), b"\n", *_views(model)])


def _views(model: Model) -> Iterator[bytes]:
    for features in model.views.values():
        yield "\t".join(features).encode() + b"\n"
        yield array("f", (number for row in features.values() for number in row)).tobytes()


def read(data: bytes | mmap, fingerprint: str) -> Model | None:
    """The model; None when it was learnt from something else.

    Raises:
        UnreadableModel: it is no model, or one of another form.
    """
    try:
        line, place = _line(data, 0)
        head = json.loads(line)
        if head["form"] != FORM:
            raise UnreadableModel
        if head["fingerprint"] != fingerprint:
            return None
        width = 1 + len(head["labels"])
        views = {}
        for name in head["views"]:
            views[name], place = _view(data, place, width)
        return Model(head["labels"], head["bias"], views, head["small_talk"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableModel from error


def _line(data: bytes | mmap, start: int) -> tuple[str, int]:
    end = data.find(b"\n", start)
    if end < start:
        raise UnreadableModel
    return data[start:end].decode(), end + 1


def _view(data: bytes | mmap, start: int, width: int) -> tuple[View, int]:
    line, start = _line(data, start)
    features = line.split("\t")
    end = start + len(features) * width * FLOAT
    numbers = memoryview(data)[start:end].cast("f")
    return View(features, numbers, width), end
