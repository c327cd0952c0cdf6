"""The list of skipped pictures that an index of a cluster has by default."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import draw_picture
from tests.faults.server import FaultyCluster, serving

from .conftest import Command, draw_album


def listed_by(err: str) -> Path:
    (line,) = [line for line in err.splitlines() if "listed in" in line]
    return Path(line.rsplit(" listed in ", 1)[1])


def test_an_index_of_the_same_name_in_another_cluster_has_its_own_list(
    tmp_path: Path, lsr_os: Command, on_cluster: Command, cluster: FaultyCluster
) -> None:
    folder = draw_album(tmp_path / "album", "ab")
    (folder / "a.png").write_bytes(b"no picture")
    listed = listed_by(on_cluster("index", folder).err)
    with serving() as other:
        sound = draw_album(tmp_path / "sound", "c")
        assert lsr_os("index", sound, "--url", f"opensearch+{other.url}").status == 0
    draw_picture(folder / "a.png", seed=7)
    done = on_cluster("index", "--json", "--retry", listed)
    assert done.status == 0, done.err
    assert json.loads(done.out)["changed"] == 1


def test_an_empty_list_to_try_again_is_told(tmp_path: Path, on_cluster: Command) -> None:
    on_cluster("index", draw_album(tmp_path / "album", "a"))
    (tmp_path / "empty.jsonl").touch()
    done = on_cluster("index", "--retry", "empty.jsonl")
    assert "nothing to try again" in done.err
