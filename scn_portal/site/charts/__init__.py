"""Charts drawn by the server, each under a title that says what its numbers show."""
