"""Alarms about identity and sequence: put once, counted, told in words.

A gateway under another's name contradicts itself with every batch: each kind of
alarm is one row for an epoch, and is told when it comes and then once a day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from province.records import Alarm, AlarmKind
from province.schema import ALARM
from rules.text import local
from telemetry.topics import Identity

AGAIN_MS: Final = 24 * 3600 * 1000  # told again after a day: somebody reads mornings
KINDS: Final = get_args(AlarmKind)

VI: Final = {
    "clone": "số thứ tự đã có lại đến với nội dung khác: hai trạm cùng tên, hay thẻ"
    " nhớ cũ?",
    "old-card": "trạm chào với số thấp hơn số đã giữ: thẻ nhớ cũ được lắp lại?",
    "twins": "một kỳ đã được thay lại lên tiếng: hai trạm cùng tên, hay thẻ nhớ cũ?",
    "ledger-behind": "sổ thiếu số mà trạm đã được xác nhận: sổ vừa được khôi phục từ"
    " bản sao? Trạm đang gửi lại; số nào không còn sẽ ghi là đã mất.",
    "impossible": "các con số của trạm mâu thuẫn nhau; hãy kiểm tra thẻ nhớ và phần"
    " mềm của trạm.",
}
EN: Final = {
    "clone": "numbers that are held came again in another batch; two gateways under"
    " one name, or a card of the past?",
    "old-card": "hello's next number is held already; was a card of the past put back?",
    "twins": "an epoch that had been replaced says hello again; two gateways under one"
    " name, or a card of the past?",
    "ledger-behind": "the ledger lacks numbers that it had confirmed; was it restored"
    " from a copy?  They are sent again; what the gateway has no more counts as lost",
    "impossible": "its numbers contradict each other; look at its card and program",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm as the ledger keeps it.  Instants are UTC. [ms since 1970]"""

    alarm: Alarm
    times: int
    at_ms: int
    last_ms: int


def put_alarms(
    connection: sa.Connection, alarms: Iterable[Alarm], at_ms: int
) -> list[Alarm]:
    """Count ``alarms`` and return those that are to be told now."""
    told = []
    for alarm in alarms:
        known = connection.scalar(sa.select(ALARM.c.told_ms).where(*_this(alarm)))
        is_told = known is None or at_ms - known >= AGAIN_MS
        if is_told:
            told.append(alarm)
        row = {
            "coop": alarm.identity.coop,
            "gw": alarm.identity.gateway,
            "epoch": alarm.epoch,
            "kind": alarm.kind,
            "first": alarm.first,
            "last": alarm.last,
            "batch": alarm.batch,
            "times": 1,
            "at_ms": at_ms,
            "last_ms": at_ms,
            "told_ms": at_ms if is_told else known,
        }
        connection.execute(_PUT, row)
    return told


def alarms(
    connection: sa.Connection, coop: str | None = None, gateway: str | None = None
) -> list[Raised]:
    """Every alarm of one gateway, one cooperative or all, the newest last."""
    asked = sa.select(ALARM).order_by(ALARM.c.last_ms, ALARM.c.coop, ALARM.c.gw)
    if coop is not None:
        asked = asked.where(ALARM.c.coop == coop)
    if gateway is not None:
        asked = asked.where(ALARM.c.gw == gateway)
    return [_raised(row) for row in connection.execute(asked)]


def sentence(alarm: Alarm) -> str:
    """One line for the log."""
    span = f"numbers {alarm.first} to {alarm.last} of epoch {alarm.epoch}"
    return f"{alarm.identity}: {alarm.kind}: {span}: {EN[alarm.kind]}"


def told(one: Raised) -> list[str]:
    """Two lines for people: what it is, in Vietnamese and in English."""
    alarm = one.alarm
    when = f"{local(one.last_ms):%Y-%m-%d %H:%M}, {one.times}×"
    span = f"{alarm.epoch} {alarm.first}..{alarm.last}"
    return [
        f"! {VI[alarm.kind]} ({when})",
        f"  {alarm.kind}, {span}: {EN[alarm.kind]}",
    ]


def _raised(row: sa.Row[tuple[object, ...]]) -> Raised:
    identity = Identity(row.coop, row.gw)
    return Raised(
        alarm=Alarm(identity, row.epoch, row.kind, row.first, row.last, row.batch),
        times=row.times,
        at_ms=row.at_ms,
        last_ms=row.last_ms,
    )


def _this(alarm: Alarm) -> Sequence[sa.ColumnElement[bool]]:
    return (
        ALARM.c.coop == alarm.identity.coop,
        ALARM.c.gw == alarm.identity.gateway,
        ALARM.c.epoch == alarm.epoch,
        ALARM.c.kind == alarm.kind,
    )


_NEW: Final = insert(ALARM)
_PUT: Final = _NEW.on_conflict_do_update(
    index_elements=list(ALARM.primary_key),
    set_={
        "first": sa.func.min(ALARM.c.first, _NEW.excluded.first),
        "last": sa.func.max(ALARM.c.last, _NEW.excluded.last),
        "batch": _NEW.excluded.batch,
        "times": ALARM.c.times + 1,
        "last_ms": _NEW.excluded.last_ms,
        "told_ms": _NEW.excluded.told_ms,
    },
)
