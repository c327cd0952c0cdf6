"""Tests on real OpenSearch and Elasticsearch nodes; `nodes` starts them."""
