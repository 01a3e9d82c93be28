"""Cities side by side. Nothing is ranked and nothing is scored."""
