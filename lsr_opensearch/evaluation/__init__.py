"""How well a model retrieves, how much it costs, and whether its words mean what they say."""
