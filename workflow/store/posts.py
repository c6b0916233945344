"""Whether a post counts: one phrase of SQL for every question about who may do what."""

# Over rows of person_posts, for the parameter `today`: the office's day, never the database's.
VALID_TODAY = "%(today)s between valid_from and coalesce(valid_until, 'infinity')"
