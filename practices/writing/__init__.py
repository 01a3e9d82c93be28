"""Writing a practice: one table of short tasks, their forms, and what is checked before a text is submitted."""
