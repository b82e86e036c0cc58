"""How long the mail service leaves a server, or a person, alone after a failure."""

import random
from dataclasses import dataclass, field
from typing import Final

from province.backoff import pause_s
from telemetry.clock import machine_s

RETRY_S: Final = 900.0  # longest pause: 15 min; a greylist opens after about 5


@dataclass(slots=True)
class Patience:
    """Failures in a row, and the machine time before which nothing is tried."""

    failures: int = 0
    at_s: float = 0.0
    _draw: random.Random = field(default_factory=random.SystemRandom)

    def fail(self) -> None:
        """Wait longer, by full jitter under a doubled bound."""
        self.failures += 1
        self.at_s = machine_s() + pause_s(self.failures, self._draw.random(), RETRY_S)

    @property
    def is_over(self) -> bool:
        """Whether it may be tried."""
        return machine_s() >= self.at_s
