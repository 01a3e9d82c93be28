"""The search of everything."""
