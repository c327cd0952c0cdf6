"""The file: opening it, its tables and keys, its words, sources and manifest, its failures."""
