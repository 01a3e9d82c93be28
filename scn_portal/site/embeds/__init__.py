"""What other sites may show in a frame: the map, a chart, a city. Nothing else of the portal may be framed."""
