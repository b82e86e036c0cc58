"""Which limits one series is held to."""

from dataclasses import dataclass

from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.spike import Spike
from rules.quality.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Limits of one series in its quantity's unit; ``None``: no such test."""

    possible: Span  # outside: fail
    expected: Span | None = None  # outside: suspect
    rated: Span | None = None  # outside: suspect
    step: Step | None = None
    flat: FlatLine | None = None
    spike: Spike | None = None  # for history only: it needs the next value

    def __post_init__(self) -> None:
        """Refuse to expect what is impossible."""
        if self.expected is not None and not self.expected.within(self.possible):
            msg = f"expected {self.expected} is not within possible {self.possible}"
            raise ValueError(msg)
