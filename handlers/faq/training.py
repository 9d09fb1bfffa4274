"""Learn a model from phrasings, with scikit-learn; run on its own, since importing it costs more
memory than the rest of the bot and most of a second.

    python -m handlers.faq.training FINGERPRINT < phrasings.txt > model.bin
"""

import sys
from collections.abc import Sequence

from msgspec.structs import replace
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from handlers.faq.caution import Tried, tried_out
from handlers.faq.features import VIEWS
from handlers.faq.model import FeatureTable, Model, written
from handlers.faq.normalising import words
from handlers.faq.phrasings import LABELS, UNCLEAR, Phrasing, SmallTalk, read

LEAST_SEEN = {"words": 1, "pieces": 2}
"""In how many phrasings a feature must stand to be learnt."""

STRENGTH = {"words": 1.2, "pieces": 1.0}
CERTAINTY = 1.0
"""scikit-learn's C: how closely the model follows its examples."""


def known(phrasings: Sequence[Phrasing]) -> list[Phrasing]:
    """Those that ask something: a topic, or none."""
    return [phrasing for phrasing in phrasings if phrasing.label in (*LABELS, UNCLEAR)]


def learn(phrasings: Sequence[Phrasing]) -> Pipeline:
    """A pipeline from texts to scores of labels. The same phrasings give the same one."""
    asking = known(phrasings)
    views = {
        name: TfidfVectorizer(analyzer=view, sublinear_tf=True, min_df=LEAST_SEEN[name])
        for name, view in VIEWS.items()
    }
    union = make_union(*views.values())
    union.set_params(
        transformer_weights={
            step: STRENGTH[name]
            for (step, _), name in zip(union.transformer_list, views, strict=True)
        }
    )
    # Balanced: `none` has many phrasings so that it is learnt well, not because it is asked often.
    classifier = LinearSVC(C=CERTAINTY, class_weight="balanced", random_state=0)
    pipeline = make_pipeline(union, classifier)
    with threadpool_limits(1):  # its products are small: more threads wait for each other, hotly
        pipeline.fit([each.text for each in asking], [each.label for each in asking])
    return pipeline


def model(pipeline: Pipeline, tried: Tried) -> Model:
    """The pipeline as plain numbers: all that it takes to find a topic without scikit-learn."""
    union, classifier = pipeline[0], pipeline[-1]
    coefficients = iter(tried.sharpness * classifier.coef_.T)
    views: dict[str, FeatureTable] = {}
    for name, (_step, vectorizer) in zip(VIEWS, union.transformer_list, strict=True):
        numbers: list[float] = []
        for rarity in vectorizer.idf_:
            numbers.extend([rarity, *(STRENGTH[name] * next(coefficients))])
        features = vectorizer.get_feature_names_out().tolist()
        views[name] = FeatureTable.of(features, numbers, 1 + len(classifier.classes_))
    labels = [str(label) for label in classifier.classes_]
    bias = [float(tried.sharpness * number) for number in classifier.intercept_]
    return Model(labels, bias, views, tried.caution)


def found(phrasings: Sequence[Phrasing]) -> Model:
    """What is learnt from them, and how sure it takes to answer."""
    return model(learn(phrasings), tried_out(known(phrasings), learn))


def learnt(text: str, fingerprint: str) -> bytes:
    """The model of these phrasings as it is kept; `fingerprint` names what it was learnt from."""
    phrasings = read(text)
    small_talk = {
        " ".join(words(each.text)): each.label
        for each in phrasings
        if each.label in list(SmallTalk)
    }
    return written(replace(found(phrasings), small_talk=small_talk), fingerprint)


def main() -> None:
    """The phrasings come in; the model goes out, under the fingerprint that is named."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.buffer.write(learnt(sys.stdin.read(), sys.argv[1]))


if __name__ == "__main__":
    main()
