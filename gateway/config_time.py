"""``[time]`` of ``gateway.toml``: what knows UTC beside the province and NTP."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Baud = Literal[4800, 9600, 19200, 38400, 57600, 115200]
Rtc = Annotated[str, Meta(pattern=r"\Artc[0-9]{1,2}\Z")]


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """Each may be left out; all are hints until the province has told its time."""

    rtc: Rtc | None = None  # "rtc0", a clock on board with a battery, kept in UTC
    modem: str | None = None  # "/dev/serial/by-id/…", asked by AT+CCLK?
    gps: str | None = None  # "/dev/serial/by-id/…", speaks NMEA 0183
    gps_baudrate: Baud = 9600  # what most receivers are sold with; NMEA 0183 has 4800


def faults(time: Time, buses: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the ports; ``buses`` gives the bus on each port."""
    for key in ("modem", "gps"):
        port = getattr(time, key)
        if port is None:
            continue
        if not port or "\0" in port or Path(port).is_dir():
            yield f"time.{key}: {port!r} is no port; write a device, see ls /dev/serial"
        elif port in buses:
            yield (
                f"time.{key}: {port} is also the port of bus {buses[port]};"
                " give it a port of its own"
            )
    if time.modem is not None and time.modem == time.gps:
        yield f"time.gps: {time.gps} is also the modem's; many modems have a second one"
