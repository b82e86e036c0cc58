"""Agronomy: quality checks, models, rules.  Floor 1."""
