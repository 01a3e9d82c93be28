"""The public API: put together from the routers of the apps, its pages of documentation, and what the routers share."""
