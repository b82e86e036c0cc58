"""From what the card has given back to what is said of it.  Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from gateway.demo.words import Words, en, vi
from gateway.prove.rows import Found, first_kept
from telemetry import ranges
from telemetry.ranges import Range

Says = Literal["all-there", "unwitnessed", "lies"]

NAMED: Final = 10  # ranges of rows that are named one by one on a screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a round has shown."""

    says: Says
    rows: int  # highest number that had to be there
    missing: list[Range]
    damaged: list[Range]
    broken: str | None = None

    @property
    def lost(self) -> int:
        """Rows that the card had confirmed and did not give back whole."""
        return ranges.total(self.missing) + ranges.total(self.damaged)


def judge(found: Found, seen: int | None) -> Verdict:
    """Judge against the highest number that a witness saw, if there was one.

    A row beyond it was still on its way to the witness: that it is there is no
    merit, that it is damaged is a fault.
    """
    rows = found.last if seen is None else seen
    due = [(first_kept(max(rows, found.last)), rows)] if rows else []
    missing = ranges.subtract(due, [*found.intact, *found.damaged])
    is_whole = not missing and not found.damaged and found.broken is None
    says: Says = "lies"
    if is_whole:
        says = "unwitnessed" if seen is None else "all-there"
    return Verdict(
        says=says,
        rows=rows,
        missing=missing,
        damaged=found.damaged,
        broken=found.broken,
    )


def told(verdict: Verdict) -> list[Words]:
    """The verdict for a person, the sentence that counts first."""
    rows = verdict.rows
    if verdict.says == "all-there":
        return [
            Words(
                f"đủ cả {vi(rows)} dòng đã xác nhận",
                f"all {en(rows)} confirmed rows are there",
            )
        ]
    if verdict.says == "unwitnessed":
        return [
            Words(
                f"{vi(rows)} dòng liền nhau, không dòng nào hỏng",
                f"{en(rows)} rows in unbroken order, none damaged",
            ),
            Words(
                "không có số của người chứng kiến thì không thấy được phần đuôi bị mất",
                "without the number of a witness a cut-off tail cannot be seen",
            ),
        ]
    return [_lie(verdict), *_named(verdict)]


def _lie(verdict: Verdict) -> Words:
    missing, damaged = ranges.total(verdict.missing), ranges.total(verdict.damaged)
    parts = []
    if missing:
        parts.append(Words(f"thiếu {vi(missing)} dòng", f"{en(missing)} rows missing"))
    if damaged:
        parts.append(Words(f"hỏng {vi(damaged)} dòng", f"{en(damaged)} rows damaged"))
    if not parts:
        parts.append(Words("tệp bị hỏng", "the file is damaged"))
    return Words(
        f"thẻ này nói dối: {', '.join(part.vi for part in parts)}",
        f"this card lies: {', '.join(part.en for part in parts)}",
    )


def _named(verdict: Verdict) -> list[Words]:
    lines = []
    if verdict.missing:
        said = _ranges(verdict.missing)
        lines.append(Words(f"dòng thiếu: {said}", f"missing rows: {said}"))
    if verdict.damaged:
        said = _ranges(verdict.damaged)
        lines.append(Words(f"dòng hỏng: {said}", f"damaged rows: {said}"))
    if verdict.broken is not None:
        said = verdict.broken
        lines.append(Words(f"khi đọc tệp: {said}", f"reading the file: {said}"))
    return lines


def _ranges(found: list[Range]) -> str:
    named = [str(a) if a == b else f"{a}–{b}" for a, b in found[:NAMED]]
    return ", ".join([*named, *(["…"] if len(found) > NAMED else [])])
