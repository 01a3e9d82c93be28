"""Files that cities publish: which files are accepted, how they are kept, and how they are served."""
