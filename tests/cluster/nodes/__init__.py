"""Real OpenSearch and Elasticsearch nodes for tests, started from Maven artifacts, without Docker.

`kinds` says which nodes there are, `installation` unpacks them once, `node` is a running one, and
`shared` lets the workers of a run share one of a kind. A process of its own (`reaper`) ends a run's
nodes when the run ends, however it ends.
"""
