"""Data sets of images with captions, as dense vectors: the published format, and a planted one."""

from lsr_opensearch.datasets.dataset import DenseDataset
from lsr_opensearch.datasets.published import read_dataset, write_dataset

__all__ = ["DenseDataset", "read_dataset", "write_dataset"]
