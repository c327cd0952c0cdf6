"""Writing: a batch in one transaction, the upkeep that follows in small steps, and checking."""
