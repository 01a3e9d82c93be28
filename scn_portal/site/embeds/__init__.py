"""Pages that other sites may show in a frame: the map, a chart, a city. No other page of the portal may be framed."""
