"""Pages of practices: for the public, for the city that writes, for the moderators."""
