"""The users of the secured nodes, the same on every engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A name and a password."""

    name: str
    password: str


ADMIN = User("admin", "admin-password")
# May write, read and administer the indices named `lsr*`, and may not ask the cluster anything.
WRITER = User("writer", "writer-password")
# May read them and their mappings.
READER = User("reader", "reader-password")
# May log in, and nothing else.
NOBODY = User("nobody1", "nobody1-password")

# bcrypt, of few rounds since the passwords are no secret; both engines take the `2a` form.
HASHES = {
    ADMIN: "$2a$05$lxZHcZKsZJBCemehB0/9TOoqxCkGXLyM1.vrvuDEag04Yumk6kfqS",
    WRITER: "$2a$05$hXjK2/VQM7G6xuGc3lU9guoHNXAL9.FTSfe.4NI64bJXtjDsXisQ2",
    READER: "$2a$05$lDSOrszeKNGv69OXLqLfA.lDQ18ZDWR.fWPG5ib3liWKIG7HvyoNC",
    NOBODY: "$2a$05$NExE2WK4rJGdXIaxMibZAOl8Dt.BzX9rJxhU6OBpkF/ixcJavojT.",
}
