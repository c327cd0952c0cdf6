"""What a training gives back is the best head of those that may count, not the last."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from lsr_opensearch.training.d2s.settings import D2SSettings
from lsr_opensearch.training.d2s.trainer import train_d2s
from lsr_opensearch.training.d2s.validation import validate
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.training.test_training import Splits, first_captions, new_head

# So much regularisation that each epoch finds worse than the one before. The first of eight does
# not count: regularisation is fully on after a fifth of them.
WORSENING = D2SSettings(
    epochs=8,
    batch=100,
    schedule="fixed",
    vocabulary_rate=2e-3,
    text_weight=0.1,
    image_weight=0.1,
)
# Every epoch finds alike, so that the first that counts is the best.
STILL = D2SSettings(epochs=10, batch=500, warm_up=0.1, projection_rate=0.0, vocabulary_rate=0.0)


def test_the_best_head_of_those_that_may_count_is_given_back(
    planted: Path, vocabulary: Vocabulary, splits: Splits, tmp_path: Path
) -> None:
    train, validation = first_captions(splits)
    trained = train_d2s(new_head(planted, vocabulary), train, validation, WORSENING, tmp_path)
    rows, best_epoch = trained.progress.rows, trained.progress.best_epoch
    recalls = [row["recall_at_1"] for row in rows]
    assert recalls[-1] < max(recalls[1:]) < recalls[0], "where the last is best, nothing is shown"
    assert best_epoch == 2 + recalls[1:].index(max(recalls[1:]))

    found = asdict(validate(trained.head, validation))
    assert found == {name: rows[best_epoch - 1][name] for name in found}


def test_no_head_counts_before_expansion_is_as_likely_as_not(
    planted: Path, vocabulary: Vocabulary, splits: Splits, tmp_path: Path
) -> None:
    trained = train_d2s(new_head(planted, vocabulary), *first_captions(splits), STILL, tmp_path)
    best_epoch = trained.progress.best_epoch
    p = [row["expansion_probability"] for row in trained.progress.rows]
    assert p[best_epoch - 2] < 0.5 <= p[best_epoch - 1]
