"""Checks of the index that serves."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.engines.cluster.connection.blocks import block_setting, lifting
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.cluster.generations import Generation
from lsr_opensearch.engines.cluster.mapping import is_left_loading
from lsr_opensearch.engines.cluster.upkeep import blocks
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.engines.folders import index_command

_REPAIR = "lsr-os verify --repair"
# How many hits searches may ask for, and how many a look at all documents asks for at once.
_MOST_HITS, _PAGE = 10_000, 1000


def alias(examined: Examined) -> Iterator[Finding]:
    """Does the name stand for one index of ours?"""
    serving = examined.generations.serving()
    known = examined.registry.bindings() if serving is None else []
    if known:
        names = ", ".join(binding.name for binding in known)
        yield Finding(
            "alias",
            "problem",
            f"There is no index {examined.name!r}, although {examined.registry.index} has its "
            f"sources: {names}.",
            f"On each machine that has folders of them: {index_command(known, examined.host)}",
        )
        return
    if serving is None:
        yield Finding(
            "alias",
            "note",
            f"There is no index {examined.name!r} yet.",
            "Make it: lsr-os index FOLDER",
        )
        return
    yield Finding("alias", "ok", f"{examined.name} stands for {serving.index}")


def index_blocks(examined: Examined) -> Iterator[Finding]:
    """Does the index take searches and writes?"""
    serving = _serving(examined)
    if serving.is_closed:
        yield Finding(
            "index block",
            "problem",
            f"{serving.index} is closed: it can be neither searched nor written to.",
            f"Open it: POST /{serving.index}/_open",
        )
    found = blocks(serving)
    for block in found:
        if block == "write" and examined.generations.building() is not None:
            yield Finding(
                "index block",
                "note",
                f"{serving.index} takes no writes: a rebuild is in its last step.",
                "If none is running any more: lsr-os reindex finishes it, lsr-os reindex --abandon "
                "gives it up.",
            )
            continue
        why = {
            "read_only_allow_delete": " Clusters set it when a disk is nearly full (flood stage).",
            "write": " No rebuild is under way that could have set it.",
        }
        yield Finding(
            "index block",
            "problem",
            f"{serving.index} has the block {block_setting(block)}.{why.get(block, '')}",
            f"Once its reason is gone, lift it: {lifting(serving.index, [block])}",
        )


def settings(examined: Examined) -> Iterator[Finding]:
    """Are the index's settings those for searches?"""
    serving = _serving(examined)
    window = int(serving.settings.get("index.max_result_window", _MOST_HITS))
    lift = f'PUT /{serving.index}/_settings {{"index.max_result_window": null}}'
    if is_left_loading(serving.settings):
        yield Finding(
            "settings",
            "problem",
            f"{serving.index} has the settings of a load that was not finished: no replica, and "
            "what is written is not found.",
            _REPAIR,
        )
    elif serving.settings.get("index.refresh_interval") == "-1":
        yield Finding(
            "settings",
            "note",
            f"index.refresh_interval of {serving.index} is -1: what is written is found when a "
            "command of lsr-os ends, and no sooner.",
        )
    if window < _MOST_HITS:
        yield Finding(
            "settings",
            "problem" if window < _PAGE else "note",
            f"index.max_result_window of {serving.index} is {window:,}: searches for more hits "
            f"are refused{', and so is verify' if window < _PAGE else ''}.",
            f"Bring back the default, {_MOST_HITS:,}: {lift}",
        )


def health(examined: Examined) -> Iterator[Finding]:
    """Is every part of the index there, and every copy?"""
    serving = _serving(examined)
    answer = examined.connection.ask(
        "GET", f"/_cluster/health/{serving.index}", params={"timeout": "1s"}, allowed=(408,)
    )
    colour, unassigned = answer.body["status"], answer.body["unassigned_shards"]
    if colour == "red":
        yield Finding(
            "health",
            "problem",
            f"A part of {serving.index} is missing ({unassigned} shards are nowhere).",
            "GET /_cluster/allocation/explain says why. Searches fail until it is back.",
        )
    elif colour == "yellow":
        yield Finding(
            "health",
            "note",
            f"{unassigned} copies of {serving.index} have no node to lie on: a node that fails "
            "takes documents with it.",
            "Add a node, or see GET /_cluster/allocation/explain",
        )
    else:
        yield Finding("health", "ok", "every part and copy is there")


def _serving(examined: Examined) -> Generation:
    assert examined.serving is not None  # noqa: S101  checked by whoever lists the checks
    return examined.serving
