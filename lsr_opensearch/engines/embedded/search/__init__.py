"""Reading: one moment of the index, the scores of a query in it, and the documents of hits."""
