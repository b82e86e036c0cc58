"""A bus in its own thread: its poller's readings go to the recorder."""

import logging
import queue
import threading
from typing import Final

from drivers.poller import Poller
from gateway.recorder import Recorder
from telemetry.clock import machine_s
from telemetry.reading import Reading

log = logging.getLogger(__name__)

HANDFUL_S: Final = 0.25  # how long readings of one bus are collected


class BusWork:
    """One bus's poller, handing its readings to the recorder.

    They are handed over in handfuls: a thread that is woken for each poll costs
    more than the polls.
    """

    patience_s = 60.0

    def __init__(self, name: str, poller: Poller, recorder: Recorder) -> None:
        self.name = f"bus {name}"
        self.poller = poller
        self._recorder = recorder
        self._readings: list[Reading] = []
        self._since_s = 0.0

    def step(self, stop: threading.Event) -> None:
        """Serve what is due, and hand over what has come together."""
        readings = self.poller.step(stop)
        if readings and not self._readings:
            self._since_s = machine_s()
        self._readings += readings
        if not readings or machine_s() - self._since_s >= HANDFUL_S:
            self._hand_over(stop)

    def close(self) -> None:
        """Hand over the last readings and let go of the port."""
        self._hand_over(None)
        self.poller.close()

    def _hand_over(self, stop: threading.Event | None) -> None:
        """Put what has come into the inbox; a full one holds the bus up."""
        while self._readings:
            try:
                self._recorder.inbox.put(self._readings, timeout=1.0)
            except queue.Full:
                if stop is None or stop.is_set():
                    lost, self._readings = len(self._readings), []
                    log.error("%s: %d readings lost at the stop", self.name, lost)
                    return
                log.warning("%s: the recorder is stuck; waiting for it", self.name)
            else:
                self._readings = []
