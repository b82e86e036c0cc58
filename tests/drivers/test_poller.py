import logging
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.bus import Answer, BadFrame, NoReply, PortGone, Refused
from drivers.cycle import cycle_s
from drivers.devices.rg15 import RG15
from drivers.devices.sim_probe import SIM_PROBE
from drivers.devices.wb_mcm8 import WB_MCM8
from drivers.modbus import ModbusBus
from drivers.outlet import Outlet, Scale
from drivers.poller import Device, Poller
from drivers.registers import decode
from drivers.schedule import State
from telemetry.clock import SystemClock
from telemetry.reading import Flag, Reading
from tests.drivers.foreign_slave import serving, words_of
from tests.drivers.wire_tap import tapping

Row = tuple[str, int, float | None]


@dataclass
class HandClock:
    """A clock that a test moves; waiting for an instant moves it there."""

    ms: int = 5000
    boot: str = "b"
    is_simulated: bool = True

    def machine_s(self) -> float:
        return self.ms / 1000

    def field_ms(self) -> int:
        return self.ms

    def wall_ms(self) -> int | None:
        return None

    def machine_s_until(self, field_ms: int) -> float:
        if field_ms > self.ms:
            self.ms = min(field_ms, self.ms + 500)
        return 0.0


@dataclass
class Board:
    """A bus whose devices do what ``talk`` says; asking takes ``takes_ms``."""

    clock: HandClock
    talk: Callable[[int], float]
    takes_ms: int = 40
    is_plugged: bool = True
    name: str = "rs485-0"
    asked: list[tuple[int, int]] = field(default_factory=list)

    def open(self) -> None:
        if not self.is_plugged:
            raise PortGone("gone")

    def close(self) -> None:
        self.is_plugged = False

    def station(self, model: Any, address: int, channels: Collection[str]) -> "Slot":
        return Slot(self, address, channels)


@dataclass
class Slot:
    board: Board
    address: int
    channels: Collection[str]

    def read(self) -> Answer:
        self.board.asked.append((self.address, self.board.clock.ms))
        self.board.clock.ms += self.board.takes_ms
        value = self.board.talk(self.address)
        return Answer(dict.fromkeys(self.channels, value))

    def full_scale(self) -> float | None:
        raise AssertionError("no model here keeps one")


def device(address: int, period_ms: int = 1000) -> Device:
    outlet = Outlet(
        sensor=f"s{address}", quantity="soil_moisture", channel="soil_moisture"
    )
    return Device(
        name=f"d{address}",
        model=SIM_PROBE,
        address=address,
        period_ms=period_ms,
        outlets=(outlet,),
    )


def rows(poller: Poller, clock: HandClock, until_ms: int) -> list[Row]:
    stop, found = threading.Event(), list[Reading]()
    while clock.ms < until_ms:
        found += poller.step(stop)
    return [(row.sensor, row.boot_ms, row.value) for row in found]


def test_the_first_tick_comes_at_once_and_the_grid_does_not_drift() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda _: 30.0)
    poller = Poller(board, [device(1), device(2)], clock)

    found = rows(poller, clock, 8000)

    assert found == [
        ("s1", 5000, 30.0),
        ("s2", 5040, 30.0),
        ("s1", 6000, 30.0),
        ("s2", 6040, 30.0),
        ("s1", 7000, 30.0),
        ("s2", 7040, 30.0),
        ("s1", 8000, 30.0),
    ]


def test_ticks_that_passed_while_the_bus_was_busy_are_missing_and_not_asked() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda _: 30.0)
    poller = Poller(board, [device(1)], clock)
    rows(poller, clock, 5001)
    clock.ms = 8300

    found = poller.step(threading.Event())

    assert [(row.boot_ms, row.flag) for row in found] == [
        (6000, Flag.MISSING),
        (7000, Flag.MISSING),
        (8300, Flag.UNCHECKED),
    ]
    assert board.asked == [(1, 5000), (1, 8300)]


def test_every_due_tick_yields_one_row_whatever_happens() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda address: silent() if address == 1 else 30.0)
    board.takes_ms = 700
    poller = Poller(board, [device(1), device(2)], clock)

    found = rows(poller, clock, 105_000)

    for sensor in ("s1", "s2"):
        ticks = [(at - 5000) // 1000 for name, at, _ in found if name == sensor]
        assert ticks[:99] == list(range(99))


def test_stamps_of_a_sensor_only_move_forward() -> None:
    clock = HandClock()
    dice = iter(range(10**6))
    board = Board(clock, talk=lambda _: silent() if next(dice) % 3 else 30.0)
    board.takes_ms = 1300
    poller = Poller(board, [device(1), device(2, 700)], clock)

    found = rows(poller, clock, 90_000)

    for sensor in ("s1", "s2"):
        stamps = [at for name, at, _ in found if name == sensor]
        assert stamps == sorted(set(stamps))


def silent() -> float:
    raise NoReply("silent")


def test_a_silent_device_is_left_alone_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    clock = HandClock()
    is_dead = True
    board = Board(clock, talk=lambda _: silent() if is_dead else 30.0)
    poller = Poller(board, [device(1)], clock)

    rows(poller, clock, 200_000)
    was_asked, was_state = len(board.asked), poller.health()[0].state
    is_dead = False
    rows(poller, clock, 400_000)

    assert was_asked == 5  # after 0, 1, 21, 61 and 141 s
    assert was_state is State.DEAD
    assert poller.health()[0].state is State.GOOD
    assert [record.getMessage() for record in caplog.records] == [
        "d1 is gone: silent",
        "d1 is back",
    ]


def test_a_neighbour_of_a_dead_device_misses_nothing() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda address: silent() if address == 1 else 30.0)
    poller = Poller(board, [device(1), device(2)], clock)

    found = rows(poller, clock, 60_000)

    values = [value for sensor, _, value in found if sensor == "s2"]
    assert len(values) >= 55
    assert None not in values


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (NoReply("x"), "silent"),
        (BadFrame("x"), "damaged"),
        (Refused("x", 4), "refused"),
    ],
)
def test_a_fault_gives_missing_and_is_counted(fault: OSError, kind: str) -> None:
    clock = HandClock()

    def talk(_: int) -> float:
        raise fault

    poller = Poller(Board(clock, talk), [device(1)], clock)

    (row,) = poller.step(threading.Event())

    health = poller.health()[0]
    assert row == Reading("s1", "soil_moisture", 5000, None, Flag.MISSING)
    assert getattr(health, kind) == 1
    assert health.ok == 0
    assert health.last_good_ms is None


def test_a_gone_port_gives_missing_rows_on_the_grid_and_blames_no_device() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda _: 30.0, is_plugged=False)
    poller = Poller(board, [device(1), device(2)], clock)

    found = rows(poller, clock, 7000)

    assert found[:4] == [
        ("s1", 5000, None),
        ("s2", 5000, None),
        ("s1", 6000, None),
        ("s2", 6000, None),
    ]
    assert board.asked == []
    assert {health.state for health in poller.health()} == {State.UNPLUGGED}
    board.is_plugged = True
    rows(poller, clock, 9000)
    assert {health.state for health in poller.health()} == {State.GOOD}


def test_a_long_sleep_is_caught_up_in_bounded_steps() -> None:
    clock = HandClock()
    poller = Poller(Board(clock, lambda _: 30.0), [device(1)], clock)
    rows(poller, clock, 5001)
    clock.ms += 2_500_000

    counts = [len(poller.step(threading.Event())) for _ in range(3)]

    assert counts == [1000, 1000, 500]


def test_a_stopped_poller_returns_at_once() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda _: 30.0)
    poller = Poller(board, [device(1)], clock)
    stop = threading.Event()
    stop.set()

    assert poller.step(stop) == []
    assert board.asked == []


def test_a_counter_is_returned_raw_and_a_suspect_answer_is_flagged() -> None:
    clock = HandClock()
    board = Board(clock, talk=lambda _: 7.0)
    tip = Scale(raw_low=0, raw_high=1, low=0, high=0.2)
    rain = Outlet(sensor="r", quantity="rain_total", channel="1", scale=tip)
    one = Device(name="c", model=WB_MCM8, address=1, period_ms=1000, outlets=(rain,))
    poller = Poller(board, [one], clock)

    (row,) = poller.step(threading.Event())

    assert (row.value, row.flag) == (7.0, Flag.UNCHECKED)


def test_a_cycle_of_16_devices_takes_600_ms_at_9600_baud() -> None:
    whole = tuple(
        Outlet(sensor="s", quantity=name, channel=name) for name in SIM_PROBE.channels
    )
    devices = [
        Device(name="d", model=SIM_PROBE, address=n, period_ms=1000, outlets=whole)
        for n in range(1, 17)
    ]

    assert cycle_s(devices, 9600) == pytest.approx(16 * 0.0375)


def test_a_line_instrument_has_a_cycle_too() -> None:
    rain = Outlet(sensor="r", quantity="rain_total", channel="rain_total")
    gauge = Device(name="g", model=RG15, address=0, period_ms=60_000, outlets=(rain,))

    assert 0.05 < cycle_s([gauge], 9600) < 0.2


@pytest.fixture
def foreign_line() -> Iterator[str]:
    slaves = {1: SIM_PROBE, 2: SIM_PROBE}
    with tapping(115_200) as tap, serving(tap.far, slaves, 115_200):
        yield tap.near


@pytest.mark.slow
def test_a_slave_that_is_not_ours_is_polled_from_end_to_end(foreign_line: str) -> None:
    outlets = tuple(
        Outlet(sensor="p", quantity=name, channel=name) for name in SIM_PROBE.channels
    )
    devices = [
        Device(name=f"d{n}", model=SIM_PROBE, address=n, period_ms=100, outlets=outlets)
        for n in (1, 2)
    ]
    clock = SystemClock()
    poller = Poller(ModbusBus("b", foreign_line, 115_200), devices, clock)
    stop, found, begin = threading.Event(), list[Reading](), clock.field_ms()

    while clock.field_ms() < begin + 1000:
        found += poller.step(stop)
    poller.close()

    expected = [set(decode(SIM_PROBE, words_of(SIM_PROBE, n)).items()) for n in (1, 2)]
    polls = [found[n : n + 8] for n in range(0, len(found), 8)]
    assert len(polls) >= 18
    assert all({(r.quantity, r.value) for r in poll} in expected for poll in polls)
    assert {health.state for health in poller.health()} == {State.GOOD}
