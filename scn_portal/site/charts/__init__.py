"""Charts drawn by the server, each with a title that says what its numbers show."""
