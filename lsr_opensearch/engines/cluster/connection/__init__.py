"""How a cluster is reached: addresses, credentials, the two clients, and what failures mean."""
