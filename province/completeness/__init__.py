"""Is all of it here: what was due, what is stored, which numbers are missing."""
