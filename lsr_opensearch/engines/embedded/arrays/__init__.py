"""Postings, vectors and segments as arrays: pure functions."""
