"""``canhdong clock``: what sources say, and the time of a person's watch."""

import json
import time
from pathlib import Path

import pytest

from gateway import check, clock_command, clock_notes
from gateway.hints import Board
from gateway.main import main
from gateway.segments import Segment, Word
from telemetry.clock import SystemClock
from tests import programs
from tests.clockwork import HOUR, START

NOW_MS = 60_000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    programs.gateway_config(tmp_path, 1883)
    (tmp_path / "data").mkdir()
    return tmp_path


def run(site: Path, *more: str) -> int:
    return main(["clock", "-c", str(site / "gateway.toml"), *more])


def running(site: Path, board: Board, utc_ms: int | None) -> None:
    said = {"field_ms": NOW_MS, "clock": board.report(NOW_MS, utc_ms)}
    (site / "data" / "status.json").write_text(json.dumps(said))


def test_every_source_is_shown_in_vietnamese_first(site, capsys):
    board = Board()
    board.hear("rtc", Word(0, START + 7 * HOUR, 500))
    board.hear("modem", Word(0, START + 2_000, 61_000))
    board.faults["gps"] = "it sees no satellites"
    segment = Segment(1, 1, 0, START, "hello", 1_120)
    board.judged(segment, board.words, {"rtc": 7 * HOUR})
    running(site, board, START + NOW_MS)

    assert run(site) == 0

    told = capsys.readouterr().out
    assert "theo · by  giờ của tỉnh · the province's time, ±1.1 s" in told
    assert "lệch · off +25200.0 s, không dùng · not used, đang giữ giờ Việt Nam" in told
    assert "lệch · off +2.0 s" in told
    assert "không có giờ · tells no time: it sees no satellites" in told


def test_without_any_time_it_says_so(site, capsys):
    running(site, Board(), None)

    run(site)

    assert "chưa biết giờ · the time is not known yet" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["machine", "rtc", "ntp", "bracket", "disputed"])
def test_whatever_is_in_force_has_a_name(source):
    clock = Board().report(0, START) | {"source": source}

    assert " · " in clock_command.text(clock, 0).splitlines()[1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"field_ms": 1}'])
def test_where_no_gateway_runs_it_says_how_to_start_one(site, capsys, text):
    if text:
        (site / "data" / "status.json").write_text(text)

    assert run(site) == 1
    assert "canhdong run" in capsys.readouterr().err


def test_a_persons_time_waits_for_the_daemon_with_its_instant(site, capsys):
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    assert run(site, "2026-11-22 10:05") == 0

    config = check.load(site / "gateway.toml")
    ((_, given),) = clock_notes.collect(config, SystemClock().boot)
    assert given.utc_ms == 1_795_316_700_000
    assert 0 <= given.ms - before < 10_000
    assert "10:05:00 giờ Việt Nam" in capsys.readouterr().out


def test_a_time_of_another_boot_is_put_aside(site):
    run(site, "2026-11-22 10:05")
    config = check.load(site / "gateway.toml")

    assert clock_notes.collect(config, "another") == []
    assert len(list((site / "data" / clock_notes.FOLDER).glob("*.bad"))) == 1


@pytest.mark.parametrize("text", ["10:05", "mai", "2016-11-22 10:05", "2126-11-22"])
def test_what_is_no_time_is_refused_with_the_remedy(site, capsys, text):
    assert run(site, text) == 2

    told = capsys.readouterr().err
    assert repr(text) in told
    assert "2026-11-22 10:05" in told or "year" in told


def test_a_port_of_two_masters_is_a_fault_of_the_config(site, capsys):
    path = site / "gateway.toml"
    path.write_text(
        f'{path.read_text()}\n[time]\nrtc = "rtc0"\nmodem = "{site}/tty0"\n'
        f'gps = "{site}/tty0"\n'
    )

    assert main(["check", "-c", str(path)]) == 2

    told = capsys.readouterr().err
    assert "time.modem" in told
    assert "also the port of bus b0" in told
    assert "also the modem's" in told
