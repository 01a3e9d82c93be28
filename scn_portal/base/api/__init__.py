"""What the API of each app uses: responses, parameters, pages, schemas."""
