"""Request bodies for OpenSearch and Elasticsearch: pure functions, from plain data to JSON.

Nothing here talks to a cluster; every body can be printed and pasted into another tool.
"""

from lsr_opensearch.query.bodies.clauses import QueryForm
from lsr_opensearch.query.bodies.search import MAX_HITS, search_body

__all__ = ["MAX_HITS", "QueryForm", "search_body"]
