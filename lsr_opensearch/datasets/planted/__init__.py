"""A data set whose truth is known: captions from a grammar, vectors from planted meanings.

It stands in for MSCOCO where that is not at hand, and shows what a head has learnt against what
there was to learn.
"""
