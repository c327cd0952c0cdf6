"""What is read of a saved SparseEncoder without loading it, and of the names of the hub."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from lsr_opensearch.encoders import encoder_of, load_encoder
from lsr_opensearch.errors import MissingExtraError, ModelError
from lsr_opensearch.models import describe_model, find_model
from tests.test_imports import modules_after

OURS = "sentence_transformers.sparse_encoder.modules"


def saved(
    folder: Path, *, kind: str = "SparseEncoder", last: str = "splade_pooling.SpladePooling"
) -> Path:
    """The files that matter of what ``SparseEncoder.save_pretrained`` writes."""
    folder.mkdir()
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Last", "type": f"{OURS}.{last}"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    config = {"model_type": kind, "__version__": {"sentence_transformers": "6.2.0"}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_a_saved_folder_is_recognised(tmp_path: Path) -> None:
    found = describe_model(saved(tmp_path / "splade"))
    assert (found.name, found.kind, found.sides) == (
        "splade",
        "sparse_encoder",
        ("caption", "query"),
    )


def test_a_copy_is_in_the_same_space_whatever_its_name(tmp_path: Path) -> None:
    spaces = {describe_model(saved(tmp_path / name)).space_id for name in ("one", "two")}
    assert len(spaces) == 1


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "1_Last/config.json"])
def test_other_files_are_another_space(tmp_path: Path, file: str) -> None:
    before = describe_model(saved(tmp_path / "model")).space_id
    (tmp_path / "model" / file).parent.mkdir(exist_ok=True)
    (tmp_path / "model" / file).write_text('{"other": 1}')
    assert describe_model(tmp_path / "model").space_id != before


def test_a_note_on_the_model_is_not_another_space(tmp_path: Path) -> None:
    before = describe_model(saved(tmp_path / "model")).space_id
    (tmp_path / "model" / "README.md").write_text("A good model.")
    assert describe_model(tmp_path / "model").space_id == before


def test_a_model_that_looks_at_pictures_has_an_image_side(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    (folder / "sentence_bert_config.json").write_text('{"modality_config": {"image": {}}}')
    assert describe_model(folder).sides == ("image", "caption", "query")


def test_a_dense_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no SparseEncoder"):
        load_encoder(saved(tmp_path / "dense", kind="SentenceTransformer"))


def test_a_model_whose_dimensions_are_no_words_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "csr", last="sparse_auto_encoder.SparseAutoEncoder")
    with pytest.raises(ModelError, match="no words"):
        load_encoder(folder)


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "old")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickle"):
        load_encoder(folder)


def test_a_model_without_weights_is_told(tmp_path: Path) -> None:
    (saved(tmp_path / "empty") / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="has no weights"):
        load_encoder(tmp_path / "empty")


@pytest.mark.parametrize("file", ["modules.json", "config_sentence_transformers.json"])
@pytest.mark.parametrize("content", ["{", "7", "[7]"])
def test_a_damaged_folder_is_told(tmp_path: Path, file: str, content: str) -> None:
    (saved(tmp_path / "model") / file).write_text(content)
    with pytest.raises(ModelError, match=r"json"):
        load_encoder(tmp_path / "model")


@pytest.mark.parametrize("name", ["hf:", "hf:alone", "hf:a/b/c", "hf:a/b@", "hf:../b c"])
def test_what_is_no_name_of_the_hub_is_told(name: str) -> None:
    with pytest.raises(ModelError, match="hf:OWNER/NAME"):
        find_model(name)


def test_what_is_wrong_with_the_hub_is_said_of_the_model_of_an_index_too() -> None:
    with pytest.raises(ModelError, match="hf:OWNER/NAME"):
        encoder_of("photos", "hf:alone")


@pytest.mark.skipif(find_spec("huggingface_hub") is not None, reason="the extra is installed")
def test_the_hub_needs_an_extra() -> None:
    with pytest.raises(MissingExtraError, match="sentence-transformers"):
        find_model("hf:someone/some-model")


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="it is installed")
def test_running_one_needs_an_extra(tmp_path: Path) -> None:
    encoder = load_encoder(saved(tmp_path / "model"))
    with pytest.raises(MissingExtraError, match=r"lsr-opensearch\[sentence-transformers\]"):
        encoder.encode_queries(["dog"])


def test_knowing_one_imports_nothing_heavy(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    code = f"from lsr_opensearch import load_encoder; load_encoder({str(folder)!r})"
    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "huggingface_hub"}
    assert not modules_after(code) & heavy
