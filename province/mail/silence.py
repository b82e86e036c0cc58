"""The dead man's handle: a gateway that says nothing cannot say that it is ill.  Pure.

Silence is judged by what ingest has heard, and only while ingest listens: when the
broker or ingest is down, every gateway is silent and none of them is to blame.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from province.mail.letter import moment
from rules.episode import code_of
from telemetry.messages import Alert
from telemetry.ranges import Range
from telemetry.topics import Identity

RULE: Final = "gateway-silent"
BOOT: Final = "province"  # its time is the province's UTC, of no boot
PERIODS: Final = 3  # missed in a row (reliability §5.5: 3 × its interval)
FRESH_MS: Final = 180_000  # ingest leaves word once a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """When a gateway was last heard, and how often it measures. [ms UTC]"""

    identity: Identity
    heard_ms: int
    every_s: float | None = None  # the shortest period of its devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence that has been told and is not over."""

    episode: str
    since_ms: int


def judge(
    signs: Iterable[Sign],
    known: Mapping[Identity, Silence],
    listened: Range | None,
    *,
    now_ms: int,
    after_s: float,
) -> list[tuple[Identity, Alert]]:
    """Return the alerts that begin or end a silence.

    ``listened`` is since when and until when ingest has heard the broker. [ms UTC]
    """
    found = []
    for sign in signs:
        silence = known.get(sign.identity)
        if silence is not None:
            if sign.heard_ms > silence.since_ms:
                found.append((sign.identity, _end(sign, silence)))
            continue
        if listened is None or now_ms - listened[1] > FRESH_MS:
            continue
        patience_ms = 1000 * max(after_s, PERIODS * (sign.every_s or 0.0))
        if now_ms - max(sign.heard_ms, listened[0]) > patience_ms:
            found.append((sign.identity, _begin(sign)))
    return found


def _begin(sign: Sign) -> Alert:
    name, when = sign.identity.gateway, moment(sign.heard_ms)
    episode = f"{RULE}-{name}-{sign.heard_ms:x}"
    return Alert(
        id=f"{episode}-1",
        episode=episode,
        code=code_of(f"{sign.identity}-{episode}"),
        rule=RULE,
        severity="warning",
        state="firing",
        subject=name,
        audience="technician",
        title_vi="Trạm mất liên lạc",
        title_en="Gateway is silent",
        vi=f"Tỉnh không nhận được gì từ trạm {name} kể từ {when}. Số liệu đo được vẫn"
        " nằm trong trạm nếu trạm còn điện.",
        en=f"The province has heard nothing from gateway {name} since then. What it"
        " measures is kept there as long as it has power.",
        do_vi="Kiểm tra nguồn điện, đường truyền (SIM, sóng) và trạm.",
        do_en="Check power, link (SIM, signal) and the gateway itself.",
        source="thiết kế / a design choice: mail.silent_after_s",
        boot=BOOT,
        since_ms=sign.heard_ms,
        utc_ms=sign.heard_ms,
    )


def _end(sign: Sign, silence: Silence) -> Alert:
    name, when = sign.identity.gateway, moment(sign.heard_ms)
    return Alert(
        id=f"{silence.episode}-2",
        episode=silence.episode,
        code=code_of(f"{sign.identity}-{silence.episode}"),
        rule=RULE,
        severity="warning",
        state="resolved",
        subject=name,
        audience="technician",
        title_vi="Trạm đã liên lạc lại",
        title_en="Gateway is back",
        vi=f"Trạm {name} đã liên lạc lại lúc {when}.",
        en=f"Gateway {name} has been heard again.",
        boot=BOOT,
        since_ms=silence.since_ms,
        utc_ms=silence.since_ms,
    )
