"""Can the cluster do what is asked of it? One check a function, each with what to do about it."""
