"""How the index file is laid out: its tables, and the integers that its rows are found by.

One file holds several named indexes. ``documents`` and ``contents`` are the truth; segments are an
inverted index over them. All numbers that grow for ever leave room in SQLite's 63-bit row ids:

- a document number is ``index << 36 | sequence``, so that an index is one range of rows;
- a posting key is ``segment << 32 | field << 28 | term``, so that a segment is one range of rows,
  written from left to right and deleted as a range.
"""

from __future__ import annotations

APPLICATION_ID = 0x4C53524F  # "LSRO"
FORMAT_VERSION = 1
PAGE_SIZE = 8192

SEQUENCE_BITS = 36
TERM_BITS = 28
SUBKEY_BITS = 32
TERM_MASK = (1 << TERM_BITS) - 1
SUBKEY_MASK = (1 << SUBKEY_BITS) - 1

# Fields 0..13 are sparse fields of the schema; the last two hold words without weights.
MAX_SPARSE_FIELDS = 14
TOP_TERMS_FIELD = 14
CAPTION_WORDS_FIELD = 15

# Of a segment: being written by a merge; searched; replaced, its postings being deleted.
BUILDING, LIVE, LEAVING = 0, 1, 2

TABLES = """
CREATE TABLE indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,               -- NULL: dropped, its rows being deleted
    schema TEXT NOT NULL,
    next_number INTEGER NOT NULL,
    revision INTEGER NOT NULL       -- grows with everything that a search could see
);
CREATE TABLE sources (
    index_id INTEGER NOT NULL,
    name BLOB NOT NULL,
    host BLOB NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY (index_id, name)
) WITHOUT ROWID;
CREATE TABLE manifest (
    index_id INTEGER NOT NULL,
    source BLOB NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    annotation TEXT NOT NULL,
    document_id TEXT NOT NULL,
    problem BLOB NOT NULL,
    PRIMARY KEY (index_id, source, path)
) WITHOUT ROWID;
CREATE TABLE documents (            -- what filters look at; text is casefolded
    number INTEGER PRIMARY KEY,
    index_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    source_name BLOB NOT NULL,
    source TEXT NOT NULL,
    path TEXT,
    format TEXT,
    camera TEXT,
    sha256 TEXT,
    keywords TEXT,                  -- JSON: [value, ...]
    width REAL,
    height REAL,
    bytes REAL,
    taken_at TEXT,
    modified_at TEXT,
    extra TEXT                      -- JSON: {name: [value, ...]}
);
CREATE UNIQUE INDEX document_ids ON documents (index_id, id);
CREATE TABLE contents (             -- what a hit shows
    number INTEGER PRIMARY KEY,
    metadata TEXT NOT NULL,
    lengths BLOB NOT NULL,          -- terms in each field
    ids BLOB NOT NULL,              -- term ids, field after field
    weights BLOB NOT NULL
);
CREATE TABLE terms (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);
CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    index_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    first INTEGER NOT NULL,         -- document numbers
    last INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    sources TEXT NOT NULL,          -- JSON: the segments that a merge replaces
    progress INTEGER NOT NULL       -- the last posting that a merge has written
);
CREATE TABLE segment_numbers (      -- absent where a segment's numbers have no gaps
    segment INTEGER PRIMARY KEY,
    numbers BLOB NOT NULL
);
CREATE TABLE postings (
    key INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);
CREATE TABLE dead (                 -- documents that are gone, and still in a segment
    number INTEGER PRIMARY KEY
);
"""


def first_number(index_id: int) -> int:
    """The smallest document number of an index; the first of the next one ends its range."""
    return index_id << SEQUENCE_BITS


def subkey(field: int, term: int) -> int:
    """The part of a posting's key that is the same in every segment."""
    return field << TERM_BITS | term


def posting_key(segment: int, key: int) -> int:
    """The row of a posting: ``key`` is a `subkey`."""
    return segment << SUBKEY_BITS | key
