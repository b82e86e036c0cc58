"""The simulated bus as a raw serial client sees it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers.devices import MODELS
from drivers.devices.qdy30a import QDY30A
from drivers.devices.wn90lp import WN90LP
from drivers.registers import ModbusModel, decode
from drivers.rtu import crc, is_whole
from drivers.sim.devices import ModbusDevice, device
from drivers.sim.slave import SimulatedBus
from drivers.sim.wire import AT_ONCE, Timing
from telemetry.settings import ConfigError

AIR = {"soil_moisture": 31.2, "soil_temperature": -3.4, "soil_conductivity": 812.0}


def request(address: int, function: int, start: int, count: int) -> bytes:
    frame = bytes((address, function)) + start.to_bytes(2, "big")
    frame += count.to_bytes(2, "big")
    return frame + crc(frame)


def probe(name: str = "soil", address: int = 3) -> ModbusDevice:
    made = device(name, MODELS["cwt-soil-thc-s"], address, lambda: AIR)
    assert isinstance(made, ModbusDevice)
    return made


def counting(address: int = 5) -> ModbusDevice:
    made = device("probe", MODELS["sim-probe"], address, lambda: {})
    assert isinstance(made, ModbusDevice)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ttyField"


@pytest.fixture
def soil() -> ModbusDevice:
    return probe()


@pytest.fixture
def line(path: Path, soil: ModbusDevice) -> Iterator[serial.Serial]:
    with (
        SimulatedBus(path, [soil, counting()]),
        serial.Serial(str(path), 9600, timeout=0.3, exclusive=True) as port,
    ):
        yield port


def ask(port: serial.Serial, frame: bytes, length: int) -> bytes:
    port.write(frame)
    return port.read(length)


def test_values_come_back_through_the_same_table(line: serial.Serial) -> None:
    answer = ask(line, request(3, 3, 0, 3), 11)

    words = {
        at: int.from_bytes(answer[3 + 2 * at : 5 + 2 * at], "big") for at in (0, 1, 2)
    }
    model = MODELS["cwt-soil-thc-s"]
    assert isinstance(model, ModbusModel)
    assert is_whole(answer)
    assert decode(model, words) == AIR


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request(3, 6, 0, 3), 1),  # a write
        (request(3, 4, 0, 3), 1),  # the device has no input registers
        (request(3, 3, 0, 9), 2),  # beyond the table
        (request(3, 3, 0, 0), 3),  # nothing asked
    ],
)
def test_what_cannot_be_answered_gets_an_exception(
    line: serial.Serial, asked: bytes, code: int
) -> None:
    answer = ask(line, asked, 5)

    assert answer[:3] == bytes((3, asked[1] | 0x80, code))
    assert is_whole(answer)


def test_a_function_of_another_length_gets_an_exception_too(
    line: serial.Serial,
) -> None:
    frame = bytes.fromhex("03 10 0000 0001 02 0005")

    answer = ask(line, frame + crc(frame), 5)

    assert answer[:3] == b"\x03\x90\x01"


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked", [request(9, 3, 0, 3), request(3, 3, 0, 3)[:-1] + b"?"]
)
def test_a_foreign_address_or_a_bad_checksum_is_met_with_silence(
    line: serial.Serial, asked: bytes
) -> None:
    answer = ask(line, asked, 1)

    assert answer == b""
    assert len(ask(line, request(3, 3, 0, 3), 11)) == 11


def test_the_poll_counter_counts_every_answer_that_holds_it(
    line: serial.Serial,
) -> None:
    seen = []
    for _ in range(3):
        seen.append(ask(line, request(5, 3, 7, 1), 7)[3:5])
        ask(line, request(5, 3, 0, 4), 13)

    assert seen == [b"\x00\x01", b"\x00\x02", b"\x00\x03"]


def test_the_poll_counter_wraps_on_the_wire_and_goes_on_in_the_tally() -> None:
    device = counting()
    device.tally.answered = 65_535

    answer = device.answer(request(5, 3, 7, 1))

    assert answer is not None
    assert answer[3:5] == b"\x00\x00"
    assert device.tally.last == 65_536


def test_a_total_beyond_its_word_shows_what_is_behind_the_wrap() -> None:
    values = {"rain_total": 6553.6 + 12.3}
    head = ModbusDevice(name="head", model=WN90LP, address=5, values=lambda: values)

    answer = head.answer(request(5, 3, 0x16C, 1))

    assert answer is not None
    assert int.from_bytes(answer[3:5], "big") == 123


def test_a_level_transmitter_keeps_its_full_scale_of_1_m() -> None:
    values = {"water_level": 12.3}
    tube = ModbusDevice(name="tube", model=QDY30A, address=5, values=lambda: values)

    answer = tube.answer(request(5, 3, 2, 5))

    assert answer is not None
    assert answer[3:-2] == bytes.fromhex("0001 0001 007b 0000 03e8")


def test_a_master_may_close_and_open_again(path: Path, soil: ModbusDevice) -> None:
    lengths = []

    with SimulatedBus(path, [soil]):
        for _ in range(3):
            with serial.Serial(str(path), 9600, timeout=1, exclusive=True) as port:
                lengths.append(len(ask(port, request(3, 3, 0, 3), 11)))

    assert lengths == [11, 11, 11]


def test_the_port_goes_with_the_bus(path: Path) -> None:
    with SimulatedBus(path, []):
        assert path.is_symlink()

    assert not path.is_symlink()


@pytest.mark.parametrize("target", ["/dev/nothing", "/dev/pts/ptmx"])
def test_a_left_over_symlink_is_replaced(
    path: Path, soil: ModbusDevice, target: str
) -> None:
    path.symlink_to(target)

    with SimulatedBus(path, [soil]), serial.Serial(str(path), timeout=1) as port:
        assert len(ask(port, request(3, 3, 0, 3), 11)) == 11


def test_a_file_at_the_port_is_refused(path: Path) -> None:
    path.write_text("mine")

    with pytest.raises(ConfigError, match="ttyField: is there and is no symlink to a"):
        SimulatedBus(path, []).start()
    assert path.read_text() == "mine"


def test_the_name_of_a_real_port_is_refused(path: Path) -> None:
    path.symlink_to("/dev/null")

    with pytest.raises(ConfigError, match="name another port or move it"):
        SimulatedBus(path, []).start()
    assert path.readlink() == Path("/dev/null")


# --- faults ------------------------------------------------------------------


@pytest.mark.slow
def test_a_silent_device_leaves_its_neighbour_alone(
    line: serial.Serial, soil: ModbusDevice
) -> None:
    soil.faults.silent = True

    assert ask(line, request(3, 3, 0, 3), 1) == b""
    assert len(ask(line, request(5, 3, 0, 1), 7)) == 7


def test_a_delayed_answer_comes_after_the_delay(
    line: serial.Serial, soil: ModbusDevice
) -> None:
    soil.faults.delay_s = 0.05
    begun = time.monotonic()

    answer = ask(line, request(3, 3, 0, 3), 11)

    assert len(answer) == 11
    assert time.monotonic() - begun >= 0.05


def test_a_delayed_device_answers_in_the_order_of_the_questions(
    line: serial.Serial, soil: ModbusDevice
) -> None:
    soil.faults.delay_s = 0.05
    line.write(request(3, 3, 0, 3))
    soil.faults.delay_s = 0.0
    line.write(request(3, 3, 0, 1))

    assert [line.read(11)[2], line.read(7)[2]] == [6, 2]


def test_an_exception_can_be_forced(line: serial.Serial, soil: ModbusDevice) -> None:
    soil.faults.exception = 6  # busy

    assert ask(line, request(3, 3, 0, 3), 5)[:3] == b"\x03\x83\x06"


def test_flipped_bits_break_the_checksum_the_same_way_for_the_same_seed() -> None:
    spoilt = []
    for _ in range(2):
        soil = probe()
        soil.faults.flip, soil.faults.seed = 1.0, 7
        answer = soil.answer(request(3, 3, 0, 3))
        assert answer is not None
        spoilt.append(soil.faults.spoil(answer))

    assert spoilt[0] == spoilt[1]
    assert not is_whole(spoilt[0])


def test_an_adapter_that_echoes_sends_the_request_first(
    path: Path, soil: ModbusDevice
) -> None:
    asked = request(3, 3, 0, 3)

    with (
        SimulatedBus(path, [soil], echo=True),
        serial.Serial(str(path), timeout=1) as port,
    ):
        answer = ask(port, asked, 8 + 11)

    assert answer[:8] == asked
    assert len(answer) == 19


# --- pace --------------------------------------------------------------------


def arrivals(port: serial.Serial, frame: bytes, length: int) -> list[float]:
    """Instant of each byte's arrival, from just before the request. [s]"""
    near = port.fileno()
    os.set_blocking(near, True)
    begun = time.monotonic()
    port.write(frame)
    stamps: list[float] = []
    while len(stamps) < length:
        got = os.read(near, 256)
        stamps += [time.monotonic() - begun] * len(got)
    return stamps


@pytest.mark.slow
@pytest.mark.parametrize("timing", [Timing.of(9600), Timing.of(19200, "E")])
def test_no_byte_comes_before_the_wire_could_bring_it(
    path: Path, timing: Timing
) -> None:
    spent: list[float] = []
    early = 0

    with (
        SimulatedBus(path, [counting()], timing=timing),
        serial.Serial(str(path), timeout=1) as port,
    ):
        for _ in range(20):
            stamps = arrivals(port, request(5, 3, 0, 8), 21)
            begin_s = 8 * timing.char_s + timing.silence_s
            early += sum(
                at < begin_s + (n + 1) * timing.char_s for n, at in enumerate(stamps)
            )
            spent.append(stamps[-1])

    nominal = 29 * timing.char_s + timing.silence_s
    assert early == 0
    # the quickest: what a busy machine adds is not the slave's
    assert 1.0 <= min(spent) / nominal < 1.1


def test_at_once_is_at_once(path: Path) -> None:
    with (
        SimulatedBus(path, [counting()], timing=AT_ONCE),
        serial.Serial(str(path), timeout=1) as port,
    ):
        spent = [arrivals(port, request(5, 3, 0, 8), 21)[-1] for _ in range(20)]

    assert min(spent) < 0.005


def test_a_rain_gauge_answers_lines(path: Path) -> None:
    model = MODELS["rg15"]
    gauge = device("rain", model, 1, lambda: {"rain_total": 54.85})

    with (
        SimulatedBus(path, [gauge], lines=True),
        serial.Serial(str(path), timeout=1) as port,
    ):
        port.write(b"P\nR\n")
        heard = [port.readline(), port.readline()]

    assert heard[0] == b"p\r\n"
    assert b"TotalAcc  54.85 mm" in heard[1]
