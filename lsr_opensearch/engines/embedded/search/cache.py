"""A cache of postings that is bounded by bytes: the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict

# What an entry costs beside its bytes: the key, the value's header and the slot.
_ENTRY_BYTES = 200


class PostingsCache:
    """Postings by row key; ``None`` stands for a posting that does not exist.

    Args:
        limit_bytes: at most this much is kept; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._entries: OrderedDict[int, bytes | None] = OrderedDict()

    @property
    def enabled(self) -> bool:
        """Whether anything is ever kept."""
        return self._limit_bytes > 0

    @property
    def size_bytes(self) -> int:
        """What is kept now."""
        return self._bytes

    def get(self, key: int) -> bytes | None:
        """The posting of ``key``.

        Raises:
            KeyError: it is not in the cache.
        """
        data = self._entries[key]
        self._entries.move_to_end(key)
        return data

    def put(self, key: int, data: bytes | None) -> None:
        """Keep a posting, and let others go for it."""
        cost = _cost(data)
        if cost > self._limit_bytes:
            return
        self._entries[key] = data
        self._bytes += cost
        while self._bytes > self._limit_bytes:
            _, dropped = self._entries.popitem(last=False)
            self._bytes -= _cost(dropped)

    def keep_segments(self, segments: set[int], segment_shift: int) -> None:
        """Let the postings of all other segments go: nobody will ask for them again."""
        for key in [key for key in self._entries if key >> segment_shift not in segments]:
            self._bytes -= _cost(self._entries.pop(key))


def _cost(data: bytes | None) -> int:
    return _ENTRY_BYTES + (len(data) if data else 0)
