"""What the portal says of itself to whoever runs it."""
