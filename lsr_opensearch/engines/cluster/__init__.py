"""OpenSearch and Elasticsearch: one implementation, what differs is data (`dialects`)."""
