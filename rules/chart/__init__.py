"""A back-test as a page: what a rule saw, what it would have said, drawn."""
