"""A field to pretend with: simulated devices on pseudo-terminals."""
