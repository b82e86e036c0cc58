"""Telling that the province acknowledges nothing, or that the broker denies."""

import logging

from gateway import alerts
from gateway.carrier import Carrier
from gateway.inbox import Request, Standing
from gateway.recorder import Recorder
from gateway.records import Change
from gateway.silence import Silence
from telemetry import messages
from telemetry.clock import Clock

log = logging.getLogger(__name__)


class NoAck:
    """Tells it once, and once when it is over.  Belongs to the uplink's thread."""

    def __init__(self, carrier: Carrier, recorder: Recorder, clock: Clock) -> None:
        self.is_told = False  # the province owes answers, and that was told
        self._carrier = carrier
        self._recorder = recorder
        self._clock = clock
        self._silence = Silence()
        self._alarmed: set[str] = set()  # topics whose denial was told

    @property
    def is_long(self) -> bool:
        """Whether nothing is acknowledged for long."""
        return self._silence.is_long

    def heard(self) -> None:
        """The province has acknowledged something."""
        self._silence.heard()

    def look(self, now_s: float, *, owes: bool, stands: bool) -> None:
        """Look again; ``owes``: an answer is due; ``stands``: hello has one."""
        self._silence.look(now_s, waits=self._carrier.is_up and owes)
        denied = self._carrier.denied
        if denied is not None and denied not in self._alarmed:
            self._alarmed.add(denied)
            alert = alerts.uplink_denied(self._clock, denied)
            body = {alert.id: messages.encode(alert)}
            self._recorder.inbox.put(Request(Change(alerts=body), at_once=True))
        is_mute = self._silence.is_long or denied is not None
        if is_mute is self.is_told:
            return
        self.is_told = is_mute
        if is_mute and denied is None:
            self._carrier.error = (
                "connected, but the province acknowledges nothing: do its ingest and"
                " its database run?"
            )
            log.warning("uplink: %s; readings are kept", self._carrier.error)
        elif not is_mute:
            self._carrier.error = None
            log.info("uplink: the province acknowledges again")
        if stands:
            self._recorder.inbox.put(Standing(hello=not is_mute))
