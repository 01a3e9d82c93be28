"""What needs doing for a city: the list on its first page, the mail of the week, and what comes to the staff."""
