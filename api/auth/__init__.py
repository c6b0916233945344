"""Who is asking: bearer tokens for the API."""
