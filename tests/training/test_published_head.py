"""Heads in the layout of their authors, made small: config.json and model.safetensors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lsr_opensearch.cli import INTERRUPTED
from lsr_opensearch.datasets.published import read_dataset
from lsr_opensearch.dense import load_dense_model
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.encoders.d2s import D2SEncoder
from lsr_opensearch.errors import DatasetError, ModelError, UsageError
from lsr_opensearch.training.d2s.import_head import Parts, import_head
from lsr_opensearch.training.d2s.published import read_published_head
from lsr_opensearch.training.vocabulary import Vocabulary
from tests.conftest import Finished

WIDTH, HIDDEN = 256, 32
Command = Callable[..., Finished]


@pytest.fixture
def published(tmp_path: Path, vocabulary: Vocabulary) -> Path:
    """As `save_pretrained` of transformers 4.36 writes the authors' class."""
    return write_head(tmp_path / "published", len(vocabulary))


def write_head(folder: Path, words: int, width: int = WIDTH) -> Path:
    folder.mkdir()
    random = torch.Generator().manual_seed(0)
    shapes = {
        "proj.weight": (HIDDEN, width),
        "proj.bias": (HIDDEN,),
        "vocab_layer_norm.weight": (HIDDEN,),
        "vocab_layer_norm.bias": (HIDDEN,),
        "vocab_projector.weight": (words, HIDDEN),
        "vocab_projector.bias": (words,),
    }
    tensors = {name: torch.randn(shape, generator=random) for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = {
        "architectures": ["D2SModel"],
        "dense_size": width,
        "mlm_head": "distilbert-base-uncased",
        "model_type": "d2s",
        "torch_dtype": "float32",
        "transformers_version": "4.36.2",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    return folder


def published_formula(folder: Path, vectors: torch.Tensor) -> torch.Tensor:
    """What the authors' class computes, from the tensors of its file."""
    held = load_file(folder / "model.safetensors")
    hidden = vectors @ held["proj.weight"].T + held["proj.bias"]
    norm = held["vocab_layer_norm.weight"], held["vocab_layer_norm.bias"]
    hidden = torch.nn.functional.layer_norm(hidden, (HIDDEN,), *norm, eps=1e-12)
    logits = hidden @ held["vocab_projector.weight"].T + held["vocab_projector.bias"]
    return torch.log1p(torch.relu(logits))


def parts(published: Path, planted: Path, **changed: object) -> Parts:
    dense = planted / "dense_model"
    given = {"head": published, "dense_model": dense, "tokenizer": dense} | changed
    return Parts(**given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> Path:
    """The same head, which nothing changes."""
    return write_head(tmp_path_factory.mktemp("original") / "published", len(vocabulary))


@pytest.fixture(scope="module")
def encoder(original: Path, planted: Path, tmp_path_factory: pytest.TempPathFactory) -> D2SEncoder:
    out = tmp_path_factory.mktemp("imported") / "model"
    import_head(parts(original, planted), out)
    loaded = load_encoder(out)
    assert isinstance(loaded, D2SEncoder)
    return loaded


def test_an_imported_head_weighs_words_as_the_published_code_does(
    encoder: D2SEncoder, original: Path, planted: Path, vocabulary: Vocabulary
) -> None:
    vectors = read_dataset(planted).image_vectors[:5]
    expected = published_formula(original, torch.from_numpy(vectors))
    expected[:, vocabulary.special] = 0
    for terms, row in zip(encoder.encode_vectors(vectors), expected, strict=True):
        top = row.topk(200)
        tokens = [vocabulary.tokens[number] for number in top.indices]
        assert list(terms)[:200] == tokens
        assert list(terms.values())[:200] == pytest.approx(top.values.tolist(), abs=1e-5)


def test_texts_go_through_the_dense_model_and_the_head(
    encoder: D2SEncoder, original: Path, planted: Path, vocabulary: Vocabulary
) -> None:
    tower = load_dense_model(planted / "dense_model").text
    ids = torch.tensor([vocabulary.numbers("a dog at the coast")])
    expected = published_formula(original, tower(ids, torch.ones_like(ids)))[0]
    (terms,) = encoder.encode_queries(["a dog at the coast"])
    for term, weight in terms.items():
        assert weight == pytest.approx(float(expected[vocabulary.tokens.index(term)]), abs=1e-4)


def test_the_table_knows_every_word_without_captions(encoder: D2SEncoder) -> None:
    table = encoder.with_queries("table")
    assert all(table.encode_queries(["dog", "coast", "old"]))


def test_the_captions_of_a_data_set_make_another_table(
    encoder: D2SEncoder, published: Path, planted: Path, tmp_path: Path
) -> None:
    import_head(parts(published, planted, data=planted), tmp_path / "other")
    other = load_encoder(tmp_path / "other")
    assert isinstance(other, D2SEncoder)
    assert other.space_id == encoder.space_id
    words = ["dog", "coast"]
    assert other.with_queries("table").encode_queries(words) != encoder.with_queries(
        "table"
    ).encode_queries(words)


def test_the_command_writes_a_model_that_says_what_it_is_of(
    lsr_os: Command, published: Path, planted: Path
) -> None:
    dense = planted / "dense_model"
    command = ("models", "import-head", published, "--dense-model", dense, "--out", "m")
    done = lsr_os(*command, "--tokenizer", dense)
    assert (done.status, done.out) == (0, "m: 1,002 words, from vectors of 256 numbers\n"), done.err
    shown = json.loads(lsr_os("models", "m", "--json").out)
    assert shown["name"] == "m"
    assert shown["summary"].startswith("The published D2S head published (")
    assert shown["summary"].endswith(", on dense_model.")
    for file in ("model.json", "README.md"):
        assert str(published.parent) not in (Path("m") / file).read_text()
    assert shown["sides"] == ["caption", "query"]
    assert lsr_os(*command, "--tokenizer", dense).status == UsageError.exit_status


@pytest.mark.parametrize("file", ["pytorch_model.bin", "head.pt"])
def test_a_pickle_is_refused_and_told_how_to_convert(published: Path, file: str) -> None:
    (published / "model.safetensors").rename(published / file)
    with pytest.raises(ModelError, match=r"is a pickle.*save_file"):
        read_published_head(published)
    with pytest.raises(ModelError, match=r"is a pickle.*save_file"):
        read_published_head(published / file)


def test_the_conversion_that_a_refused_pickle_names_gives_the_head(published: Path) -> None:
    expected = load_file(published / "model.safetensors")
    torch.save(expected, published / "pytorch_model.bin")
    (published / "model.safetensors").unlink()
    with pytest.raises(ModelError) as refused:
        read_published_head(published)
    script = refused.value.next_step.partition("python -c ")[2].strip("'")
    subprocess.run([sys.executable, "-c", script], check=True)
    found = read_published_head(published).tensors
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_missing_and_unexpected_tensors_are_named(published: Path) -> None:
    held = load_file(published / "model.safetensors")
    held["vocab_transform.weight"] = held.pop("proj.bias")
    save_file(held, published / "model.safetensors")
    with pytest.raises(ModelError, match=r"lacks proj\.bias and has vocab_transform\.weight"):
        read_published_head(published)


def test_another_architecture_is_named(published: Path) -> None:
    (published / "config.json").write_text('{"model_type": "blip"}')
    with pytest.raises(ModelError, match="architecture 'blip'"):
        read_published_head(published)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_config_that_makes_no_sense_is_named(published: Path, content: str) -> None:
    (published / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json cannot be used"):
        read_published_head(published)


def test_damaged_weights_are_told(published: Path) -> None:
    (published / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="damaged"):
        read_published_head(published)


def test_tensors_that_are_not_of_one_model_are_told(published: Path) -> None:
    held = load_file(published / "model.safetensors")
    save_file(held | {"proj.bias": torch.zeros(7)}, published / "model.safetensors")
    with pytest.raises(ModelError, match=r"proj\.bias is 7, where .* ask for 32"):
        read_published_head(published)


def test_a_vocabulary_of_another_size_is_refused(planted: Path, tmp_path: Path) -> None:
    small = write_head(tmp_path / "small", 77)
    with pytest.raises(ModelError, match=r"has 77 words, and .*tokenizer\.json 1,002"):
        import_head(parts(small, planted), tmp_path / "model")


def test_a_dense_model_of_another_width_is_refused(
    planted: Path, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    narrow = write_head(tmp_path / "narrow", len(vocabulary), width=64)
    with pytest.raises(ModelError, match=r"vectors of 64 numbers, and the dense model .* 256"):
        import_head(parts(narrow, planted), tmp_path / "model")


def test_a_data_set_of_another_dense_model_is_refused(
    published: Path, planted: Path, tmp_path: Path
) -> None:
    from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
    from lsr_opensearch.datasets.planted.writing import write_planted

    settings = PlantedSettings(vocabulary=1000, width=64)
    write_planted(tmp_path / "other", sizes=Sizes(5, 2, 2), settings=settings)
    with pytest.raises(DatasetError, match="have 64 numbers, and the head takes 256"):
        import_head(parts(published, planted, data=tmp_path / "other"), tmp_path / "model")


def test_a_data_set_of_another_dense_model_of_the_same_width_is_refused(
    published: Path, planted: Path, tmp_path: Path
) -> None:
    from lsr_opensearch.datasets.planted.settings import PlantedSettings, Sizes
    from lsr_opensearch.datasets.planted.writing import write_planted

    settings = PlantedSettings(vocabulary=1000)
    write_planted(tmp_path / "other", sizes=Sizes(5, 2, 2), settings=settings, seed=9)
    with pytest.raises(ModelError, match=r"other are not of the dense model .*dense_model'"):
        import_head(parts(published, planted, data=tmp_path / "other"), tmp_path / "model")


def test_an_interrupted_import_is_done_by_the_same_command_again(
    published: Path, planted: Path, tmp_path: Path
) -> None:
    dense = planted / "dense_model"
    command = ("models", "import-head", published, "--dense-model", dense, "--tokenizer", dense)
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *command, "--out", tmp_path / "m"],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )
    # The first file; the networks come later.
    while not list(tmp_path.rglob("vocabulary.txt")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, said.splitlines()[-1]) == (
        INTERRUPTED,
        "Interrupted; run the same command again to go on.",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["published"]


def test_a_model_in_the_folder_one_is_in_is_named_after_it(
    published: Path, planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named").mkdir()
    monkeypatch.chdir(tmp_path / "named")
    import_head(parts(published, planted), Path())
    assert load_encoder(Path()).description.name == "named"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder of a model"):
        read_published_head(tmp_path / "nowhere")


def test_a_hub_that_cannot_be_reached_says_what_was_sought_and_how_to_pass_a_folder(
    planted: Path, tmp_path: Path
) -> None:
    # Nothing listens there; the address is read when the process starts.
    nowhere = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    dense = planted / "dense_model"
    command = ("models", "import-head", "lsr42/d2s_head")
    done = subprocess.run(
        [sys.executable, "-m", "cli", *command, "--dense-model", dense, "--out", tmp_path / "out"],
        cwd=Path(__file__).parents[2],
        env=nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "config.json and model.safetensors of a repository of that name" in done.stderr
    assert "pass their folder: lsr-os models import-head DIR" in done.stderr
    assert "Traceback" not in done.stderr
