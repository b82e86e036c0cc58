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

from drivers.bus import Answer, BadFrame, Bus, NoReply, PortGone, Refused, Station
from drivers.devices import Model
from drivers.line import LineModel
from drivers.outlet import Outlet
from drivers.port import Parity, char_s, silence_s
from drivers.registers import plan
from drivers.rtu import AROUND_BYTES, REQUEST_BYTES
from drivers.schedule import Patience, State, latest_tick, passed_ticks
from telemetry.clock import Clock
from telemetry.reading import Flag, Reading

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
    last_good_ms: int | None = None
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("ok", "silent", "damaged", "refused"), 0)
    )


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
        self._posts = [
            _Post(device, bus.station(device.model, device.address, device.channels))
            for device in devices
        ]

    def step(self, stop: threading.Event) -> list[Reading]:
        """Wait for a tick, half a second at most, and serve it.

        Polls at most one device.  Returns what is known then, which may be
        nothing; returns at once when ``stop`` is set.
        """
        if not self._has_begun:
            self._has_begun = True
            now_ms = self._clock.field_ms()
            for post in self._posts:
                post.due_ms = now_ms
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
        return [row for tick_ms in passed for row in _missing(post.device, tick_ms)]

    def _poll(self, post: _Post) -> list[Reading]:
        """Serve the latest tick; those before it have passed."""
        try:
            self._bus.open()
        except PortGone:
            self._is_unplugged = True
            return self._pass(post, self._clock.field_ms() + 1)
        self._is_unplugged = False
        stamp_ms = self._clock.field_ms()
        latest_ms = latest_tick(post.due_ms, post.device.period_ms, stamp_ms)
        readings = self._pass(post, latest_ms)
        if post.due_ms < latest_ms:
            return readings  # the next step goes on
        post.due_ms = latest_ms + post.device.period_ms
        answer = self._ask(post, stamp_ms)
        if answer is None:
            return readings + _missing(post.device, stamp_ms)
        return readings + _found(post.device, stamp_ms, answer)

    def _ask(self, post: _Post, stamp_ms: int) -> Answer | None:
        before = post.patience.state
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
            post.patience = post.patience.after_silence(self._clock.machine_s())
            if before is State.SUSPECT:
                log.warning("%s is gone: %s", post.device.name, fault)
            return None
        else:
            post.counts["ok"] += 1
            post.last_good_ms = stamp_ms
            post.patience = post.patience.after_answer()
        if before is State.DEAD:
            log.info("%s is back", post.device.name)
        return answer


def cycle_s(
    devices: Sequence[Device], baudrate: int, parity: Parity = "N", stopbits: int = 1
) -> float:
    """Least time on the wire to ask every device once. [s]

    Questions, answers and the silence before each of both; devices that think
    take longer.
    """
    char = char_s(baudrate, parity, stopbits)
    silence = silence_s(baudrate, parity, stopbits)
    total = 0.0
    for device in devices:
        if isinstance(device.model, LineModel):
            total += (len(device.model.ask) + device.model.longest_line) * char
            continue
        for span in plan(device.model, device.channels):
            chars = REQUEST_BYTES + AROUND_BYTES + 2 * span.count
            total += chars * char + 2 * silence
    return total


def _missing(device: Device, stamp_ms: int) -> list[Reading]:
    return [
        Reading(outlet.sensor, outlet.quantity, stamp_ms, None, Flag.MISSING)
        for outlet in device.outlets
    ]


def _found(device: Device, stamp_ms: int, answer: Answer) -> list[Reading]:
    return [
        _reading(outlet, stamp_ms, answer.values, is_suspect=answer.is_suspect)
        for outlet in device.outlets
    ]


def _reading(
    outlet: Outlet,
    stamp_ms: int,
    values: Mapping[str, float | None],
    *,
    is_suspect: bool,
) -> Reading:
    value = outlet.value(values[outlet.channel])
    flag = Flag.SUSPECT if is_suspect else Flag.UNCHECKED
    if value is None:
        flag = Flag.MISSING
    return Reading(outlet.sensor, outlet.quantity, stamp_ms, value, flag)
