"""Clock on board, modem and GPS: their words, and the ports they come from."""

import errno
import functools
import operator
import os
import threading
import tty
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.timesource import devices
from drivers.timesource.devices import Gps, Modem, NoAnswer, Rtc
from drivers.timesource.sentences import (
    NoTime,
    Sentence,
    cclk,
    sentence,
    since_epoch,
)

TEN_FIVE = 1_795_316_700_000  # 2026-11-22 10:05 in Viet Nam


def nmea(body: str) -> bytes:
    check = functools.reduce(operator.xor, body.encode())
    return f"${body}*{check:02X}\r\n".encode()


SEES = nmea("GPRMC,030500.00,A,1502.1,N,10854.3,E,0.0,,221126,,,A")
BLIND = nmea("GNRMC,030500.00,V,,,,,,,221126,,,N")


# --- words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc_ms"),
    [
        ('+CCLK: "26/11/22,10:05:00+28"', TEN_FIVE),
        ('AT+CCLK?\r\r\n+CCLK: "26/11/22,03:05:00+00"\r\n\r\nOK\r\n', TEN_FIVE),
        ('+CCLK: "26/11/21,22:05:00-20"', TEN_FIVE),
        ('+CCLK:"26/11/22,08:35:00+22"', TEN_FIVE),  # a zone of half an hour
    ],
)
def test_a_modem_tells_local_time_and_its_zone_in_quarters_of_an_hour(text, utc_ms):
    assert cclk(text) == utc_ms


def test_the_example_of_the_standard_is_read():
    # TS 27.007, 8.15: 6th of May 1994, 22:10:00 GMT+2 hours; two digits, so of 2094
    told = datetime(2094, 5, 6, 20, 10, tzinfo=UTC).timestamp() * 1000
    assert cclk('+CCLK: "94/05/06,22:10:00+08"') == told


@pytest.mark.parametrize(
    "text",
    [
        "", "OK", "ERROR", "+CME ERROR: 10", '+CCLK: "26/11/22,10:05:00"',
        '+CCLK: "26/13/22,10:05:00+28"', '+CCLK: "26/11/22,10:05:61+28"',
        '+CCLK: "26/11/22,10:05:00+97"', '+CCLK: "26/11/22,24:05:00+28"',
    ],
)  # fmt: skip
def test_an_answer_without_a_time_or_zone_is_refused(text):
    with pytest.raises(NoTime):
        cclk(text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (SEES, Sentence(sees=True, utc_ms=TEN_FIVE)),
        (nmea("GNRMC,030500,A,,,,,,,221126,,,A"), Sentence(True, TEN_FIVE)),
        (BLIND, Sentence(sees=False, utc_ms=None)),
        (nmea("GPZDA,030500.00,22,11,2026,00,00"), Sentence(None, TEN_FIVE)),
        (nmea("GPZDA,,,,,,"), Sentence(None, None)),
        (nmea("GPRMC,030500.00,A,,,,,,,,,,A"), Sentence(sees=True, utc_ms=None)),
        (nmea("GPRMC,030460.00,A,,,,,,,221126,,,A"), Sentence(True, TEN_FIVE)),
        (nmea("GPGGA,030500.00,,,,,0,,,,,,,"), None),
        (b"\xff\x00noise", None),
        # of NMEA's own examples, seen in many manuals
        (b"$GPZDA,201530.00,04,07,2002,00,00*60\r\n",
         Sentence(None, 1_025_813_730_000)),
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n",
         Sentence(True, 3_920_186_119_000)),
    ],
)  # fmt: skip
def test_a_receiver_tells_the_time_by_rmc_and_zda(line, says):
    assert sentence(line) == says


def test_a_damaged_sentence_is_seen_by_its_checksum():
    with pytest.raises(NoTime, match="checksum"):
        sentence(SEES.replace(b"0305", b"0306"))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_word_or_refused(noise):
    for read in (sentence, lambda b: cclk(b.decode("latin-1"))):
        try:
            read(noise)
        except NoTime:
            continue


@given(
    st.datetimes(
        min_value=datetime(2026, 11, 1),  # noqa: DTZ001 - strategies want it naive
        max_value=datetime(2036, 11, 1),  # noqa: DTZ001
    ),
    st.integers(-96, 96),
)
def test_every_instant_survives_both_forms(at, quarters):
    at = at.replace(microsecond=0)
    utc_ms = round(at.replace(tzinfo=UTC).timestamp() * 1000)
    local = at + timedelta(minutes=15 * quarters)

    assert cclk(f'+CCLK: "{local:%y/%m/%d,%H:%M:%S}{quarters:+03d}"') == utc_ms
    rmc = nmea(f"GPRMC,{at:%H%M%S}.00,A,,,,,,,{at:%d%m%y},,,A")
    assert sentence(rmc) == Sentence(sees=True, utc_ms=utc_ms)


@pytest.mark.parametrize("text", ["", "x", "1e9", "1795294053\n\n", "+5", "01"])
def test_a_clock_on_board_tells_seconds_and_nothing_else(text):
    assert since_epoch("1795294053\n") == 1_795_294_053
    with pytest.raises(NoTime):
        since_epoch(text)


# --- devices ----------------------------------------------------------------------


def test_a_clock_on_board_is_read_from_the_rtc_class(tmp_path):
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0" / "since_epoch").write_text("1795316700\n")

    assert Rtc("rtc0", tmp_path).ask() == (TEN_FIVE + 500, 500)


def test_a_clock_that_has_lost_its_time_says_so(tmp_path, mocker):
    lost = OSError(errno.EINVAL, "Invalid argument")
    mocker.patch("pathlib.Path.read_text", side_effect=lost)

    with pytest.raises(NoAnswer, match="battery flat"):
        Rtc("rtc0", tmp_path).ask()


def test_a_clock_that_is_not_there_or_talks_nonsense_is_weather(tmp_path):
    with pytest.raises(NoAnswer, match="no such clock"):
        Rtc("rtc0", tmp_path).ask()
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0" / "since_epoch").write_text("never\n")
    with pytest.raises(NoAnswer):
        Rtc("rtc0", tmp_path).ask()


@contextmanager
def device(*answers: bytes, asked: bytes = b""):
    """A pseudo-terminal behind which a device answers, once it was ``asked``."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    done = threading.Event()

    def live():
        heard = b""
        while asked and asked not in heard and not done.is_set():
            heard += os.read(ours, 100)
        for answer in answers:
            if done.wait(0.02):
                return
            os.write(ours, answer)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        done.set()
        os.write(theirs, asked or b"\0")  # wakes a device that nobody asked
        thread.join()
        os.close(ours)
        os.close(theirs)


def test_a_modem_is_asked_and_answers_in_pieces():
    answer = (b"AT+CC", b'LK?\r\r\n+CCLK: "26/11/22,', b'10:05:00+28"\r\n\r\nOK\r\n')
    with device(*answer, asked=b"AT+CCLK?\r") as port:
        utc_ms, err_ms = Modem(port).ask()

    assert utc_ms == TEN_FIVE + 500
    assert err_ms > 60_000


def test_a_modem_that_the_network_has_not_told_the_time_says_so():
    answer = b'\r\n+CCLK: "26/11/22,10:05:00"\r\n\r\nOK\r\n'
    with device(answer, asked=b"AT+CCLK?\r") as port, pytest.raises(NoAnswer) as told:
        Modem(port).ask()

    assert "no zone" in str(told.value)


@pytest.mark.slow
def test_a_silent_device_is_given_up(mocker):
    mocker.patch.object(devices, "MODEM_S", 0.15)
    mocker.patch.object(devices, "GPS_S", 0.15)
    with device() as port:
        with pytest.raises(TimeoutError, match="does not answer"):
            Modem(port).ask()
        with pytest.raises(NoAnswer, match="gps_baudrate"):
            Gps(port, 9600).ask()


def test_a_receiver_is_believed_once_it_sees_satellites():
    zda = nmea("GPZDA,030459.00,22,11,2026,00,00")
    dateless = nmea("GPRMC,030459.00,A,,,,,,,,,,A")
    with device(b"halves,of*00\r\n", BLIND, zda, dateless, SEES) as port:
        found = Gps(port, 9600).ask()

    assert found == (TEN_FIVE + 500, 1_000)


@pytest.mark.slow
def test_a_receiver_in_a_shed_tells_no_time(mocker):
    mocker.patch.object(devices, "GPS_S", 0.3)
    zda = nmea("GPZDA,030459.00,22,11,2026,00,00")
    with device(BLIND, zda, BLIND) as port, pytest.raises(NoAnswer) as told:
        Gps(port, 9600).ask()

    assert "no satellites" in str(told.value)


def test_a_port_that_is_not_there_is_weather():
    with pytest.raises(OSError, match="could not open port"):
        Modem("/dev/serial/by-id/nothing").ask()
