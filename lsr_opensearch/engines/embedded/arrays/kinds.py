"""The kinds of arrays that the engine works with.

For annotations only, and imported only by type checkers: importing numpy.typing takes as long as a
search.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.unsignedinteger[Any]]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]  # of documents
Slots = NDArray[np.intp]  # places in an array
