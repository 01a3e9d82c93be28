"""Pages of members: for focal points, for whoever was invited."""
