"""Data sets of images with captions, as dense vectors: the published format, and a planted one."""
