"""Which options of `lsr-os index` mean nothing beside what is indexed: refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lsr_opensearch.datasets.files import is_dataset
from lsr_opensearch.errors import UsageError

# A list of skipped pictures is tried again as it is: where they belong and what is said of them is
# known from the run that skipped them.
_NOT_WITH_RETRY = ("--captions", "--no-captions", "--source", "--prune", "--dry-run")
# Of a data set of vectors all images are written each time, with its own captions; nothing is read
# from files of pictures.
_NOT_WITH_DATASETS = ("--captions", "--no-captions", "--prune", "--workers", "--dry-run")


def check_combination(
    paths: Sequence[str], retry_file: str | None, given: Mapping[str, object]
) -> None:
    """That every option has a meaning beside the others.

    Args:
        given: option -> its value, which is empty or false where the option was left out.

    Raises:
        UsageError: one has none.
    """
    if bool(paths) == bool(retry_file):
        raise UsageError(
            "Say what to index: folders or files, or a list of skipped pictures with --retry.",
            "For example: lsr-os index ~/Pictures",
        )
    if retry_file:
        _refuse(
            _NOT_WITH_RETRY,
            given,
            "--retry tries the pictures of its list again as they were",
            "index their folder again",
        )
    datasets = [path for path in paths if is_dataset(path)]
    others = "index it by a command of its own"
    if datasets:
        _refuse(_NOT_WITH_DATASETS, given, f"{datasets[0]} is a data set of vectors", others)
    if datasets and len(paths) > 1:
        # The images of the second would take the place of the first's.
        _refuse(["--source"], given, f"{datasets[0]} is a data set, a source of its own", others)


def _refuse(options: Iterable[str], given: Mapping[str, object], why: str, otherwise: str) -> None:
    refused = " and ".join(option for option in options if given[option])
    if refused:
        raise UsageError(
            f"{why}: {refused} cannot be obeyed.", f"Leave {refused} out, or {otherwise}."
        )
