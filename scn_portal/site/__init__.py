"""Pages and data that combine several apps. No app may import this package."""
