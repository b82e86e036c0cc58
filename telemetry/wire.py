"""Readings on the wire: one comment line, then line protocol in one strict grammar.

::

    # canhdong/1 epoch=7f3a9c12 batch=9d41c0e27ab31f55 from=90211 to=90260 rows=50 …
    soil_moisture,coop=…,gw=g1,plot=p17,sensor=soil-a1,z=-10 value=31.2,flag=1i 1795…

``batch`` is the first 16 hex digits of the SHA-256 of all that follows the
comment line.  ASCII, LF, tags in one order, no quote, no backslash, no escape:
InfluxDB 1.6.7 swallows the lines after a comment that holds either and answers
204, so what does not match to the letter is not passed on.

``render_*`` and ``parse`` are inverse to each other; both ends use this file.
"""

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.reading import Flag
from telemetry.series import NAME, PEST, STAGES, Series
from telemetry.topics import Identity

VERSION: Final = "canhdong/1"
MAX_ROWS: Final = 500  # rows of one batch
MAX_PLAIN: Final = (
    256 * 1024
)  # bytes of one batch, uncompressed; 500 rows need ≤ 150 kB
MAX_VALUE: Final = 1e100  # sums of such values still fit a float64
SUMMARY: Final = "_15m"  # suffix of the measurement that holds thinned rows
SUMMARY_SPAN_S: Final = 900

CLOCK_SOURCES: Final = (
    "hello",  # the province's answer to up/hello
    "ntp",
    "gps",
    "rtc",
    "modem",
    "person",
    "bracket",  # a boot that never met an anchor, between its neighbours
    "disputed",  # sources more than 5 min apart
)


class WireError(ValueError):
    """A payload that is not to be stored, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the comment line says of the lines behind it.

    ``first`` to ``last`` are the numbers that the batch stands for; ``merged``
    of them were thinned into other rows, so that
    ``rows + merged == last - first + 1``.  ``err_ms`` bounds the error of the
    stamps. [ms]
    """

    epoch: str
    batch: str
    first: int
    last: int
    rows: int
    merged: int
    clock: str
    err_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line, taken apart.  ``stamp_ns`` is UTC. [ns since 1970]"""

    series: Series
    stamp_ns: int
    value: float | None
    flag: Flag | None  # None in a summary
    low: float | None = None  # the rest is of summaries only
    high: float | None = None
    count: int | None = None
    span_s: int | None = None

    @property
    def is_summary(self) -> bool:
        """Whether it stands for a window of thinned readings."""
        return self.count is not None


# --- rendering ---------------------------------------------------------------


def head(series: Series) -> str:
    """Measurement and tags of a series: the first word of its lines."""
    return f"{series.quantity},{series.tags()}"


def summary_head(series: Series) -> str:
    """Measurement and tags of a series' thinned rows."""
    return f"{series.quantity}{SUMMARY},{series.tags()}"


def number(value: float) -> str:
    """Shortest decimal spelling that reads back as the same float.

    >>> number(31.0), number(-0.25)
    ('31', '-0.25')
    """
    if not abs(value) < MAX_VALUE:
        msg = f"{value} cannot travel; a gap is None"
        raise ValueError(msg)
    text = repr(value + 0.0)  # + 0.0 makes -0.0 what it equals
    return text.removesuffix(".0")


def render_line(head: str, value: float | None, flag: int, stamp_ms: int) -> str:
    """One reading as a line, LF included.  ``stamp_ms`` is UTC. [ms since 1970]"""
    return render_lines([(0, stamp_ms, value, flag)], {0: head}, 0)


def render_lines(
    rows: Iterable[tuple[int, int, float | None, int]],
    heads: Mapping[int, str],
    offset_ms: int,
) -> str:
    """Lines of ``rows``: (key into ``heads``, ms, value, flag), in their order.

    The stamp is ms + ``offset_ms``, UTC. [ms since 1970]  One comprehension over
    spellings that are known, because a drain renders 100,000 rows a second.
    """
    stamps = _Stamps()
    return "".join(
        [
            f"{heads[key]} {_VALUES[value]}flag={flag}i {stamps[ms + offset_ms]}"
            for key, ms, value, flag in rows
        ]
    )


SPELT_MAX: Final = 4096  # values, 1 MB; a probe that tells 0-100 by 0.1 shows 1,000


class _Values(dict[float | None, str]):
    """Spellings of values: a sensor shows the same few again and again."""

    def __missing__(self, value: float | None) -> str:
        if len(self) >= SPELT_MAX:
            self.clear()
        text = "" if value is None else f"value={number(value)},"
        return self.setdefault(value, text)


class _Stamps(dict[int, str]):
    """Spellings of stamps: all that one question brings has the same."""

    def __missing__(self, stamp_ms: int) -> str:
        return self.setdefault(stamp_ms, f"{stamp_ms}000000\n")


_VALUES: Final = _Values()


def render_summary(
    head: str, value: float, low: float, high: float, count: int, stamp_ms: int
) -> str:
    """One thinned window of the series ``head`` as a line, LF included.

    ``stamp_ms`` is UTC of the last row merged. [ms since 1970]
    """
    measurement, _, tags = head.partition(",")
    return (
        f"{measurement}{SUMMARY},{tags} value={number(value)},min={number(low)},"
        f"max={number(high)},n={count}i,span_s={SUMMARY_SPAN_S}i {stamp_ms}000000\n"
    )


def render_batch(
    lines: Iterable[str],
    *,
    epoch: str,
    first: int,
    last: int,
    merged: int,
    clock: str,
    err_ms: int,
) -> tuple[str, bytes]:
    """Digest and bytes of a batch made of rendered ``lines``, one or many a string."""
    body = "".join(lines).encode("ascii")
    batch, rows = digest(body), body.count(b"\n")
    comment = (
        f"# {VERSION} epoch={epoch} batch={batch} from={first} to={last}"
        f" rows={rows} merged={merged} clock={clock} err_ms={err_ms}\n"
    )
    return batch, comment.encode("ascii") + body


def digest(data: bytes) -> str:
    """First 16 hex digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


# --- compression -------------------------------------------------------------

# Changing one byte of this makes every gateway in the field unreadable: a new
# dictionary needs a new topic.  The commonest words stand last, where zlib
# reaches them with the shortest distances.
DICTIONARY: Final = (
    b"pest_per_tiller,pest_density,plants_affected,pump_state,water_volume,co2,"
    b"illuminance,enclosure_temperature,supply_voltage,battery_voltage,pulse_count,"
    b"trap_beam_breaks,trap_count,poll_count,_15m,coop=htx-,gw=g1,plot=p1,sensor=,"
    b"min=,max=,n=1i,span_s=900i ,pest=unsorted,stage=adult,stage=all,stage=larva"
    b"wind_gust,wind_direction,wind_speed,solar_radiation,air_pressure,leaf_wetness,"
    b"rain_total,water_conductivity,relative_humidity,air_temperature,soil_ph,"
    b"water_level,soil_conductivity,soil_temperature,soil_moisture,"
    b" merged=0 clock=disputed clock=bracket clock=ntp clock=hello err_ms="
    b"# canhdong/1 epoch= batch= from= to= rows= merged=0 clock=hello err_ms=\n"
    b"soil_moisture,coop=htx-,gw=g1,plot=p1,sensor=soil-a1,z=-10 flag=9i 18"
    b"000000\nsoil_temperature,coop=htx-,gw=g1,plot=p1,sensor=soil-a1,z=-10 value="
    b",flag=3i ,flag=4i ,flag=2i 17"
    b"000000\nsoil_moisture,coop=htx-,gw=g1,plot=p1,sensor=soil-a1,z=-10 value="
    b",flag=1i 17"
)


LEVEL: Final = 6  # zlib's own default; 9 gains under 2 % on batches and costs double


def compress(plain: bytes) -> bytes:
    """Payload of ``up/z``."""
    packer = zlib.compressobj(LEVEL, zdict=DICTIONARY)
    return packer.compress(plain) + packer.flush()


def decompress(payload: bytes) -> bytes:
    """Undo ``compress``; never makes more than ``MAX_PLAIN`` bytes.

    Raises
    ------
    WireError
        What is not zlib with our dictionary, is cut short, trails or is too long.
    """
    unpacker = zlib.decompressobj(zdict=DICTIONARY)
    try:
        plain = unpacker.decompress(payload, MAX_PLAIN + 1)
    except zlib.error as fault:
        msg = f"not zlib with the dictionary of {VERSION}: {fault}"
        raise WireError(msg) from None
    if len(plain) > MAX_PLAIN:
        msg = f"longer than {MAX_PLAIN} bytes when unpacked"
        raise WireError(msg)
    if not unpacker.eof:
        msg = "compressed data cut short"
        raise WireError(msg)
    if unpacker.unused_data:
        msg = "bytes behind the compressed data"
        raise WireError(msg)
    return plain


# --- parsing -----------------------------------------------------------------

_NUM: Final = (
    r"-?+(?:0|[1-9][0-9]{0,19}+)(?:\.[0-9]{1,30}+)?+(?:e(?:\+[0-9]{2}|-[0-9]{2,3}+))?+"
)
_COUNT: Final = r"[1-9][0-9]{0,8}+"
_STAMP: Final = r"[1-8][0-9]{18}"  # ns, 2001 to 2255: what 64 bits and InfluxDB hold
_NAME: Final = NAME.pattern + "+"  # possessive: no tag needs a second try
_Z: Final = r"(?:0|-?+(?:[1-9][0-9]{0,2}+|[1-4][0-9]{3}|5000)(?![0-9]))"  # Z_LIMIT_CM
_FIELDS: Final = rf"(?:value={_NUM},flag=[1-4]i|flag=9i)"
_SUMMARY_FIELDS: Final = (
    rf"value={_NUM},min={_NUM},max={_NUM},n={_COUNT}i,span_s={_COUNT}i"
)

_COMMENT: Final = re.compile(
    rf"# {VERSION} epoch=(?P<epoch>[0-9a-f]{{8}}) batch=(?P<batch>[0-9a-f]{{16}})"
    r" from=(?P<first>[1-9][0-9]{0,17}) to=(?P<last>[1-9][0-9]{0,17})"
    r" rows=(?P<rows>0|[1-9][0-9]{0,3}) merged=(?P<merged>0|[1-9][0-9]{0,17})"
    rf" clock=(?P<clock>{'|'.join(CLOCK_SOURCES)})"
    r" err_ms=(?P<err_ms>0|[1-9][0-9]{0,17})"
)

_PEST: Final = rf",pest=(?:{PEST.pattern}),stage=(?:{'|'.join(STAGES)})"
_PLAIN_NAMES: Final = "|".join(sorted(QUANTITIES.keys() - INSECT_COUNTS))
_INSECT_NAMES: Final = "|".join(sorted(INSECT_COUNTS))


def _line_of(coop: str, gateway: str) -> str:
    tags = rf",coop={coop},gw={gateway},plot={_NAME},sensor={_NAME},z={_Z}"
    forms = [
        rf"(?:(?:{_PLAIN_NAMES}){suffix}{tags}|(?:{_INSECT_NAMES}){suffix}{tags}{_PEST})"
        rf" {fields}"
        for suffix, fields in (("", _FIELDS), (SUMMARY, _SUMMARY_FIELDS))
    ]
    return rf"(?:{'|'.join(forms)}) {_STAMP}\n"


@lru_cache(maxsize=4096)  # one a gateway
def _body_from(identity: Identity) -> re.Pattern[bytes]:
    line = _line_of(re.escape(identity.coop), re.escape(identity.gateway))
    return re.compile(rf"(?:{line})*+".encode("ascii"))


_ANY_LINE: Final = re.compile(_line_of(_NAME, _NAME).encode("ascii"))


def open_envelope(plain: bytes) -> tuple[Envelope, bytes]:
    """Take the comment line off a batch and check it against the lines behind.

    Raises
    ------
    WireError
        The comment is not of this version's form, or its digest, number of rows
        or range does not agree with what follows.
    """
    comment, found, body = plain.partition(b"\n")
    match = _COMMENT.fullmatch(comment.decode("ascii", "replace")) if found else None
    if match is None:
        msg = f"does not begin with a comment line of {VERSION}"
        raise WireError(msg)
    envelope = Envelope(
        epoch=match["epoch"],
        batch=match["batch"],
        first=int(match["first"]),
        last=int(match["last"]),
        rows=int(match["rows"]),
        merged=int(match["merged"]),
        clock=match["clock"],
        err_ms=int(match["err_ms"]),
    )
    if digest(body) != envelope.batch:
        msg = f"digest of the lines is {digest(body)}, not {envelope.batch}"
        raise WireError(msg)
    span = envelope.last - envelope.first + 1
    if span < 1 or envelope.rows + envelope.merged != span:
        msg = (
            f"rows={envelope.rows} and merged={envelope.merged} do not fill"
            f" from={envelope.first} to={envelope.last}"
        )
        raise WireError(msg)
    if envelope.rows > MAX_ROWS:
        msg = f"rows={envelope.rows} is above {MAX_ROWS}"
        raise WireError(msg)
    lines = body.count(b"\n")
    if lines != envelope.rows or (body and not body.endswith(b"\n")):
        msg = f"{lines} whole lines follow, not rows={envelope.rows}"
        raise WireError(msg)
    return envelope, body


def faults(body: bytes, identity: Identity) -> list[tuple[int, str]]:
    """Find the lines that are not to be stored: (number from 0, reason).

    A line is good when it matches the grammar to the letter and carries the tags
    of ``identity``, which is the one that the topic names.
    """
    good = _body_from(identity)
    if good.fullmatch(body):
        return []
    return [
        (at, _why(line, identity))
        for at, line in enumerate(body.split(b"\n")[:-1])
        if not line or not good.fullmatch(line + b"\n")
    ]


def _why(line: bytes, identity: Identity) -> str:
    """Say what is wrong with a line that ``faults`` found."""
    quantity = line.partition(b",")[0].decode("ascii", "replace")
    if quantity.removesuffix(SUMMARY) not in QUANTITIES:
        return f"unknown quantity {quantity[:40]!r}"
    tags = f",coop={identity.coop},gw={identity.gateway},".encode("ascii")
    if _ANY_LINE.fullmatch(line + b"\n") and tags not in line:
        return f"tags are not those of {identity}"
    return "not of the line grammar"


def parse_line(line: str) -> Point:
    """Take one good line apart, LF or not.

    Raises
    ------
    WireError
        The line does not match the grammar.
    """
    line = line.removesuffix("\n")
    if not _ANY_LINE.fullmatch(line.encode("ascii", "replace") + b"\n"):
        msg = f"not of the line grammar: {line[:200]!r}"
        raise WireError(msg)
    identity, fields_text, stamp = line.split(" ")
    measurement, *pairs = identity.split(",")
    tags = dict(pair.split("=") for pair in pairs)
    fields = dict(pair.split("=") for pair in fields_text.split(","))
    value = fields.get("value")
    return Point(
        series=Series(
            quantity=measurement.removesuffix(SUMMARY),
            coop=tags["coop"],
            gateway=tags["gw"],
            plot=tags["plot"],
            sensor=tags["sensor"],
            z=int(tags["z"]),
            pest=tags.get("pest"),
            stage=tags.get("stage"),
        ),
        stamp_ns=int(stamp),
        value=None if value is None else float(value),
        flag=Flag(int(fields["flag"][:-1])) if "flag" in fields else None,
        low=float(fields["min"]) if "min" in fields else None,
        high=float(fields["max"]) if "max" in fields else None,
        count=int(fields["n"][:-1]) if "n" in fields else None,
        span_s=int(fields["span_s"][:-1]) if "span_s" in fields else None,
    )


def render_point(point: Point) -> str:
    """Spell a point as its line, LF included: the inverse of ``parse_line``."""
    if point.count is None:
        line = f"{head(point.series)} "
        line += "" if point.value is None else f"value={number(point.value)},"
        return line + f"flag={point.flag}i {point.stamp_ns}\n"
    if point.value is None or point.low is None or point.high is None:
        msg = "a summary has value, min and max"
        raise ValueError(msg)
    return (
        f"{summary_head(point.series)} value={number(point.value)},"
        f"min={number(point.low)},max={number(point.high)},"
        f"n={point.count}i,span_s={point.span_s}i {point.stamp_ns}\n"
    )
