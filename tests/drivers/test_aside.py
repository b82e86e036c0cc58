import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from drivers.aside import ASK_AGAIN_S, PATIENT_S
from drivers.bus import Answer, NoReply, PortGone, Refused
from drivers.devices import Model
from drivers.devices.qdy30a import QDY30A
from drivers.devices.sim_probe import SIM_PROBE
from drivers.modbus import ModbusBus, ModbusStation
from drivers.outlet import Outlet
from drivers.poller import Device, Poller
from drivers.sim.devices import ModbusDevice
from drivers.sim.slave import SimulatedBus
from drivers.spans import Span, plan
from telemetry.clock import SystemClock
from tests.drivers.far_end import FarEnd, Piece, answer, words_asked
from tests.drivers.foreign_slave import serving
from tests.drivers.wire_tap import tapping

FAST = 115_200
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass
class HandClock:
    """A clock that moves when somebody waits for it, or works."""

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
        return (field_ms - self.ms) / 1000


class Patient(threading.Event):
    """Waiting for it moves the clock."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.ms += max(1, round(1000 * (timeout or 0)))
        return False


@dataclass
class Board:
    """A bus of devices that answer at once; a question takes ``takes_ms``."""

    clock: HandClock
    tell: Callable[[], float | None] = lambda: 100.0
    takes_ms: int = 40
    is_plugged: bool = True
    is_silent: bool = False
    name: str = "rs485-0"
    asked_ms: list[int] = field(default_factory=list)  # for the full scale

    def open(self) -> None:
        if not self.is_plugged:
            raise PortGone("gone")

    def close(self) -> None:
        self.is_plugged = False

    def station(self, model: Any, address: int, channels: Collection[str]) -> "Slot":
        return Slot(self, channels)


@dataclass
class Slot:
    board: Board
    channels: Collection[str]

    def read(self) -> Answer:
        self.board.clock.ms += self.board.takes_ms
        if self.board.is_silent:
            raise NoReply("silent")
        return Answer(dict.fromkeys(self.channels, 30.0))

    def full_scale(self) -> float | None:
        self.board.asked_ms.append(self.board.clock.ms)
        self.board.clock.ms += self.board.takes_ms
        self.board.open()
        return self.board.tell()


def device(address: int, period_ms: int, model: Model = QDY30A) -> Device:
    channel = "water_level" if model is QDY30A else "soil_moisture"
    outlet = Outlet(sensor=f"w{address}", quantity=channel, channel=channel, zero=20.0)
    return Device(
        name=f"d{address}",
        model=model,
        address=address,
        period_ms=period_ms,
        outlets=(outlet,),
    )


def field_of(*devices: Device, takes_ms: int = 40) -> tuple[Board, Poller]:
    board = Board(HandClock(), takes_ms=takes_ms)
    return board, Poller(board, devices, board.clock)


def run(board: Board, poller: Poller, for_ms: int) -> None:
    stop, until_ms = Patient(board.clock), board.clock.ms + for_ms
    while board.clock.ms < until_ms:
        poller.step(stop)


# --- when --------------------------------------------------------------------


def test_a_full_scale_is_asked_once_in_the_first_pause_and_never_again() -> None:
    board, poller = field_of(device(1, MINUTE_MS), device(2, MINUTE_MS, SIM_PROBE))

    run(board, poller, 5 * HOUR_MS)

    assert board.asked_ms == [5080]  # both have been polled
    assert poller.full_scales() == {"w1": 100.0}


def test_nothing_is_asked_of_devices_that_keep_no_full_scale() -> None:
    board, poller = field_of(device(1, 1000, SIM_PROBE))

    run(board, poller, HOUR_MS // 10)

    assert board.asked_ms == []
    assert poller.full_scales() == {}


def test_a_bus_without_a_pause_is_asked_all_the_same_after_a_minute() -> None:
    devices = [device(1, 1000), *(device(n, 1000, SIM_PROBE) for n in range(2, 5))]
    board, poller = field_of(*devices, takes_ms=245)

    run(board, poller, 5 * MINUTE_MS)

    assert len(board.asked_ms) == 1
    assert board.asked_ms[0] >= 5000 + 1000 * PATIENT_S


def test_a_device_that_does_not_tell_is_asked_again_each_hour() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    board.tell = refuse

    run(board, poller, 4 * HOUR_MS + 10 * MINUTE_MS)

    gaps = [b - a for a, b in zip(board.asked_ms, board.asked_ms[1:], strict=False)]
    assert len(gaps) == 4
    assert min(gaps) >= 1000 * ASK_AGAIN_S
    assert poller.full_scales() == {}
    health = poller.health()[0]
    assert (health.refused, health.silent) == (0, 0)  # it is no poll


def refuse() -> float:
    raise Refused("w", 2)


def test_a_silence_does_not_shorten_the_hour() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    board.tell = refuse
    run(board, poller, MINUTE_MS)
    board.is_silent = True
    run(board, poller, 5 * MINUTE_MS)
    board.is_silent = False

    run(board, poller, 30 * MINUTE_MS)

    assert len(board.asked_ms) == 1


def test_another_unit_behind_a_silence_is_asked_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "drivers.aside")
    board, poller = field_of(device(1, MINUTE_MS))
    run(board, poller, MINUTE_MS)
    before = poller.full_scales()
    board.is_silent, board.tell = True, lambda: 500.0
    run(board, poller, 5 * MINUTE_MS)
    board.is_silent = False

    run(board, poller, 20 * MINUTE_MS)

    assert before == {"w1": 100.0}  # what a reader holds does not change
    assert poller.full_scales() == {"w1": 500.0}
    told = [r.getMessage() for r in caplog.records if r.name == "drivers.aside"]
    assert told == ["d1: its full scale is 100", "d1: its full scale is 500"]


def test_a_unit_that_does_not_tell_makes_the_full_scale_unknown() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    run(board, poller, MINUTE_MS)
    board.is_silent, board.tell = True, refuse
    run(board, poller, MINUTE_MS)
    board.is_silent = False

    run(board, poller, 2 * MINUTE_MS)

    assert poller.full_scales() == {}


def test_a_port_that_was_gone_is_asked_anew_within_the_hour() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    board.tell = refuse
    run(board, poller, MINUTE_MS)
    board.is_plugged, board.tell = False, lambda: 500.0
    run(board, poller, 2 * MINUTE_MS)
    board.is_plugged = True

    run(board, poller, 2 * MINUTE_MS)

    assert len(board.asked_ms) == 2
    assert poller.full_scales() == {"w1": 500.0}


def test_a_port_that_goes_meanwhile_leaves_the_question_open() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    run(board, poller, 35)
    board.is_plugged = False
    run(board, poller, MINUTE_MS // 2)
    was_asked = len(board.asked_ms)
    board.is_plugged = True

    run(board, poller, 2 * MINUTE_MS)

    assert was_asked == 1
    assert poller.full_scales() == {"w1": 100.0}


def test_a_stopped_poller_asks_nothing() -> None:
    board, poller = field_of(device(1, MINUTE_MS))
    run(board, poller, 35)
    stop = threading.Event()
    stop.set()

    assert poller.step(stop) == []
    assert board.asked_ms == []


# --- on a line ---------------------------------------------------------------


def tube(full_scale: float | None, name: str = "tube") -> ModbusDevice:
    values = {"water_level": 12.3}
    return ModbusDevice(
        name=name,
        model=QDY30A,
        address=3,
        values=lambda: values,
        full_scale=full_scale,
    )


def poll_until(poller: Poller, holds: Callable[[], bool]) -> list[float | None]:
    stop, found, clock = threading.Event(), list[float | None](), SystemClock()
    until_s = clock.machine_s() + 10
    while not holds() and clock.machine_s() < until_s:
        found += [row.value for row in poller.step(stop)]
    assert holds()
    return found


@pytest.mark.slow
def test_a_poller_learns_of_another_transmitter_on_a_line(tmp_path: Path) -> None:
    first, second = tube(100.0), tube(500.0, "other")
    second.faults.silent = True
    port = tmp_path / "ttyField"
    with SimulatedBus(port, [first, second]):
        bus = ModbusBus("b", str(port), FAST, longest_timeout_s=0.1)
        poller = Poller(bus, [device(3, 50)], SystemClock())
        poll_until(poller, lambda: poller.full_scales() == {"w3": 100.0})
        first.faults.silent = True
        poll_until(poller, lambda: poller.health()[0].silent > 0)
        second.faults.silent = False
        poll_until(poller, lambda: poller.full_scales() == {"w3": 500.0})
        requests = second.tally.requests
        found = poll_until(poller, lambda: poller.health()[0].ok >= 10)
        poller.close()

    assert set(found) == {-7.7}
    assert second.tally.requests == requests + len(found)  # polls and nothing else


def test_a_transmitter_without_the_word_is_polled_all_the_same(tmp_path: Path) -> None:
    port = tmp_path / "ttyField"
    one = tube(None)
    with SimulatedBus(port, [one]):
        poller = Poller(ModbusBus("b", str(port), FAST), [device(3, 50)], SystemClock())
        found = poll_until(poller, lambda: poller.health()[0].ok >= 5)
        poller.close()

    assert set(found) == {-7.7}
    assert poller.full_scales() == {}
    assert one.tally.requests == 1 + 1 + len(found)  # probe, full scale, polls


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((1, 1, 123, 0, 1000), 100.0),
        ((0x11, 1, 26, 0, 5000), 500.0),
        ((2, 0, 153, 0, 1000), 100.0),  # millimetres
        ((0x12, 0, 1, 0, 5), None),  # a unit on which the sources differ
        ((1, 1, 123, 0, 0), None),
        ((1, 1, 123, 0, 0xFFFF), None),
    ],
)
def test_a_full_scale_is_told_in_the_unit_of_the_level(
    words: Sequence[int], told: float | None
) -> None:
    def script(question: bytes) -> list[Piece]:
        start, number = words_asked(question)
        return [(0.0, answer(question, words[start - 2 : start - 2 + number]))]

    with FarEnd(script) as far:
        station = station_at(far.path)

        assert station.full_scale() == told


def station_at(path: str, longest_s: float = 0.2) -> ModbusStation:
    bus = ModbusBus("b", path, FAST, longest_timeout_s=longest_s)
    return bus.station(QDY30A, 3, QDY30A.channels)


@pytest.mark.slow
def test_a_slave_that_is_not_ours_tells_its_full_scale() -> None:
    with tapping(FAST) as line, serving(line.far, {3: QDY30A}, FAST):
        station = station_at(line.near)
        told = station.full_scale(), station.read().values, station.full_scale()

    assert told == (30.6, {"water_level": 30.4}, 30.6)
    assert min(line.gaps) >= 3.5


@pytest.mark.slow
def test_no_late_answer_is_taken_for_a_later_one() -> None:
    """A device as slow as the timeout tells in every word which question it answers."""
    numbers, dice = count(1), iter(range(10**6))
    (level,) = plan(QDY30A, QDY30A.channels)

    def script(question: bytes) -> list[Piece]:
        start, number = words_asked(question)
        told = next(numbers)
        words = {2: 1, 3: 0, 4: told, 5: 0, 6: told}
        wait_s = (0.010, 0.017, 0.013, 0.004, 0.018)[next(dice) % 5]
        asked = range(start, start + number)
        return [(wait_s, answer(question, [words.get(w, 0) for w in asked]))]

    good = {"level": 0, "full": 0}
    with FarEnd(script) as far:
        station = station_at(far.path, longest_s=0.014)
        for turn in range(75):
            try:
                if turn % 3:
                    value, kind = station.read().values["water_level"], "level"
                else:
                    value, kind = station.full_scale(), "full"
            except NoReply:
                continue
            good[kind] += 1
            assert value == len(far.questions)

    assert min(good.values()) > 3
    assert level == Span(2, 3)
