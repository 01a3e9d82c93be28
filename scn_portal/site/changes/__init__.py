"""What changed in public lately, as a page and as a feed."""
