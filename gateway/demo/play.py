"""The play: start the chain, cut its link, mend it, count, stop."""

import json
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateway.demo.chain import Chain
from gateway.demo.child import ChildFailed
from gateway.demo.count import Outage, Report
from gateway.demo.look import Look, count
from gateway.demo.screen import (
    CUT,
    DRAINING,
    FLOWING,
    STARTING,
    STOPPING,
    Snapshot,
    Words,
)
from gateway.demo.view import View, open_view
from telemetry.clock import machine_s

CUT_AT_S: Final = 10.0  # time to see how it runs
OUTAGE_S: Final = 12.0  # time to see how it waits
TICK_S: Final = 0.25
DRAIN_S: Final = 60.0  # the longest back-off is 30 s


def run(for_s: float | None, report_to: Path | None) -> int:
    """Run the demo and return the exit code."""
    with (
        _stop_on_signal() as stop,
        tempfile.TemporaryDirectory(prefix="canhdong-") as folder,
        open_view(sys.stdout) as view,
    ):
        chain = Chain(Path(folder))
        view.show(Snapshot(), STARTING)
        try:
            chain.start()
            report = Play(chain, view, stop, for_s).play()
        except ChildFailed as fault:
            print(f"canhdong demo: {fault}", file=sys.stderr)
            return 1
        finally:
            chain.stop()
        view.close(report)
    if report_to is not None:
        text = json.dumps(report.as_json(), indent=2)
        report_to.write_text(text + "\n", encoding="utf-8")
    return 0 if report.agrees else 1


def outage_of(for_s: float | None) -> tuple[float, float]:
    """When the link is cut and when it is mended, in a demo of ``for_s``. [s]"""
    if for_s is None:
        return CUT_AT_S, CUT_AT_S + OUTAGE_S
    cut_s = min(CUT_AT_S, for_s * 0.25)
    return cut_s, cut_s + min(OUTAGE_S, for_s * 0.35)


class Play:
    """One run: what happens when, and what was seen of the outage."""

    def __init__(
        self, chain: Chain, view: View, stop: threading.Event, for_s: float | None
    ) -> None:
        self._chain = chain
        self._view = view
        self._stop = stop
        self._for_s = for_s
        self._look = Look(chain)
        self._outage = Outage()
        self._cut_s = 0.0  # machine time, 0 before it has happened
        self._mended_s = 0.0
        self._owed = 0  # rows that were stored when the link came back

    def play(self) -> Report:
        """Run to the end and count."""
        begin_s = machine_s()
        cut_s, mend_s = outage_of(self._for_s)
        while not self._stop.wait(TICK_S):
            past_s = machine_s() - begin_s
            if self._for_s is not None and past_s >= self._for_s:
                break
            if not self._cut_s and past_s >= cut_s:
                self._cut()
            if past_s >= mend_s:
                self._mend()
            self._tick()
        return self._end()

    def _cut(self) -> None:
        self._chain.link.cut()
        self._cut_s = machine_s()

    def _mend(self) -> None:
        if not self._cut_s or self._mended_s:
            return
        now = self._look.now()
        self._chain.link.mend()
        self._mended_s = machine_s()
        self._owed = now.stored
        self._outage = Outage(
            seconds=round(self._mended_s - self._cut_s, 1), buffered=now.waiting
        )

    def _tick(self, note: Words | None = None) -> Snapshot:
        """Look once and show it."""
        self._chain.check()
        now = self._look.now()
        if self._is_draining and now.confirmed >= self._owed:
            seconds = round(machine_s() - self._mended_s, 1)
            self._outage = replace(self._outage, drained_in_s=seconds)
        self._view.show(now, note or self._note(now))
        return now

    def _note(self, now: Snapshot) -> Words:
        if not now.link_is_up:
            return CUT
        if self._is_draining:
            return DRAINING
        return FLOWING if now.points else STARTING

    @property
    def _is_draining(self) -> bool:
        return self._mended_s > 0 and self._outage.drained_in_s is None

    def _end(self) -> Report:
        """Stop reading, send what is left, stop the field, count."""
        self._mend()
        self._tick(STOPPING)
        self._chain.stop_gateway()
        until_s = machine_s() + DRAIN_S
        while (left := self._tick(STOPPING)).waiting and machine_s() < until_s:
            self._drain(left.stored, until_s)
        self._chain.stop_field()
        return Report(readings=count(self._chain), outage=self._outage)

    def _drain(self, stored: int, until_s: float) -> None:
        """Start the gateway again until its first readings and all older are sent."""
        self._chain.start_gateway_to_drain()
        now = self._tick(STOPPING)
        while (now.waiting or now.stored == stored) and machine_s() < until_s:
            time.sleep(TICK_S)
            now = self._tick(STOPPING)
        self._chain.stop_gateway()


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    """Set an event on Ctrl-C, SIGTERM and a closed terminal."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.signal(n, lambda *_: stop.set()) for n in numbers}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
