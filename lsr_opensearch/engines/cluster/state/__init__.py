"""What a machine remembers of the clusters it writes to; all of it can be found out again."""
