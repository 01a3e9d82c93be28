"""Full-text search in two languages: the query, the columns, the excerpts."""
