"""Index settings and mappings as plain JSON."""
