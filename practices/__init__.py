"""What cities have done: practices, their revisions, and the moderation they pass before they are public."""
