"""Hypothesis without a clock: a busy machine is no reason for a test to fail."""

from hypothesis import settings

settings.register_profile("drivers", deadline=None)
settings.load_profile("drivers")
