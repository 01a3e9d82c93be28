"""`manage.py seed_scale`: a large network, all invented, to measure how pages grow."""
