"""The embedded default: PostgreSQL and Valkey from wheels, for one machine and one user."""
