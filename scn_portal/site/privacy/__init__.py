"""What the portal holds about a person: reading it, and erasing it."""
