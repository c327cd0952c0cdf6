"""Index settings and mappings as plain JSON.

- ``rank_features.json``: an index on OpenSearch, or on Elasticsearch since 7.12;
- ``sparse_vector.json``: the same on Elasticsearch since 8.11;
- ``settings-loading.json``, ``settings-serving.json``: what to set before and after a bulk load.

``image_terms`` and ``caption_terms`` have the form that every field of term weights has.
"""
