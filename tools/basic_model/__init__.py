"""Builds the bundled model `basic` from public packages.

    python -m tools.basic_model --work WORK --out lsr_opensearch/models/basic

See README.md for the stages and the figures.
"""
