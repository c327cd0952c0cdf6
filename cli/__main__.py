"""`python -m lsr_opensearch.cli`: the same as `lsr-os`."""

from lsr_opensearch.cli import main

main()
