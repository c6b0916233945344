"""Pages, server-rendered, over the same casework functions as the API."""
