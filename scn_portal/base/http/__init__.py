"""What surrounds every response: error pages, compression, the size of uploads, decorators of views."""
