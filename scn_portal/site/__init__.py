"""Pages and data made of several apps. No app may import it."""
