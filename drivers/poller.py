"""Ask the devices of one bus in turn, each at its own period.

Every due tick of a device yields one reading per outlet.  A tick that passed
while the bus was busy, the port was gone or the device was left alone yields
``MISSING`` stamped with its due time, and the wire is not touched for it.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.aside import Aside
from drivers.bus import Answer, BadFrame, Bus, NoReply, PortGone, Refused, Station
from drivers.devices import Model
from drivers.outlet import Outlet, found, missing
from drivers.registers import ModbusModel
from drivers.schedule import Patience, State, latest_tick, passed_ticks
from telemetry.clock import Clock
from telemetry.reading import Reading

log = logging.getLogger(__name__)

_LONGEST_STEP_S: Final = 0.5  # of waiting: the owner's heart must beat


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One thing on the bus and what is wanted of it.  ``period_ms`` is field time."""

    name: str
    model: Model
    address: int
    period_ms: int
    outlets: tuple[Outlet, ...]

    @property
    def channels(self) -> frozenset[str]:
        """The channels that have an outlet."""
        return frozenset(outlet.channel for outlet in self.outlets)

    @property
    def scaled(self) -> tuple[str, ...]:
        """The sensors whose full scale the device itself can tell."""
        model = self.model
        if not isinstance(model, ModbusModel) or model.full_scale is None:
            return ()
        of = model.full_scale.channel
        return tuple(o.sensor for o in self.outlets if o.channel == of)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """How one device is doing; counts are polls since the start."""

    name: str
    state: State
    last_good_ms: int | None  # field time
    ok: int
    silent: int
    damaged: int
    refused: int


@dataclass(slots=True)
class _Post:
    """A device with its place in the schedule."""

    device: Device
    station: Station
    due_ms: int = 0
    patience: Patience = field(default_factory=Patience)
    aside: Aside | None = None
    last_good_ms: int | None = None
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("ok", "silent", "damaged", "refused"), 0)
    )


def _post(bus: Bus, device: Device) -> _Post:
    station = bus.station(device.model, device.address, device.channels)
    scaled = device.scaled
    aside = Aside(device.name, scaled, station) if scaled else None
    return _Post(device, station, aside=aside)


class Poller:
    """Owner of a bus and of the schedule of the devices on it."""

    def __init__(self, bus: Bus, devices: Sequence[Device], clock: Clock) -> None:
        if not devices:
            msg = f"bus {bus.name} has no device"
            raise ValueError(msg)
        self._bus = bus
        self._clock = clock
        self._has_begun = False
        self._is_unplugged = False
        self._posts = [_post(bus, device) for device in devices]
        self._asides = [post.aside for post in self._posts if post.aside is not None]
        self._full_scales: Mapping[str, float] = {}

    def step(self, stop: threading.Event) -> list[Reading]:
        """Wait for a tick, half a second at most, and serve it.

        Polls at most one device.  Returns what is known then, which may be
        nothing; returns at once when ``stop`` is set.
        """
        if not self._has_begun:
            self._has_begun = True
            self._begin_asides()
            now_ms = self._clock.field_ms()
            for post in self._posts:
                post.due_ms = now_ms
        if self._asides and not (self._is_unplugged or stop.is_set()):
            self._ask_aside()
        return self._serve() if self._wait(stop) else []

    def health(self) -> tuple[DeviceHealth, ...]:
        """Snapshot of every device, in config order."""
        return tuple(
            DeviceHealth(
                name=post.device.name,
                state=State.UNPLUGGED if self._is_unplugged else post.patience.state,
                last_good_ms=post.last_good_ms,
                **post.counts,
            )
            for post in self._posts
        )

    def full_scales(self) -> Mapping[str, float]:
        """How much a sensor can show, in its quantity's unit, where its device told.

        For any thread: what is returned never changes.
        """
        return self._full_scales

    def close(self) -> None:
        """Let go of the port."""
        self._bus.close()

    def _wait(self, stop: threading.Event) -> bool:
        """Whether a tick is due, after waiting for it a while."""
        due_ms = min(post.due_ms for post in self._posts)
        until_s = self._clock.machine_s() + _LONGEST_STEP_S
        while not stop.is_set():
            if self._clock.field_ms() >= due_ms:
                return True
            left_s = until_s - self._clock.machine_s()
            if left_s <= 0:
                return False
            stop.wait(min(left_s, max(0.0, self._clock.machine_s_until(due_ms))))
        return False

    def _serve(self) -> list[Reading]:
        """Poll the device that has waited longest; account for resting ones."""
        readings: list[Reading] = []
        now_ms, now_s = self._clock.field_ms(), self._clock.machine_s()
        due = [post for post in self._posts if post.due_ms <= now_ms]
        for post in sorted(due, key=lambda post: post.due_ms):
            if now_s >= post.patience.wake_at_s:
                return readings + self._poll(post)
            readings += self._pass(post, now_ms + 1)
        return readings

    def _pass(self, post: _Post, end_ms: int) -> list[Reading]:
        """``MISSING`` for the ticks before ``end_ms``, as many as one step may give."""
        period_ms = post.device.period_ms
        passed = passed_ticks(post.due_ms, period_ms, end_ms)
        post.due_ms += len(passed) * period_ms
        if post.due_ms < end_ms:
            left = (end_ms - post.due_ms) // period_ms
            log.warning("%s: %d more ticks have passed", post.device.name, left)
        outlets = post.device.outlets
        return [row for tick_ms in passed for row in missing(outlets, tick_ms)]

    def _poll(self, post: _Post) -> list[Reading]:
        """Serve the latest tick; those before it have passed."""
        try:
            self._bus.open()
        except PortGone:
            self._is_unplugged = True
            return self._pass(post, self._clock.field_ms() + 1)
        if self._is_unplugged:
            self._is_unplugged = False
            self._begin_asides()
        stamp_ms = self._clock.field_ms()
        latest_ms = latest_tick(post.due_ms, post.device.period_ms, stamp_ms)
        readings = self._pass(post, latest_ms)
        if post.due_ms < latest_ms:
            return readings  # the next step goes on
        post.due_ms = latest_ms + post.device.period_ms
        answer = self._ask(post, stamp_ms)
        if answer is None:
            return readings + missing(post.device.outlets, stamp_ms)
        return readings + found(post.device.outlets, stamp_ms, answer)

    def _ask(self, post: _Post, stamp_ms: int) -> Answer | None:
        before, at_s = post.patience.state, self._clock.machine_s()
        try:
            answer = post.station.read()
        except PortGone:
            self._is_unplugged = True
            return None
        except Refused as fault:
            log.debug("%s: %s", post.device.name, fault)
            post.counts["refused"] += 1
            post.patience = post.patience.after_answer()
            answer = None
        except (NoReply, BadFrame) as fault:
            log.debug("%s: %s", post.device.name, fault)
            post.counts["silent" if isinstance(fault, NoReply) else "damaged"] += 1
            now_s = self._clock.machine_s()
            post.patience = post.patience.after_silence(now_s)
            if post.aside is not None:
                post.aside.missed(now_s)
            if before is State.SUSPECT:
                log.warning("%s is gone: %s", post.device.name, fault)
            return None
        else:
            post.counts["ok"] += 1
            post.last_good_ms = stamp_ms
            if post.aside is not None:
                post.aside.polled(self._clock.machine_s() - at_s)
            post.patience = post.patience.after_answer()
        if before is State.DEAD:
            log.info("%s is back", post.device.name)
        return answer

    def _begin_asides(self) -> None:
        for aside in self._asides:
            aside.begin(self._clock.machine_s())

    def _ask_aside(self) -> None:
        """Ask one device for its full scale, if it is time and the bus has some."""
        now_s = self._clock.machine_s()
        due = [aside for aside in self._asides if aside.is_due(now_s)]
        if not due:
            return
        next_ms = min(post.due_ms for post in self._posts)
        pause_s = self._clock.machine_s_until(next_ms)
        aside = next((one for one in due if one.fits(now_s, pause_s)), None)
        if aside is None:
            return
        try:
            aside.ask(now_s)
        except PortGone:
            self._is_unplugged = True
        told = {s: one.value for one in self._asides for s in one.sensors}
        self._full_scales = {s: v for s, v in told.items() if v is not None}
