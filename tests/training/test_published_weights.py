"""The authors' own example, with their real weights; where these are not at hand, it skips.

LSR_TEST_D2S_HEAD: the folder of lsr42/d2s_mscoco-blip-dense_q_reg_0.001_d_reg_0.001.
LSR_TEST_D2S_VECTORS: the folder of lsr42/mscoco-blip-dense; img_embs.parquet is enough.
LSR_TEST_BLIP: the folder of the BLIP model that its vectors are of.
LSR_TEST_D2S_IMAGE: sample_images/COCO_val2014_000000184613.jpg of thongnt99/lsr-multimodal.
LSR_TEST_D2S_TOKENIZER: the folder of distilbert-base-uncased; by default the head's own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from lsr_opensearch.datasets.files import IMAGES_FILE
from lsr_opensearch.datasets.parquet import read_vectors
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.encoders.networks.files import TOKENIZER
from lsr_opensearch.models.hub import folder_of
from lsr_opensearch.training.about import About
from lsr_opensearch.training.d2s.export import write_model
from lsr_opensearch.training.d2s.import_head import Parts, import_head
from lsr_opensearch.training.d2s.published import read_published_head
from lsr_opensearch.training.vocabulary import Vocabulary

_OF_THE_VECTOR = ("LSR_TEST_D2S_HEAD", "LSR_TEST_D2S_VECTORS")
_OF_THE_PICTURE = ("LSR_TEST_D2S_HEAD", "LSR_TEST_BLIP", "LSR_TEST_D2S_IMAGE")
# The row that their README looks at.
_ROW = 2
# From the README of thongnt99/lsr-multimodal.
EXPECTED = {
    "animals": 1.6846,
    "boy": 1.6151,
    "buffalo": 1.5110,
    "animal": 1.3621,
    "people": 1.3547,
    "walking": 1.3171,
    "cow": 1.3012,
    "child": 1.2839,
    "man": 1.2704,
    "crowd": 1.2290,
    "cattle": 1.2129,
    "walks": 1.2014,
    "field": 1.1722,
    "person": 1.1202,
    "umbrella": 1.1024,
    "early": 1.0906,
    "market": 1.0836,
    "kid": 1.0726,
    "young": 1.0597,
    "ox": 1.0319,
}


def needs(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        any(name not in os.environ for name in names),
        reason=f"needs the published weights: {', '.join(names)}",
    )


@needs(*_OF_THE_VECTOR)
def test_the_vector_of_the_authors_readme_gets_the_weights_that_it_shows(tmp_path: Path) -> None:
    head, vectors = (os.environ[name] for name in _OF_THE_VECTOR)
    published = read_published_head(head)
    named = os.environ.get("LSR_TEST_D2S_TOKENIZER") or published.mlm_head
    vocabulary = Vocabulary(folder_of(named, (TOKENIZER,), "this test") / TOKENIZER)
    _, found = read_vectors(Path(vectors) / IMAGES_FILE)
    vector = found[_ROW : _ROW + 1]
    # The table for queries has to be made of something; nothing here looks into it.
    texts = torch.from_numpy(vector), vocabulary.literal(["a"])
    about = About("model", "For tests.", "Knows nothing.", "Its authors'.")
    write_model(tmp_path, published.with_words(vocabulary), vocabulary, None, texts, about)
    encoder = load_encoder(tmp_path)
    assert isinstance(encoder, D2SEncoder)
    (terms,) = encoder.encode_vectors(vector)
    heaviest = dict(list(terms.items())[: len(EXPECTED)])
    assert heaviest == pytest.approx(EXPECTED, abs=1e-3)


@needs(*_OF_THE_PICTURE)
def test_the_picture_of_the_authors_readme_gets_the_weights_that_it_shows(tmp_path: Path) -> None:
    head, blip, image = (os.environ[name] for name in _OF_THE_PICTURE)
    tokenizer = os.environ.get("LSR_TEST_D2S_TOKENIZER")
    import_head(Parts(head, blip, tokenizer), tmp_path / "model")
    (terms,) = load_encoder(tmp_path / "model").encode_images([image])
    found = dict(list(terms.items())[: len(EXPECTED)])
    # Their picture went through another decoder and another scaling.
    assert len(set(found) & set(EXPECTED)) >= len(EXPECTED) - 3
    for term, weight in list(EXPECTED.items())[:10]:
        assert terms.get(term, 0.0) == pytest.approx(weight, abs=0.05), term
