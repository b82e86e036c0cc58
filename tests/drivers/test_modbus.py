import itertools
import random
import socket
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import minimalmodbus  # type: ignore[import-untyped]  # ships no types
import pytest
from pytest_mock import MockerFixture

from drivers.bus import BadFrame, NoReply, PortGone, Refused
from drivers.devices.cwt_soil_thc_s import CWT_SOIL_THC_S
from drivers.devices.qdy30a import QDY30A
from drivers.devices.sim_probe import SIM_PROBE
from drivers.devices.waveshare_analog_8ch import WAVESHARE_ANALOG_8CH
from drivers.devices.wb_mcm8 import WB_MCM8
from drivers.modbus import ModbusBus, ModbusStation, timeout_s
from drivers.owed import Owed
from drivers.registers import decode
from tests.drivers.far_end import FarEnd, Piece, answer, refusal, words_asked
from tests.drivers.foreign_slave import serving, words_of
from tests.drivers.wire_tap import tapping

FAST = 115_200
PROBE = replace(SIM_PROBE, timeout_s=0.02)


def station(
    far: FarEnd, *, longest_s: float = 0.05, baudrate: int = FAST
) -> ModbusStation:
    bus = ModbusBus("b", far.path, baudrate, longest_timeout_s=longest_s)
    return bus.station(PROBE, 1, PROBE.channels)


def counting(question: bytes) -> list[int]:
    start, count = words_asked(question)
    return list(range(start, start + count))


def at_once(question: bytes) -> Sequence[Piece]:
    return [(0.0, answer(question, counting(question)))]


GOOD = decode(SIM_PROBE, {n: n for n in range(8)})


# --- a slave that is not ours ------------------------------------------------


SLAVES = {
    1: SIM_PROBE,
    7: SIM_PROBE,
    2: CWT_SOIL_THC_S,
    3: QDY30A,
    4: WB_MCM8,
    247: WAVESHARE_ANALOG_8CH,
}


@pytest.mark.slow
def test_a_slave_that_is_not_ours_is_read_whole() -> None:
    with tapping(FAST) as line, serving(line.far, SLAVES, FAST):
        bus = ModbusBus("b", line.near, FAST)
        found = {
            address: bus.station(model, address, model.channels).read().values
            for address, model in SLAVES.items()
        }
        bus.close()

    assert found == {
        address: decode(model, words_of(model, address))
        for address, model in SLAVES.items()
    }
    assert minimalmodbus._serialports == {}


# --- what a line does --------------------------------------------------------


def cut(data: bytes) -> list[Piece]:
    return [(0.002, data[n : n + 5]) for n in range(0, len(data), 5)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        lambda question, own: [(0.0, question + own)],  # echo
        lambda question, own: [(0.0, b"\x00" + own)],  # a ghost byte before
        lambda question, own: [(0.0, own + b"\x00")],  # and one behind
        lambda question, own: [(0.0, answer(question, [5] * 8, unit=2) + own)],
        lambda question, own: cut(own),
    ],
    ids=["echo", "ghost", "trailing", "foreign unit", "in pieces"],
)
def test_what_stands_beside_the_answer_does_no_harm(
    spoil: Callable[[bytes, bytes], list[Piece]],
) -> None:
    with FarEnd(lambda q: spoil(q, answer(q, counting(q)))) as far:
        probe = station(far)

        assert [probe.read().values for _ in range(5)] == [GOOD] * 5


def test_silence_is_no_reply_and_is_not_asked_twice() -> None:
    with FarEnd(lambda _: []) as far:
        with pytest.raises(NoReply, match="sim-probe at 1: no answer"):
            station(far).read()

        assert len(far.questions) == 1


def test_a_damaged_answer_is_asked_for_once_more() -> None:
    seen: list[bytes] = []

    def script(question: bytes) -> list[Piece]:
        seen.append(question)
        own = answer(question, counting(question))
        return [(0.0, own[:-1] + b"\x00" if len(seen) == 2 else own)]

    with FarEnd(script) as far:
        assert station(far).read().values == GOOD

    # the probe, the damaged answer, the probe again, the answer
    assert [words_asked(q)[1] for q in seen] == [1, 8, 1, 8]


def test_an_answer_that_stays_damaged_is_a_bad_frame() -> None:
    with (
        FarEnd(lambda q: [(0.0, answer(q, counting(q))[:-1])]) as far,
        pytest.raises(BadFrame),
    ):
        station(far).read()


def test_a_refusal_carries_its_code_and_takes_no_timeout() -> None:
    with FarEnd(lambda q: [(0.0, refusal(q, 6))]) as far:
        probe = station(far, longest_s=30.0)

        with pytest.raises(Refused, match="exception 6") as caught:
            probe.read()

    assert caught.value.code == 6


def test_a_code_that_minimalmodbus_does_not_call_an_error_is_a_refusal_too() -> None:
    with (
        FarEnd(lambda q: [(0.0, refusal(q, 5))]) as far,
        pytest.raises(Refused, match="exception 5"),
    ):
        station(far).read()


@pytest.mark.slow
def test_a_line_that_never_falls_silent_is_a_bad_frame() -> None:
    flood = [(0.001, bytes(range(64)))] * 800
    with FarEnd(lambda _: flood) as far:
        probe = station(far)

        faults = [outcome(probe) for _ in range(2)]

    assert faults == [BadFrame, BadFrame]


def outcome(
    probe: ModbusStation, taken: list[Mapping[str, float | None]] | None = None
) -> type[OSError] | None:
    try:
        values = probe.read().values
    except OSError as fault:
        return type(fault)
    if taken is not None:
        taken.append(values)
    return None


def test_an_answer_behind_a_burst_of_garbage_is_found() -> None:
    garbage = random.Random(1).randbytes(300)
    with FarEnd(lambda q: [(0.0, garbage + answer(q, counting(q)))]) as far:
        assert station(far).read().values == GOOD


# --- late answers ------------------------------------------------------------


def late(timeout_s: float, seed: int) -> Callable[[bytes], list[Piece]]:
    """A device as slow as the timeout; the last word is the question's number."""
    dice = random.Random(seed)
    numbers = itertools.count(1)

    def script(question: bytes) -> list[Piece]:
        words = counting(question)
        words[-1] = next(numbers)
        wait_s = dice.uniform(0.8, 1.5) * timeout_s
        return [(wait_s, answer(question, words))]

    return script


def late_polls(polls: int, *, is_trusting: bool) -> tuple[int, int]:
    """How many values were taken, and how many were an older question's."""
    good = stale = 0
    with FarEnd(late(0.012, seed=7)) as far:
        probe = station(far, longest_s=0.012)
        for _ in range(polls):
            if is_trusting and far.questions:
                probe.owed = Owed(())
            taken: list[Mapping[str, float | None]] = []
            if outcome(probe, taken) is None:
                good += 1
                stale += taken[0]["poll_count"] != len(far.questions)
    return good, stale


@pytest.mark.slow
def test_no_late_answer_is_taken_for_a_later_value() -> None:
    good, stale = late_polls(200, is_trusting=False)

    assert good > 5
    assert stale == 0


@pytest.mark.slow
def test_without_the_probe_late_answers_would_be_taken() -> None:
    _, stale = late_polls(60, is_trusting=True)

    assert stale > 0


def test_a_device_that_refuses_the_probe_is_still_read() -> None:
    def script(question: bytes) -> list[Piece]:
        if words_asked(question)[1] == 1:
            return [(0.0, refusal(question))]
        return at_once(question)  # type: ignore[return-value]  # a list

    with FarEnd(script) as far:
        probe = station(far)

        assert [probe.read().values for _ in range(3)] == [GOOD] * 3
        assert not probe.owed.lengths


# --- the timeout follows the device ------------------------------------------


@pytest.mark.parametrize(
    ("latency_s", "wait_s"), [(None, 1.0), (0.001, 0.2), (0.1, 0.4), (0.9, 1.0)]
)
def test_the_timeout_is_four_latencies_within_bounds(
    latency_s: float | None, wait_s: float
) -> None:
    assert timeout_s(latency_s, 0.2, 1.0) == pytest.approx(wait_s)


# --- the port ----------------------------------------------------------------


def test_an_unplugged_port_is_gone_and_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "rs485"
    with FarEnd(at_once) as far:
        link.symlink_to(far.path)
        bus = ModbusBus("b", str(link), FAST, longest_timeout_s=0.05)
        probe = bus.station(PROBE, 1, PROBE.channels)
        before = probe.read().values
        far.unplug()

        with pytest.raises(PortGone, match="plugged in"):
            probe.read()

    with pytest.raises(PortGone):  # too early to try again
        probe.read()
    with FarEnd(at_once) as far:
        link.unlink()
        link.symlink_to(far.path)
        bus.port._retry_at_s = 0.0

        assert probe.read().values == before
        # whoever opens a port does not know what is still under way
        assert words_asked(far.questions[0])[1] == 1
    bus.close()


def test_a_port_is_held_alone() -> None:
    with FarEnd(at_once) as far:
        first = ModbusBus("a", far.path, FAST)
        first.open()

        with pytest.raises(PortGone):
            ModbusBus("b", far.path, FAST).open()
        first.close()


def test_a_port_that_is_not_there_is_gone() -> None:
    with pytest.raises(PortGone, match="bus b: /dev/not-there is gone"):
        ModbusBus("b", "/dev/not-there").open()


def test_a_port_that_vanishes_while_it_is_opened_is_gone(
    mocker: MockerFixture,
) -> None:
    mocker.patch("serial.serial_for_url", side_effect=termios.error(5, "EIO"))

    with pytest.raises(PortGone):
        ModbusBus("b", "/dev/ttyUSB0").open()


@pytest.mark.slow
def test_a_serial_server_is_reached_through_a_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=serve_one, args=(server,), daemon=True).start()
        bus = ModbusBus("b", f"socket://127.0.0.1:{port}", FAST)
        values = bus.station(PROBE, 1, PROBE.channels).read().values
        bus.close()

    assert values == GOOD


def serve_one(server: socket.socket) -> None:
    peer, _ = server.accept()
    with peer:
        while question := peer.recv(8):
            peer.sendall(answer(question, counting(question)))
