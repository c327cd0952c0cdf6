"""The table of a D2S model against a plain rendering of what it is said to hold."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.training.d2s import query_table
from lsr_opensearch.training.d2s.alone import WordsAlone
from lsr_opensearch.training.d2s.head import D2SHead
from lsr_opensearch.training.d2s.query_table import Rows, query_rows
from lsr_opensearch.training.vocabulary import Vocabulary

WIDTH, WORDS, SPECIAL = 6, 50, (0, 3)


def head(width: int = WIDTH, words: int = WORDS) -> D2SHead:
    torch.manual_seed(0)
    made = D2SHead(width, 8, words, SPECIAL)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made.eval()


def whole(rows: Rows, words: int = WORDS) -> Tensor:
    """The rows with a place for every word, [tokens, words]."""
    return torch.zeros(len(rows.weights), words).scatter_(1, rows.words, rows.weights)


def test_a_row_is_what_the_captions_with_the_word_weigh_above_all() -> None:
    made, captions = head(), query_table._ROWS + 100
    texts, literal = torch.randn(captions, WIDTH), torch.randint(-1, 12, (captions, 3))
    # A caption says a word once.
    literal[:, 1:][literal[:, 1:] == literal[:, :1]] = -1
    literal[:, 2][literal[:, 2] == literal[:, 1]] = -1
    found = whole(query_rows(made, texts, literal, None))
    weights = made(texts).detach()
    for token in range(WORDS):
        says = (literal == token).any(1)
        expected = (weights[says].mean(0) - weights.mean(0)).clamp(min=0)
        if not says.any() or token in SPECIAL:
            expected = torch.zeros(WORDS)
        kept = expected.topk(query_table.ENTRIES)
        expected = torch.zeros(WORDS).scatter_(0, kept.indices, kept.values)
        assert torch.allclose(found[token], expected, atol=1e-5), token


def test_a_range_of_the_words_weighs_what_it_does_among_all() -> None:
    made, vectors = head(), torch.randn(5, WIDTH)
    part = made.weights(made.hidden(vectors), slice(7, 21))
    assert torch.allclose(part, made(vectors)[:, 7:21], atol=1e-6)


def test_a_word_that_no_caption_says_is_asked_for_alone(
    planted: Path, vocabulary: Vocabulary
) -> None:
    tower = load_dense_model(planted / "dense_model").text
    made = head(tower.width, len(vocabulary))
    alone = WordsAlone(tower, vocabulary.tokens)
    nothing = torch.zeros(1, tower.width), torch.full((1, 1), -1)
    rows = query_rows(made, *nothing, alone)
    dog = vocabulary.tokens.index("dog")
    ids = torch.tensor([vocabulary.numbers("dog")])
    expected = made(tower(ids, torch.ones_like(ids))).topk(query_table.ENTRIES, 1)
    assert torch.allclose(rows.weights[dog], expected.values[0], atol=1e-5)
    assert rows.words[dog].tolist() == expected.indices[0].tolist()
