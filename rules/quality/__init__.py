"""Checks that flag a reading, from the past only."""
