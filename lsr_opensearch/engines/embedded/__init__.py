"""The embedded engine: an index in one SQLite file, scored with numpy.

For one machine and up to about a million pictures. Several processes may read and write one file.
docs/embedded.md describes the design. `index` is what the library calls; behind it stand the file
(`storage`), arrays (`arrays`, pure functions), searching (`search`) and writing (`write`, loaded by
the first change, so that a search from the shell never pays for it).
"""

from lsr_opensearch.engines.embedded.index import EmbeddedIndex
from lsr_opensearch.engines.embedded.opening import open_embedded
from lsr_opensearch.engines.embedded.tuning import Tuning

__all__ = ["EmbeddedIndex", "Tuning", "open_embedded"]
