"""Cities, with what they have pledged and done: list, map, page, matrix, API, workspace."""
