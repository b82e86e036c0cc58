"""What befalls the chain: the deeds of the plan, and the keys of whoever watches."""

import time
from dataclasses import replace
from typing import Final

from gateway.demo.chain import Chain
from gateway.demo.count import Outage
from gateway.demo.look import answered, committed
from gateway.demo.plan import CUT, DRAINED, DRAINING, PROBE
from gateway.demo.screen import Snapshot
from gateway.demo.words import Words
from telemetry.clock import machine_s

SETTLE_S: Final = 0.5  # until the field has told what it had answered at a kill
TELL_S: Final = 6.0  # how long the end of the outage is told


class Mishaps:
    """The hands on the chain, and what came of each grip."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.outage = Outage()
        self.events: list[tuple[str, float]] = []  # what was done, on which day
        self.cut_off = 0  # answers that a killed gateway had not committed
        self._cut_s = 0.0  # machine time, 0 before it has happened
        self._mended_s = 0.0
        self._owed = 0  # rows that were stored when the link came back

    def do(self, what: str, now: Snapshot) -> None:
        """Do a deed of the plan."""
        self.events.append((what, self._chain.day))
        match what:
            case "cut":
                self._chain.link.cut()
                self._cut_s = machine_s()
            case "mend":
                self._mend(now)
            case "unplug":
                self._chain.unplug(PROBE)
            case "plug":
                self._chain.plug(PROBE)

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        chain = self._chain
        match key:
            case "k":
                self._kill()
                chain.restart_gateway()
            case "c":
                self._kill()
                chain.restart_gateway_in_a_wrong_year()
            case "b":
                chain.kill_broker()
            case "i":
                chain.kill_ingest()
            case "u":
                is_out = PROBE in chain.unplugged
                self.do("plug" if is_out else "unplug", Snapshot())
            case "d":
                chain.fill_disk(is_full=not chain.is_full)

    def watch(self, now: Snapshot) -> None:
        """See whether what waited over the outage has been confirmed."""
        if self._is_draining and now.confirmed >= self._owed:
            seconds = round(machine_s() - self._mended_s, 1)
            self.outage = replace(self.outage, drained_in_s=seconds)

    def of_link(self, now: Snapshot) -> Words | None:
        """What the link does, if it is worth a caption."""
        if not now.link_is_up:
            return CUT
        if self._is_draining:
            return DRAINING
        drained_in_s = self.outage.drained_in_s
        if drained_in_s is not None:
            past_s = machine_s() - self._mended_s - drained_in_s
            return DRAINED if past_s < TELL_S else None
        return None

    def undo(self, now: Snapshot) -> None:
        """Mend what is broken, so that all that waits can be sent."""
        if not self._chain.link.is_up:
            self.do("mend", now)
        if self._chain.is_full:
            self._chain.fill_disk(is_full=False)

    @property
    def _is_draining(self) -> bool:
        return self._mended_s > 0 and self.outage.drained_in_s is None

    def _mend(self, now: Snapshot) -> None:
        if not self._cut_s or self._mended_s:
            return
        self._chain.link.mend()
        self._mended_s = machine_s()
        self._owed = now.stored
        seconds = round(self._mended_s - self._cut_s, 1)
        self.outage = Outage(seconds=seconds, buffered=now.waiting)

    def _kill(self) -> None:
        self._chain.kill_gateway()
        time.sleep(SETTLE_S)
        gap = answered(self._chain) - committed(self._chain)
        self.cut_off = max(self.cut_off, gap)
