"""Hypothesis without a clock: a busy machine is no reason for a test to fail."""

from hypothesis import settings

settings.register_profile("models", deadline=None, max_examples=60)
settings.load_profile("models")
