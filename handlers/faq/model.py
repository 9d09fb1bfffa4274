"""What was learnt, as numbers: how rare each feature is, and what it says for each label.

As text, a line a feature: read line by line it takes no more memory than it needs.
"""

import json
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

FORM = 1


class UnreadableModel(ValueError):  # noqa: N818
    """The text is no model, or one of another form."""


@dataclass(frozen=True, slots=True)
class Model:
    labels: Sequence[str]
    bias: Sequence[float]
    """What each label has in its favour before a word is read."""

    views: Mapping[str, Mapping[str, "array[float]"]]
    """By view and feature: its inverse document frequency, and then a number for each label."""


def written(model: Model, fingerprint: str) -> str:
    """The model as text. `fingerprint` names what it was learnt from."""
    head = {
        "form": FORM,
        "fingerprint": fingerprint,
        "labels": list(model.labels),
        "bias": list(model.bias),
        "views": {name: len(features) for name, features in model.views.items()},
    }
    return "\n".join([json.dumps(head), *_lines(model)]) + "\n"


def _lines(model: Model) -> Iterator[str]:
    for features in model.views.values():
        for feature, numbers in features.items():
            yield f"{feature}\t{b64encode(numbers.tobytes()).decode()}"


def read(lines: Iterator[str], fingerprint: str) -> Model | None:
    """The model; None when it was learnt from something else.

    Raises:
        UnreadableModel: the text is no model, or one of another form.
    """
    try:
        head = json.loads(next(lines))
        if head["form"] != FORM:
            raise UnreadableModel
        if head["fingerprint"] != fingerprint:
            return None
        views = {
            name: dict(_feature(next(lines)) for _ in range(count))
            for name, count in head["views"].items()
        }
        return Model(head["labels"], head["bias"], views)
    except (StopIteration, RuntimeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableModel from error


def _feature(line: str) -> "tuple[str, array[float]]":
    feature, _tab, numbers = line.rstrip("\n").partition("\t")
    return feature, array("f", b64decode(numbers, validate=True))
