"""What a page lists, as a file to take away."""
