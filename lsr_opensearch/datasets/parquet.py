"""Vectors by id, in a Parquet file: ``id`` (string) and ``emb`` (a list of floats)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lsr_opensearch.datasets.dataset import Vectors
from lsr_opensearch.errors import DatasetError, MissingExtraError


def read_vectors(path: Path) -> tuple[list[str], Vectors]:
    """Ids and vectors, float32 [rows, width], in the order of the file.

    Raises:
        DatasetError: no such file, no Parquet, no such columns; rows of different widths, or
            numbers that are not finite.
        MissingExtraError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    try:
        table = parquet.read_table(path, columns=["id", "emb"])
    except FileNotFoundError:
        raise DatasetError(f"There is no file {path}.", "A data set has three files.") from None
    except (OSError, arrow.ArrowException) as error:
        raise DatasetError(
            f"{path} cannot be read: {str(error).splitlines()[0]}.",
            "It must be a Parquet file with the columns id and emb: fetch it again.",
        ) from error
    ids = [str(one) for one in table.column("id").to_pylist()]
    column = table.column("emb").combine_chunks()
    widths = set(arrow.compute.list_value_length(column).unique().to_pylist())
    if len(widths) > 1 or None in widths or column.flatten().null_count:
        odd = next((one for one, row in zip(ids, column, strict=True) if not _is_full(row)), ids[0])
        raise DatasetError(
            f"{path}: the vectors are not all of one width ({_widths(widths)}), or some are empty; "
            f"see the one of {odd}.",
            "Encode the data set again, with one model.",
        )
    width = widths.pop() if widths else 0
    numbers = column.flatten().to_numpy(zero_copy_only=False)
    vectors: Vectors = np.array(numbers, np.float32).reshape(len(ids), width)
    _check_finite(path, ids, vectors)
    return ids, vectors


def write_vectors(path: Path, ids: Sequence[str], vectors: Vectors) -> None:
    """Write one row an id.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    starts = np.arange(len(ids) + 1, dtype=np.int32) * vectors.shape[1]
    column = arrow.ListArray.from_arrays(starts, np.ascontiguousarray(vectors).ravel())
    parquet.write_table(arrow.table({"id": list(ids), "emb": column}), path)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.compute
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("Reading and writing data sets", "torch") from None
    return pa, parquet


def _is_full(row: Any) -> bool:
    values = row.as_py()
    return values is not None and None not in values


def _widths(widths: set[int | None]) -> str:
    return ", ".join(sorted(str(width) for width in widths))


def _check_finite(path: Path, ids: Sequence[str], vectors: Vectors) -> None:
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise DatasetError(
            f"{path}: the vector of {ids[bad[0]]} holds NaN or infinity; so do {len(bad) - 1:,} "
            "others.",
            "Encode those again: mixed precision overflows now and then, full precision does not.",
        )
