"""The public API, put together from the routers of the apps, and its documentation."""
