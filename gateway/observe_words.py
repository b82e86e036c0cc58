"""What a person says of a count, read and checked.  Pure.

One row is the same whether it comes from the command or from a table: texts, by the
names of ``COLUMNS``.  Each fault is one line with thing, fact and remedy, Vietnamese
first, because technicians and farmers read it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.observe_names import named, nearest, said, some
from gateway.people import head_of
from rules.history import HOUR_MS, Place
from rules.models.trap import DUSK_H
from rules.series_cells import is_date_only, stamp
from telemetry.observer import COUNTED, METHODS, ROLES, sensor_of
from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.series import Z_LIMIT_CM
from telemetry.settings import ConfigError

COLUMNS: Final = ("plot", "quantity", "value", "pest", "stage", "method", "role", "at")
NEEDED: Final = ("plot", "quantity", "value", "at")
MINUTE_MS: Final = 60_000
AHEAD_MS: Final = 5 * MINUTE_MS  # what two watches may differ by
OLDEST_MS: Final = 60 * 24 * HOUR_MS
"""Beyond what any rule looks back to; an older date is a slip of month or year."""

STAGES: Final[Mapping[str, str]] = {
    "egg": "trứng",
    "nymph": "ấu trùng",
    "larva": "sâu non",
    "adult": "trưởng thành",
    "all": "mọi tuổi",
}
UNSORTED: Final = "unsorted"
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_FORMS: Final = '"2026-11-22 07:30", "22/11/2026 07:30", "2026-11-22T07:30+07:00"'
_SHOWN: Final = 40  # letters of what was typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What somebody has counted.  ``minute_ms`` is UTC; ``None``: when it was said."""

    plot: str
    quantity: str
    value: float
    pest: str | None
    stage: str | None
    method: str
    role: str
    z: int
    minute_ms: int | None

    def head(self, coop: str, gateway: str) -> str:
        """The series that it belongs to."""
        place = Place(
            sensor=sensor_of(self.role, self.method),
            quantity=self.quantity,
            plot=self.plot,
            z=self.z,
            pest=self.pest,
            stage=self.stage,
        )
        return head_of(place, coop, gateway)


def read(
    given: Mapping[str, str], plots: Collection[str], pests: Mapping[str, str]
) -> Sighting:
    """Read one row of the config's ``plots``.

    ``pests`` are Vietnamese names by EPPO code, "" where there is none.

    Raises
    ------
    ConfigError
        With every fault of the row.
    """
    row = _Row({name: text.strip() for name, text in given.items()})
    plot = row.choice("plot", "thửa", dict.fromkeys(plots, ""))
    quantity = row.choice("quantity", "đại lượng", dict.fromkeys(COUNTED, ""))
    method = row.choice("method", "cách đếm", METHODS, COUNTED.get(quantity, "visual"))
    role = row.choice("role", "vai trò", ROLES, "technician")
    pest, stage = row.insect(quantity, pests)
    found = Sighting(
        plot=plot,
        quantity=quantity,
        value=row.value(quantity),
        pest=pest,
        stage=stage,
        method=method,
        role=role,
        z=row.z(),
        minute_ms=row.minute_ms(quantity),
    )
    if row.faults:
        raise ConfigError(row.faults)
    return found


def late_or_early(minute_ms: int, now_ms: int) -> str | None:
    """Why an instant cannot be taken at ``now_ms``, UTC; ``None`` if it can be."""
    if minute_ms > now_ms + AHEAD_MS:
        ahead_min = (minute_ms - now_ms) // MINUTE_MS
        return said(
            f"at: sau giờ của trạm {ahead_min} phút; sửa lại giờ, hoặc xem canhdong"
            " clock",
            f"at: is {ahead_min} minutes later than the gateway's time; correct it, or"
            " see canhdong clock",
        )
    if minute_ms < now_ms - OLDEST_MS:
        days = (now_ms - minute_ms) // (24 * HOUR_MS)
        return said(
            f"at: đã {days} ngày, quá 60 ngày; xem lại ngày tháng năm",
            f"at: is {days} days old, more than 60; look at day, month and year",
        )
    return None


class _Row:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.faults: list[str] = []

    def _fault(self, name: str, vi: str, en: str) -> None:
        self.faults.append(said(f"{name}: {vi}", f"{name}: {en}"))

    def _cell(self, name: str) -> str:
        return self._cells.get(name, "")

    def choice(
        self, name: str, vi: str, known: Mapping[str, str], usual: str = ""
    ) -> str:
        """One of the names ``known``, or the name of the Vietnamese word there."""
        text = self._cell(name) or usual
        if not text:
            what = some(known)
            self._fault(name, f"thiếu {vi}; có {what}", f"is missing; known: {what}")
            return ""
        found = named(text, known)
        if found is None:
            near_vi, near_en = nearest(text, known)
            shown = text[:_SHOWN]
            self._fault(name, f"{vi} {shown!r} không có; {near_vi}",
                        f"{shown!r} is unknown; {near_en}")  # fmt: skip
            return ""
        return found

    def insect(
        self, quantity: str, pests: Mapping[str, str]
    ) -> tuple[str | None, str | None]:
        """EPPO code and stage, which belong to counts of insects and to no others."""
        if quantity in INSECT_COUNTS:
            pest = self.choice("pest", "mã EPPO", {**pests, UNSORTED: ""})
            return pest, self.choice("stage", "pha phát triển", STAGES, "all")
        for name in ("pest", "stage"):
            if quantity and self._cell(name):
                self._fault(
                    name,
                    f"{quantity} không đếm sâu bọ; để trống",
                    f"{quantity} is no count of insects; leave it empty",
                )
        return None, None

    def value(self, quantity: str) -> float:
        text = self._cell("value")
        shown = repr(text[:_SHOWN])
        if not _NUMBER.fullmatch(text):
            self._fault(
                "value",
                f"{shown} không phải là số; viết như 12 hoặc 12,5",
                f"{shown} is no number; write it like 12 or 12.5",
            )
            return 0.0
        if _THOUSANDS.fullmatch(text):
            self._fault(
                "value",
                f"{shown} hiểu được hai cách; viết không có dấu phân hàng nghìn, hoặc"
                " bớt chữ số lẻ",
                f"{shown} can be read in two ways; write it without a mark of"
                " thousands, or with fewer decimals",
            )
            return 0.0
        value = float(text.replace(",", "."))
        about = QUANTITIES.get(quantity)
        if about is not None and not about.is_possible(value):
            span = f"{about.low:.0f}…{about.high:.0f} {about.unit}"
            self._fault(
                "value",
                f"{text} ngoài khoảng {span}; đếm lại hoặc xem lại đơn vị",
                f"{text} is beyond {span}; count again or look at the unit",
            )
        return value

    def z(self) -> int:
        text = self._cell("z") or "0"
        is_whole = re.fullmatch(r"[+-]?\d{1,5}", text, re.ASCII)
        if is_whole and abs(int(text)) <= Z_LIMIT_CM:
            return int(text)
        self._fault(
            "z",
            f"{text[:_SHOWN]!r} không phải số cm nguyên trong ±{Z_LIMIT_CM}",
            f"{text[:_SHOWN]!r} is no whole cm within ±{Z_LIMIT_CM}",
        )
        return 0

    def minute_ms(self, quantity: str) -> int | None:
        """UTC of the minute that was said, in Vietnamese time unless it has a zone."""
        text = self._cell("at")
        if not text:
            return None
        try:
            at_ms, form = stamp(text)
        except (ValueError, OverflowError):
            form = ""
        if form not in ("iso", "zone", "day"):
            self._fault(
                "at",
                f"{text[:_SHOWN]!r} không phải ngày giờ; viết {_FORMS}",
                f"{text[:_SHOWN]!r} is no date and time; write {_FORMS}",
            )
            return None
        if is_date_only(text):
            if quantity != "trap_count":
                self._fault(
                    "at",
                    f"{text} thiếu giờ; viết như {text} 07:30",
                    f"{text} has no hour; write it like {text} 07:30",
                )
                return None
            at_ms += DUSK_H * HOUR_MS  # the night that begins on that day
        return at_ms // MINUTE_MS * MINUTE_MS
