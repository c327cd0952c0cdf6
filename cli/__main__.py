"""`python -m lsr_opensearch.cli`: the same as `lsr-os`."""

from . import main

main()
