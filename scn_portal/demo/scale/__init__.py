"""`manage.py seed_scale`: a large invented network, to measure how pages grow."""
