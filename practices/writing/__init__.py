"""Writing a practice: one table of short tasks, their forms, and the checks before a text is submitted."""
