"""Why there is no node."""

from __future__ import annotations


class NodeUnavailableError(Exception):
    """This machine cannot run the node; the message says what is missing and how to get it."""
