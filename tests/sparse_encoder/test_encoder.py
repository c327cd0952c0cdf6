"""Term weights against those of sentence-transformers itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sentence_transformers import SparseEncoder

from lsr_opensearch.encoders import Encoder, load_encoder
from lsr_opensearch.encoders.sparse_encoder import SparseEncoderModel
from lsr_opensearch.errors import ModelError
from lsr_opensearch.terms import TermWeights
from tests.sparse_encoder.conftest import PICTURE_TOKENS, SPECIAL

TEXTS = ["a dog on the beach", "old red house", "dogs dog", "a cat. mr. dog"]


def words_of(model: SparseEncoder, vectors: object) -> list[TermWeights]:
    """What the model says, special tokens left out."""
    left_out = SPECIAL | set(PICTURE_TOKENS)
    return [
        {term: weight for term, weight in terms if term not in left_out}
        for terms in model.decode(vectors)
    ]


def same(found: list[TermWeights], expected: list[TermWeights]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-5)
        assert ours


@pytest.fixture(params=["splade", "inference_free", "multimodal"])
def saved(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


def test_captions_weigh_what_documents_weigh(saved: Path) -> None:
    model = SparseEncoder(str(saved), device="cpu")
    same(load_encoder(saved).encode_captions(TEXTS), words_of(model, model.encode_document(TEXTS)))


def test_queries_weigh_what_queries_weigh(saved: Path) -> None:
    model = SparseEncoder(str(saved), device="cpu")
    queries = ["dog", "cat.dog"]
    same(load_encoder(saved).encode_queries(queries), words_of(model, model.encode_query(queries)))


def test_pictures_weigh_what_documents_weigh(multimodal: Path, pictures: list[Image.Image]) -> None:
    model = SparseEncoder(str(multimodal), device="cpu")
    expected = words_of(model, model.encode_document(pictures))
    same(load_encoder(multimodal).encode_images(pictures), expected)


def test_many_texts_keep_their_order(splade: Path) -> None:
    encoder = load_encoder(splade)
    many = [*TEXTS, ""] * 20
    alone = dict(zip(TEXTS, encoder.encode_captions(TEXTS), strict=True)) | {"": {}}
    for text, found in zip(many, encoder.encode_captions(many), strict=True):
        assert found == pytest.approx(alone[text], rel=1e-4)


@pytest.mark.parametrize("text", ["", " ", "[CLS]", "[unused0] [SEP]"])
def test_a_text_without_words_says_nothing(saved: Path, text: str) -> None:
    encoder = load_encoder(saved)
    assert encoder.encode_captions([text, "dog"])[0] == {}
    assert encoder.encode_queries([text]) == [{}]


def test_nothing_gives_nothing(splade: Path) -> None:
    assert load_encoder(splade).encode_captions([]) == []


def test_a_model_of_texts_has_no_image_side(splade: Path, pictures: list[Image.Image]) -> None:
    with pytest.raises(ModelError, match="cannot encode the image side"):
        load_encoder(splade).encode_images(pictures)


def test_a_caption_that_names_a_picture_stays_a_text(
    multimodal: Path, pictures: list[Image.Image], tmp_path: Path
) -> None:
    file = tmp_path / "dog.png"
    pictures[0].save(file)
    encoder = load_encoder(multimodal)
    (of_picture,) = encoder.encode_images([file])
    (of_name,) = encoder.encode_captions([str(file)])
    assert of_name != pytest.approx(of_picture, rel=1e-3)


def test_transparent_parts_of_a_picture_are_white(multimodal: Path) -> None:
    encoder = load_encoder(multimodal)
    clear, white = Image.new("RGBA", (40, 40), (0, 0, 0, 0)), Image.new("RGB", (40, 40), "white")
    found = encoder.encode_images([clear, white])
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_only_the_heaviest_words_are_kept(splade: Path) -> None:
    whole = load_encoder(splade)
    short = replace(whole.description, pruning={"caption_terms": 3})
    (few,) = SparseEncoderModel(splade, short, str(splade)).encode_captions(TEXTS[:1])
    assert list(few.items()) == list(whole.encode_captions(TEXTS[:1])[0].items())[:3]


def test_literal_terms_are_the_tokens_of_a_text(splade: Path) -> None:
    assert load_encoder(splade).literal_terms(["The dogs.", "[CLS]"]) == [
        [("the", "dog", "##s", ".")],
        [],
    ]


def test_literal_terms_of_bytes_are_those_within_a_sentence_too(multimodal: Path) -> None:
    assert load_encoder(multimodal).literal_terms(["dog"]) == [[("dog",), ("Ġdog",)]]


def test_threads_get_what_one_gets(saved: Path) -> None:
    """The tokenizer would be set to pad and to cut by one thread while another uses it."""
    encoder: Encoder = load_encoder(saved)
    alone = encoder.encode_captions(TEXTS), encoder.literal_terms(TEXTS)

    def both(_: int) -> tuple[list[TermWeights], list[list[tuple[str, ...]]]]:
        return encoder.encode_captions(TEXTS), encoder.literal_terms(TEXTS)

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(both, range(100)):
            assert found == alone
