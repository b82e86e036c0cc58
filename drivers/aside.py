"""A question beside the polls: how much the unit that stands there can show.

A device that keeps its own full scale is asked for it after the port was opened
and after a silence, since another unit may have been put there; never while it
is only being polled.  The question is no poll: it is not counted, and patience
with the device does not depend on it.
"""

import logging
from dataclasses import dataclass
from typing import Final

from drivers.bus import BadFrame, NoReply, Refused, Station

log = logging.getLogger(__name__)

ASK_AGAIN_S: Final = 3600.0  # machine time; a device that did not tell costs a timeout
PATIENT_S: Final = 60.0  # machine time to wait for a pause before a tick comes late


@dataclass(slots=True)
class Aside:
    """One device, the sensors whose full scale it tells, and what it told."""

    name: str
    sensors: tuple[str, ...]
    station: Station
    value: float | None = None  # in the unit of the sensors' quantity
    _is_open: bool = True  # the question
    _from_s: float = 0.0  # machine time before which it is not put
    _took_s: float | None = None  # of the last poll, if it was answered

    def begin(self, at_s: float) -> None:
        """The port has been opened: nothing is known of who is there."""
        self._is_open, self._from_s, self._took_s = True, at_s, None

    def polled(self, took_s: float) -> None:
        """It has answered a poll, which took so long. [s]"""
        self._took_s = took_s

    def missed(self, at_s: float) -> None:
        """It kept silent at ``at_s``: another unit may answer next."""
        self._is_open, self._took_s = True, None
        self._from_s = max(self._from_s, at_s)

    def is_due(self, now_s: float) -> bool:
        """Whether to ask it as soon as the bus has a pause."""
        return self._is_open and self._took_s is not None and now_s >= self._from_s

    def fits(self, now_s: float, pause_s: float) -> bool:
        """Whether a pause of the bus has room for it, or it has waited enough."""
        takes_s = self._took_s or 0.0  # some characters more than a poll of it
        return pause_s >= takes_s or now_s >= self._from_s + PATIENT_S

    def ask(self, now_s: float) -> None:
        """Put the question; without an answer the full scale is unknown.

        Raises
        ------
        PortGone
        """
        before, self.value = self.value, self._answer()
        self._is_open = self.value is None
        self._from_s = now_s + ASK_AGAIN_S if self._is_open else now_s
        if self.value != before:
            told = "is unknown" if self.value is None else f"is {self.value:g}"
            log.info("%s: its full scale %s", self.name, told)

    def _answer(self) -> float | None:
        try:
            return self.station.full_scale()
        except (Refused, NoReply, BadFrame) as fault:
            log.debug("%s does not tell its full scale: %s", self.name, fault)
            return None
