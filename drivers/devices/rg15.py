"""Optical rain gauge Hydreon RG-15: lines of ASCII on request.

Source  esphome/esphome, components/hydreon_rgxx (keys, start-up); no line of a
        real unit was at hand, so the spacing is taken as free
Layout  ask "R", answered by one line, here in metric mode
        Acc  0.01 mm, EventAcc  2.07 mm, TotalAcc 54.85 mm, RInt  0.89 mmph
        TotalAcc  rain since the gauge was started or cleared; a running total
        RInt      rain intensity; the other two restart, so they are not fetched
        LensBad, EmSat at the end of the line: the optics are dirty or saturated,
        and the value is doubtful
Start   banner lines, the last of them "PwrDays n": then it must be told again
        P  report when asked only      M  metric units      H  high resolution
Quirks  no checksum: a line counts only if every part of it is well formed
"""

import re
from typing import Final

from drivers.line import LineModel, LineReport

_NUMBER: Final = r"[0-9]{1,6}\.[0-9]{1,3}"
_LINE: Final = re.compile(
    rf"Acc\s+{_NUMBER}\s+(?P<unit>mm|in),\s*"
    rf"EventAcc\s+{_NUMBER}\s+(?P=unit),\s*"
    rf"TotalAcc\s+(?P<total>{_NUMBER})\s+(?P=unit),\s*"
    rf"RInt\s+{_NUMBER}\s+(?:mmph|iph)"
    r"(?P<notes>(?:,\s*(?:LensBad|EmSat|TooCold))*)",
)
_MM_PER_INCH: Final = 25.4  # exact by definition
_MM_DIGITS: Final = 3  # 0.001 in, the finest step in inches, is 0.0254 mm


def read(line: str) -> LineReport | None:
    """Total of a line of values, or the news that the gauge has restarted.

    >>> read("Acc 0.01 mm, EventAcc 2.07 mm, TotalAcc 54.85 mm, RInt 0.89 mmph")
    LineReport(values={'rain_total': 54.85}, is_suspect=False, is_restart=False)
    """
    if line.startswith("PwrDays"):
        return LineReport(is_restart=True)
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    total = float(match["total"])
    if match["unit"] == "in":
        total = round(total * _MM_PER_INCH, _MM_DIGITS)
    doubts = "LensBad" in match["notes"] or "EmSat" in match["notes"]
    return LineReport(values={"rain_total": total}, is_suspect=doubts)


RG15: Final = LineModel(
    name="rg15",
    title="Hydreon RG-15 optical rain gauge",
    channels={"rain_total": "rain_total"},
    ask=b"R\n",
    longest_line=90,
    settings=(b"P\n", b"M\n", b"H\n"),
    read=read,
    evidence="manual",
    sources=("github.com/esphome/esphome, components/hydreon_rgxx",),
    quirks=("clean the lens when its values turn suspect",),
)
