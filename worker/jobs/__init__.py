"""Jobs: each finds its own work in the database, may run twice, and calls casework."""
