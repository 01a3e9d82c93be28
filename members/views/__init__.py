"""Pages of members: for focal points, and for people who were invited."""
