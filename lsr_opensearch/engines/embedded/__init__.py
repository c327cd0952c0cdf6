"""The embedded engine: an index in one SQLite file, scored with numpy.

For one machine and up to about a million pictures. Several processes may read and write one file.
docs/embedded.md describes the design; in the code, from the outside in:

- the port: `index` (what the library calls), `opening`, `writer` (loaded by the first change);
- the file: `store` (opening, transactions), `layout` (tables, keys), `failures`, `text`, `tuning`;
- a search: `view` (one moment of the index), `search`, `scoring`, `ranking`, `filtering`, `cache`,
  `contents` (documents of hits), `coverage` and `vocabulary` (words), `status`;
- a write: `writing` (a batch), `provenance` (sources, manifest), `metadata`, `removal`;
- upkeep: `upkeep` (when), `merging` (what, pure), `merge_steps` (how, in the file), `checking`;
- arrays, all pure: `postings`, `vectors`, `segments`, `arrays`.
"""

from lsr_opensearch.engines.embedded.index import EmbeddedIndex
from lsr_opensearch.engines.embedded.opening import open_embedded
from lsr_opensearch.engines.embedded.tuning import Tuning

__all__ = ["EmbeddedIndex", "Tuning", "open_embedded"]
