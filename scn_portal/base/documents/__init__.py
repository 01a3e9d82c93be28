"""Files that cities publish: what they may be, how they are kept, and how they are served."""
