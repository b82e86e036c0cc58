"""Owners of what knows the time: each is asked now and then, and lets go at once.

An answer is UTC at the instant of returning and its error, both in ms.  Whatever
is amiss is an ``OSError``: the next asking may go better.
"""

import errno
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import serial

from drivers.timesource.sentences import NoTime, cclk, sentence, since_epoch
from telemetry.clock import machine_s

RTC_CLASS: Final = Path("/sys/class/rtc")
RTC_ERR_MS: Final = 500  # it counts whole seconds; the middle of one is taken
MODEM_BAUD: Final = 115_200  # of a plain UART; a USB modem does not heed it
MODEM_S: Final = 2.0  # TS 27.007 names no limit; the answer needs no network
MODEM_ERR_MS: Final = 1_000  # whole seconds; NITZ itself is right to some seconds
NITZ_ERR_MS: Final = 60_000  # 3GPP TS 22.042 wants no better than "order of minutes"
GPS_S: Final = 4.0  # a receiver speaks each second; one that begins late twice that
GPS_ERR_MS: Final = 1_000  # a sentence is out before the next second's begins
READ_BYTES: Final = 256  # or what comes within 0.1 s
MOST_BYTES: Final = 4_096  # of noise, before a port is given up


class NoAnswer(OSError):
    """The device is there and tells no time, with the reason; weather."""


class Rtc:
    """A clock on board with a battery, such as a DS3231, by Linux's RTC class."""

    name = "rtc"
    is_written_by_ntp = True  # the kernel sets it once NTP has set the machine's clock

    def __init__(self, device: str, folder: Path = RTC_CLASS) -> None:
        self._path = folder / device / "since_epoch"

    def ask(self) -> tuple[int, int]:
        """UTC and its error, by one read of a file."""
        try:
            seconds = since_epoch(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            msg = f"{self._path}: no such clock; is it in /boot/firmware/config.txt?"
            raise NoAnswer(msg) from None
        except OSError as fault:
            if fault.errno == errno.EINVAL:  # what drivers say of a stopped oscillator
                msg = f"{self._path}: has lost its time; is its battery flat?"
                raise NoAnswer(msg) from None
            raise
        except ValueError as fault:
            msg = f"{self._path}: {fault}"
            raise NoAnswer(msg) from None
        return seconds * 1000 + 500, RTC_ERR_MS


class Modem:
    """A modem that the network tells the time (NITZ), asked by ``AT+CCLK?``."""

    name = "modem"
    is_written_by_ntp = False

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self) -> tuple[int, int]:
        """UTC and its error: one question and its answer, within 2 s."""
        with _opened(self._url, MODEM_BAUD) as port:
            port.write(b"AT+CCLK?\r")
            heard, until_s = b"", machine_s() + MODEM_S
            while b"\nOK\r" not in heard and b"ERROR" not in heard:
                heard = (heard + _some(port, until_s))[-MOST_BYTES:]
        try:
            utc_ms = cclk(heard.decode("ascii", "replace"))
        except NoTime as fault:
            msg = f"modem {self._url}: {fault}"
            raise NoAnswer(msg) from None
        return utc_ms + 500, NITZ_ERR_MS + MODEM_ERR_MS


class Gps:
    """A GPS receiver that speaks NMEA 0183."""

    name = "gps"
    is_written_by_ntp = False

    def __init__(self, url: str, baudrate: int) -> None:
        self._url = url
        self._baudrate = baudrate

    def ask(self) -> tuple[int, int]:
        """UTC and its error, by the first sentence that is valid, within 4 s."""
        why = "it says nothing of NMEA 0183; is gps_baudrate right?"
        rest, sees, until_s = b"", False, machine_s() + GPS_S
        with _opened(self._url, self._baudrate) as port:
            while machine_s() < until_s:
                try:
                    rest += _some(port, until_s)
                except TimeoutError:
                    break
                *lines, rest = rest[-MOST_BYTES:].split(b"\n")
                for line in lines:
                    try:
                        said = sentence(line)
                    except NoTime as fault:
                        why = str(fault)
                        continue
                    if said is None:
                        continue
                    sees = sees if said.sees is None else said.sees
                    why = "it knows no date yet" if sees else "it sees no satellites"
                    if sees and said.utc_ms is not None:
                        return said.utc_ms + GPS_ERR_MS // 2, GPS_ERR_MS
        msg = f"GPS {self._url}: {why}"
        raise NoAnswer(msg)


@contextmanager
def _opened(url: str, baudrate: int) -> Iterator[serial.SerialBase]:
    """The port, without what was said before; closed at the end."""
    try:
        port = serial.serial_for_url(
            url, baudrate=baudrate, timeout=0.1, write_timeout=1.0, exclusive=True
        )
    except termios.error as fault:  # is no OSError
        raise OSError(*fault.args) from None
    try:
        port.reset_input_buffer()
        yield port
    except termios.error as fault:
        raise OSError(*fault.args) from None
    finally:
        port.close()


def _some(port: serial.SerialBase, until_s: float) -> bytes:
    """What comes before ``until_s``, else ``TimeoutError``."""
    while machine_s() < until_s:
        if found := port.read(READ_BYTES):
            return bytes(found)
    msg = f"{port.port} does not answer"
    raise TimeoutError(msg)
