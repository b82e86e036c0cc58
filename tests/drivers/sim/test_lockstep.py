"""A recording, its simulated bus, and the poller that asks it, in step."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from drivers.devices import MODELS
from drivers.modbus import ModbusBus
from drivers.outlet import Outlet, Scale
from drivers.poller import Device, Poller
from drivers.registers import ModbusModel
from drivers.rtu import crc
from drivers.sim.devices import device
from drivers.sim.lockstep import Lockstep, aside, questions
from drivers.sim.rows import Row, Spot
from drivers.sim.slave import SimulatedBus
from drivers.spans import Span, plan
from telemetry.clock import SteppedClock
from telemetry.reading import Reading

BEGIN_MS = 1_456_790_400_000
STEP_MS = 300_000
LOOP = Scale(raw_low=4000, raw_high=20_000, low=-40, high=60, is_loop=True)

SOIL = Device(
    name="soil",
    model=MODELS["cwt-soil-thc-s"],
    address=3,
    period_ms=STEP_MS,
    outlets=tuple(
        Outlet(sensor="soil-a", quantity=name, channel=name)
        for name in ("soil_moisture", "soil_temperature", "soil_conductivity")
    ),
)
AIR = Device(
    name="inputs",
    model=MODELS["waveshare-analog-8ch"],
    address=4,
    period_ms=STEP_MS,
    outlets=tuple(
        Outlet(
            sensor=f"air-{n}", quantity="air_temperature", channel=f"{n}", scale=LOOP
        )
        for n in (1, 2)
    ),
)
TUBE = Device(
    name="tube",
    model=MODELS["qdy30a"],
    address=5,
    period_ms=STEP_MS,
    outlets=(
        Outlet(sensor="level-a", quantity="water_level", channel="water_level", zero=0),
    ),
)
DEPTH: Spot = "level-a", "water_level"
MOIST, WARM, SALT = (("soil-a", outlet.quantity) for outlet in SOIL.outlets)
AIR_1, AIR_2 = ((outlet.sensor, outlet.quantity) for outlet in AIR.outlets)

Values = dict[Spot, float | None]
GOOD: Values = {MOIST: 31.2, WARM: 24.0, SALT: 410.0, AIR_1: 20.0, AIR_2: 21.0}


def rows(*values: Values, steps: Sequence[int] | None = None) -> list[Row]:
    at = range(len(values)) if steps is None else steps
    return [
        Row(BEGIN_MS + step * STEP_MS, value)
        for step, value in zip(at, values, strict=True)
    ]


@contextmanager
def fed(
    path: Path, recording: Sequence[Row], devices: Sequence[Device]
) -> Iterator[tuple[Lockstep, SteppedClock]]:
    """A lock-step whose devices are served at ``path``."""
    step = Lockstep(iter(recording), devices)
    simulated = [
        device(
            each.name,
            each.model,
            each.address,
            partial(step.values, each.name),
            step.told,
        )
        for each in devices
    ]
    clock = SteppedClock.create(path.with_name("clock"), recording[0].utc_ms)
    with SimulatedBus(path, simulated):
        step.start(clock)
        yield step, clock
    clock.close()


def polled(
    path: Path, recording: Sequence[Row], devices: Sequence[Device]
) -> tuple[Lockstep, dict[Spot, list[tuple[int, float | None]]]]:
    """What a poller reads of a recording: (step of the tick, value)."""
    found: dict[Spot, list[tuple[int, float | None]]] = {}
    with fed(path, recording, devices) as (step, clock):
        poller = Poller(ModbusBus("b", str(path), baudrate=115_200), devices, clock)
        stop = threading.Event()
        readings: list[Reading] = []
        while not step.over.is_set():
            readings += poller.step(stop)
        poller.close()
    for reading in readings:
        spot = reading.sensor, reading.quantity
        found.setdefault(spot, []).append((reading.boot_ms // STEP_MS, reading.value))
    return step, found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ttyField"


@pytest.mark.slow
def test_every_row_is_polled_once_with_its_own_time(path: Path) -> None:
    recording = rows(*({**GOOD, MOIST: 30.0 + n / 10} for n in range(40)))

    step, found = polled(path, recording, [SOIL, AIR])

    assert found[MOIST] == [(n, round(30.0 + n / 10, 1)) for n in range(40)]
    assert found[AIR_2] == [(n, 21.0) for n in range(40)]
    assert (step.report.rows, step.report.cells, step.report.gaps) == (40, 200, 0)


def test_a_gap_in_a_current_loop_leaves_its_neighbour(path: Path) -> None:
    step, found = polled(path, rows(GOOD, {**GOOD, AIR_1: None}, GOOD), [AIR])

    assert found[AIR_1] == [(0, 20.0), (1, None), (2, 20.0)]
    assert found[AIR_2] == [(0, 21.0), (1, 21.0), (2, 21.0)]
    assert (step.report.gaps, step.report.withheld) == (1, 0)


def test_a_device_without_a_word_for_a_gap_refuses_the_whole_row(path: Path) -> None:
    step, found = polled(path, rows(GOOD, {**GOOD, WARM: None}, GOOD), [SOIL])

    assert found[WARM] == [(0, 24.0), (1, None), (2, 24.0)]
    assert found[MOIST] == [(0, 31.2), (1, None), (2, 31.2)]
    assert (step.report.gaps, step.report.withheld) == (1, 2)


@pytest.mark.parametrize(
    ("spot", "value"),
    [
        (MOIST, -69.56),  # below an unsigned register
        (AIR_1, 154.0),  # a current that means a broken loop
    ],
)
def test_what_a_device_cannot_show_is_a_gap_and_counted(
    path: Path, spot: Spot, value: float
) -> None:
    step, found = polled(path, rows(GOOD, {**GOOD, spot: value}), [SOIL, AIR])

    assert [value for _, value in found[spot]] == [GOOD[spot], None]
    assert step.report.not_representable == 1


def test_ticks_without_a_row_are_missing(path: Path) -> None:
    recording = rows(GOOD, GOOD, GOOD, steps=(0, 1, 5))

    _, found = polled(path, recording, [SOIL])

    ticks = [(0, 31.2), (1, 31.2), (2, None), (3, None), (4, None), (5, 31.2)]
    assert found[MOIST] == ticks


def test_a_row_between_two_ticks_is_counted_and_not_polled(path: Path) -> None:
    half = Row(BEGIN_MS + STEP_MS // 2, {**GOOD, MOIST: 99.0})
    first, second = rows(GOOD, GOOD)

    step, found = polled(path, [first, half, second], [SOIL])

    assert found[MOIST] == [(0, 31.2), (1, 31.2)]
    assert step.report.between_ticks == 1


def test_the_first_row_stands_while_it_is_held(path: Path) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows(GOOD, GOOD)), [SOIL], hold=True)
    step.start(clock)
    (question,) = questions(SOIL)

    step.told("soil", question, b"\x03\x03")
    held_ms = clock.field_ms()
    step.release()

    assert step.first_is_asked.is_set()
    assert (held_ms, clock.field_ms()) == (0, STEP_MS)
    clock.close()


def test_other_questions_and_repeats_do_not_move_time(path: Path) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows(GOOD, GOOD, GOOD)), [SOIL, AIR])
    step.start(clock)
    (question,) = questions(SOIL)
    foreign = bytes.fromhex("03 03 0000 0001")

    step.told("soil", foreign + crc(foreign), b"\x03\x83\x04")
    step.told("soil", question, b"\x03\x03")
    step.told("soil", question, b"\x03\x03")

    assert clock.field_ms() == 0
    assert step.waits_for() == ["inputs"]
    clock.close()


def test_a_question_out_of_turn_tells_that_the_last_answer_was_not_read(
    path: Path,
) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows(GOOD, GOOD, GOOD)), [SOIL])
    step.start(clock)
    (question,) = questions(SOIL)
    probe = bytes.fromhex("03 03 0000 0001")
    probe += crc(probe)

    for frame in (probe, question, probe, question):  # the first probe is a greeting
        step.told("soil", frame, b"\x03\x03")

    assert step.report.unread == [("soil", BEGIN_MS)]
    clock.close()


def test_a_question_for_the_full_scale_belongs_to_no_row(path: Path) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows({DEPTH: 12.3}, {DEPTH: 12.4})), [TUBE])
    step.start(clock)
    (question,) = questions(TUBE)
    beside = aside(TUBE)
    assert beside is not None

    step.told("tube", question, b"\x05\x03")
    step.told("tube", beside, b"\x05\x03")

    assert clock.field_ms() == STEP_MS
    assert step.waits_for() == ["tube"]
    assert step.report.unread == []
    clock.close()


def test_a_question_out_of_turn_behind_a_refusal_tells_nothing(path: Path) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows({**GOOD, WARM: None}, GOOD, GOOD)), [SOIL])
    step.start(clock)
    (question,) = questions(SOIL)
    probe = bytes.fromhex("03 03 0000 0001")

    step.told("soil", question, b"\x03\x83\x04")
    step.told("soil", probe + crc(probe), b"\x03\x03")
    step.told("soil", question, b"\x03\x03")

    assert step.report.unread == []
    assert clock.field_ms() == 2 * STEP_MS
    clock.close()


def test_a_row_that_nobody_asks_for_can_be_given_up(path: Path) -> None:
    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(iter(rows(GOOD, GOOD)), [SOIL])
    step.start(clock)

    step.give_up()

    assert clock.field_ms() == STEP_MS
    assert step.report.given_up == 1
    clock.close()


def test_a_fault_of_the_recording_ends_the_replay(path: Path) -> None:
    def broken() -> Iterator[Row]:
        yield rows(GOOD)[0]
        msg = "line 2 is no number"
        raise ValueError(msg)

    clock = SteppedClock.create(path.with_name("clock"), BEGIN_MS)
    step = Lockstep(broken(), [SOIL])
    step.start(clock)

    step.give_up()

    assert step.over.is_set()
    assert str(step.fault) == "line 2 is no number"
    clock.close()


def test_the_questions_are_those_of_the_driver_s_plan() -> None:
    assert isinstance(SOIL.model, ModbusModel)
    assert plan(SOIL.model, SOIL.channels) == (Span(0, 3),)
    assert questions(SOIL) == {bytes.fromhex("03 03 0000 0003 0429")}


def test_an_instrument_of_lines_cannot_be_replayed() -> None:
    rain = Device(
        name="rain",
        model=MODELS["rg15"],
        address=1,
        period_ms=1000,
        outlets=(Outlet(sensor="r", quantity="rain_total", channel="rain_total"),),
    )

    with pytest.raises(ValueError, match="rain: rg15 cannot be replayed in step"):
        Lockstep(iter(()), [rain])
