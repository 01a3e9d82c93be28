"""What the API of each app is built from: responses, parameters, pages, schemas."""
