"""The rows of list pages as files to download."""
