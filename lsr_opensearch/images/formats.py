"""Which files are pictures, by their names."""

from __future__ import annotations

HEIF_SUFFIXES = frozenset({".heic", ".heif"})
RAW_SUFFIXES = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"})
_EVERYDAY_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp"})
_OTHER_SUFFIXES = frozenset({".avif", ".bmp", ".tif", ".tiff", ".jp2", ".ppm", ".pgm"})
PHOTO_SUFFIXES = _EVERYDAY_SUFFIXES | _OTHER_SUFFIXES | HEIF_SUFFIXES | RAW_SUFFIXES
