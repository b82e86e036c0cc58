from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.bus import BadFrame, NoReply, PortGone
from drivers.devices.rg15 import RG15
from drivers.line import LineBus, LineStation
from tests.drivers.far_end import FarEnd, Piece

GAUGE = replace(RG15, timeout_s=0.1)
LINE = b"Acc  0.01 mm, EventAcc  2.07 mm, TotalAcc 54.85 mm, RInt  0.89 mmph\r\n"


def station(far: FarEnd) -> LineStation:
    return LineBus("g", far.path).station(GAUGE, 0, ["rain_total"])


def answers(line: bytes) -> Callable[[bytes], list[Piece]]:
    return lambda command: [(0.0, line)] if command == b"R\n" else []


def test_a_gauge_is_set_up_when_the_port_opens_and_then_asked() -> None:
    with FarEnd(answers(LINE), size=2) as far:
        gauge = station(far)
        values = [gauge.read().values for _ in range(2)]

    assert values == [{"rain_total": 54.85}] * 2
    assert far.questions == [b"P\n", b"M\n", b"H\n", b"R\n", b"R\n"]


def test_a_gauge_that_restarted_is_set_up_again() -> None:
    with FarEnd(answers(LINE), size=2) as far:
        gauge = station(far)
        gauge.read()
        far.say(b"; HYDREON\r\nPwrDays 0\r\n")
        values = gauge.read().values

    assert values == {"rain_total": 54.85}
    assert far.questions[4:] == [b"P\n", b"M\n", b"H\n", b"R\n"]


def test_a_gauge_that_restarts_under_the_question_is_asked_again() -> None:
    replies = iter([b"PwrDays 0\r\n", LINE])
    with FarEnd(
        lambda command: [(0.0, next(replies))] if command == b"R\n" else [], size=2
    ) as far:
        assert station(far).read().values == {"rain_total": 54.85}


def test_a_gauge_that_only_restarts_gives_no_answer() -> None:
    with (
        FarEnd(answers(b"PwrDays 0\r\n"), size=2) as far,
        pytest.raises(NoReply, match="starts again and again"),
    ):
        station(far).read()


def test_a_dirty_lens_makes_the_answer_suspect() -> None:
    line = LINE.replace(b"\r\n", b", LensBad\r\n")
    with FarEnd(answers(line), size=2) as far:
        assert station(far).read().is_suspect


def test_a_damaged_line_is_passed_over() -> None:
    with FarEnd(answers(LINE[20:] + LINE), size=2) as far:
        assert station(far).read().values == {"rain_total": 54.85}


def test_only_damaged_lines_are_a_bad_frame() -> None:
    with (
        FarEnd(answers(LINE[20:]), size=2) as far,
        pytest.raises(BadFrame, match="no well-formed line"),
    ):
        station(far).read()


def test_silence_is_no_reply() -> None:
    with FarEnd(lambda _: [], size=2) as far, pytest.raises(NoReply):
        station(far).read()


def test_an_unplugged_gauge_is_a_gone_port() -> None:
    with FarEnd(answers(LINE), size=2) as far:
        gauge = station(far)
        gauge.read()
        far.unplug()

        with pytest.raises(PortGone):
            gauge.read()


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(ValueError, match="rg15 has no channel wind"):
        LineBus("g", "/dev/null").station(RG15, 0, ["wind"])


@pytest.mark.slow
def test_a_line_that_never_falls_silent_ends_in_time() -> None:
    flood = [(0.001, b"x" * 64)] * 800
    with FarEnd(lambda _: flood, size=2) as far, pytest.raises((BadFrame, NoReply)):
        station(far).read()
