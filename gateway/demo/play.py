"""The play: start the chain, tell its story, count, leave the folder."""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.sim.story import DAYS, Scenario
from gateway.demo.chain import Chain
from gateway.demo.child import ChildFailed
from gateway.demo.count import Report, episodes
from gateway.demo.ending import ending_of
from gateway.demo.keys import KEYS, Keyboard, Press, open_keyboard, seed_of
from gateway.demo.look import Look, alerts, count
from gateway.demo.mishaps import Mishaps
from gateway.demo.pace import Pace
from gateway.demo.picture import Picture
from gateway.demo.plan import STARTING, STOPPING, caption, due
from gateway.demo.screen import Snapshot
from gateway.demo.stopping import stop_on_signal
from gateway.demo.view import View, open_view
from gateway.demo.words import Words
from telemetry.clock import machine_s

TICK_S: Final = 0.25
DRAIN_S: Final = 60.0  # the longest back-off is 30 s
TELL_KEY_S: Final = 3.0  # how long a key is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for."""

    for_s: float | None = None
    report_to: Path | None = None
    picture_to: Path | None = None
    folder: Path | None = None
    scenario: Scenario = "story"
    has_keys: bool = False
    seed: Sequence[Press] = ()


def run(wishes: Wishes) -> int:
    """Run the demo and return the exit code."""
    folder = folder_of(wishes.folder)
    with (
        stop_on_signal() as stop,
        _view(wishes) as view,
        open_keyboard(is_used=wishes.has_keys) as keyboard,
    ):
        chain = Chain(folder, Pace.of(wishes.for_s), wishes.scenario)
        view.show(Snapshot(), STARTING)
        try:
            chain.start()
            play = Play(chain, view, stop, keyboard, wishes.seed)
            report = play.play()
        except ChildFailed as fault:
            print(f"canhdong demo: {fault}", file=sys.stderr)
            return 1
        finally:
            chain.stop()
        ending = ending_of(chain, report, play.mishaps.events)
        view.close(ending)
    if wishes.report_to is not None:
        text = json.dumps(ending.report.as_json(), indent=2, ensure_ascii=False)
        wishes.report_to.write_text(text + "\n", encoding="utf-8")
    return 0 if report.agrees else 1


def _view(wishes: Wishes) -> View:
    view = open_view(sys.stdout, " ".join(KEYS) if wishes.has_keys else "")
    return view if wishes.picture_to is None else Picture(view, wishes.picture_to)


def folder_of(wished: Path | None) -> Path:
    """Return the folder that the run leaves behind, made and empty."""
    if wished is None:
        return Path(tempfile.mkdtemp(prefix="canhdong-demo-"))
    wished.mkdir(parents=True, exist_ok=True)
    return wished.absolute()


class Play:
    """One run: what happens when, and what was seen of it."""

    def __init__(
        self,
        chain: Chain,
        view: View,
        stop: threading.Event,
        keyboard: Keyboard,
        seed: Sequence[Press],
    ) -> None:
        self._chain = chain
        self._view = view
        self._stop = stop
        self._keyboard = keyboard
        self._seed = list(seed)
        self._pressed: list[Press] = []
        self._look = Look(chain)
        self.mishaps = Mishaps(chain)

    def play(self) -> Report:
        """Run to the end of the story, or to a signal, and count."""
        before = -1.0
        while not self._stop.wait(TICK_S):
            day = self._chain.day
            if day >= DAYS:
                break
            now = self._tick()
            for deed in due(self._scenario, before, day):
                self.mishaps.do(deed.what, now)
            before = max(before, day)
            self._press(day)
        return self._end()

    @property
    def seed(self) -> str:
        """The keys that were pressed."""
        return seed_of(self._pressed)

    @property
    def _scenario(self) -> Scenario:
        return self._chain.scenario or "quiet"

    def _press(self, day: float) -> None:
        """Do what keyboard and seed ask for now."""
        at_s = round(max(0.0, day) / DAYS * self._chain.pace.story_s, 1)
        presses = [Press(key, at_s) for key in self._keyboard.pressed()]
        while self._seed and self._seed[0].at_s <= at_s:
            presses.append(self._seed.pop(0))
        for press in presses:
            self._pressed.append(press)
            self.mishaps.press(press.key)

    def _tick(self, note: Words | None = None) -> Snapshot:
        """Look once and show it."""
        self._chain.check()
        now = self._look.now()
        self.mishaps.watch(now)
        self._view.show(now, note or self._note(now))
        return now

    def _note(self, now: Snapshot) -> Words:
        if not now.points and now.link_is_up and now.day < 0.5:
            return STARTING
        at_s = now.day / DAYS * self._chain.pace.story_s
        if self._pressed and at_s - self._pressed[-1].at_s < TELL_KEY_S:
            return KEYS[self._pressed[-1].key]
        return caption(self._scenario, now.day, self.mishaps.of_link(now))

    def _end(self) -> Report:
        """Stop reading, send what is left, stop the field, count."""
        self.mishaps.undo(self._tick(STOPPING))
        self._chain.stop_gateway()
        until_s = machine_s() + DRAIN_S
        while (left := self._tick(STOPPING)).waiting and machine_s() < until_s:
            self._drain(left.stored, until_s)
        self._chain.stop_field()
        return Report(
            readings=count(self._chain, self.mishaps.cut_off),
            outage=self.mishaps.outage,
            episodes=episodes(alerts(self._chain.site.ledger)),
            seed=self.seed,
        )

    def _drain(self, stored: int, until_s: float) -> None:
        """Start the gateway again until its first readings and all older are sent."""
        self._chain.start_gateway_to_drain()
        now = self._tick(STOPPING)
        while (now.waiting or now.stored == stored) and machine_s() < until_s:
            time.sleep(TICK_S)
            now = self._tick(STOPPING)
        self._chain.stop_gateway()
