"""What is no fault of a rule and still worth a look.  Pure.

A fault keeps a rule from working; what is told here makes it useless, misleading or
costly to whoever reads it.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from rules import text, words
from rules.asked_diseases import BY_HUMIDITY
from rules.faults import used
from rules.records import Chart, Rule
from rules.tables import SetTable
from rules.text import SMS_LETTERS, Both, Fact, Instant, Measure

CODE: Final = "K7Q"  # as long as every code
FEWEST_WORDS: Final = 3  # fewer may have no accent: "Ao sau"
MEANING: Final = "per", "needs", "when", "clear", "action"  # what a rule is about

FACTS: Final[Mapping[str, Fact]] = {
    "plot": "thửa 17, xứ đồng Gò Sỏi",
    "sensor": "soil-go-soi-17",
    "device": "rs485-0/17",
    "since": Instant(1_798_198_200_000),  # Friday, 25 December 2026, 18:30
    "reach_day": Both(
        "thứ Năm 24/12 (từ thứ Tư 23/12 đến thứ Bảy 26/12)",
        "Thu 24 Dec (Wed 23 Dec to Sat 26 Dec)",
    ),
    "night": date(2026, 12, 24),
    "catch": Measure(1284, "1"),
    "factor": Measure(12.3, "1"),
    "hatch": Both(
        "trứng có thể nở từ Chủ nhật 27/12 đến thứ Hai 28/12",
        "eggs may hatch from Sun 27 Dec to Mon 28 Dec",
    ),
    "favourable": Measure(3, "nights"),
    "wet_hours": Measure(13, "h"),
    "depth": Measure(12.4, "mm"),
    "per_sao": Measure(6.2, "m³"),
    "wet_by": BY_HUMIDITY,
    "counted": Instant(1_798_198_200_000),
}
"""What functions leave for the texts, at their usual length."""


def of_rule(rule: Rule) -> Iterator[str]:
    """What is odd about one rule's texts."""
    for key in ("title", "say", "do"):
        said = getattr(rule.table, key)
        if is_bare(said.vi):
            yield f"{key}.vi: {said.vi!r} has no accents; write as people read"
        yield from (f"{key}: {fault}" for fault in words.faults(said.vi, said.en))
    length = len(text.sms(CODE, text.fill(rule.table.say.vi, facts(rule), "vi")))
    if length > SMS_LETTERS:
        yield (
            f"say.vi: has {length} letters as a text message, more than {SMS_LETTERS};"
            " say it shorter"
        )


def of_sets(
    sets: Mapping[str, SetTable], rules: Iterable[Rule], charts: Iterable[Chart]
) -> Iterator[str]:
    """Numbers that no rule, chart or text uses."""
    named: dict[str, set[str]] = {}
    for rule in rules:
        found = {
            key: each
            for key in ("needs", "when", "clear", "value")
            if (each := getattr(rule, key)) is not None
        }
        named.setdefault(rule.table.set, set()).update(used(rule.table, found))
    for chart in charts:
        named.setdefault(chart.table.set or "", set()).update(chart.value.names)
    for name, given in sets.items():
        for number in given.numbers:
            if number not in named.get(name, ()):
                yield f"sets.{name}.numbers.{number}: no rule uses it; take it out"


def of_change(rule: Rule, pack: Rule) -> Iterator[str]:
    """A rule of the site under the id of one that is shipped."""
    before, after = pack.table, rule.table
    changed = [key for key in MEANING if getattr(before, key) != getattr(after, key)]
    if changed:
        yield (
            f"{' and '.join(changed)}: the pack's rule of this id means another thing;"
            " give yours an id of its own, or its verdicts are counted together"
        )
    if pack.ships_on and not rule.ships_on and rule.state == "proposed":
        yield (
            f"sets.{after.set}: its numbers were changed and nobody has approved them,"
            " so the rule ships off now; approve the set (state, approved_by,"
            " approved_on), or name the rule in [rules] on"
        )


def tested(tables: Iterable[Mapping[str, Any]]) -> set[str]:
    """Rules that the tables of some test files name."""
    found: set[str] = set()
    for table in tables:
        for test in _tables(table.get("test")):
            quiet = test.get("quiet")
            names = quiet if isinstance(quiet, list) else []
            expected = [each.get("rule") for each in _tables(test.get("expect"))]
            found |= {name for name in (*names, *expected) if isinstance(name, str)}
    return found


def of_tests(rules: Iterable[Rule], known: Collection[str]) -> Iterator[str]:
    """Rules that no test names."""
    for rule in rules:
        if rule.id not in known:
            yield f"rules.{rule.id}: no test names it; see canhdong rules test"


def facts(rule: Rule) -> dict[str, Fact]:
    """Facts of usual length for a rule's texts."""
    found: dict[str, Fact] = {
        name: Measure(number, rule.units[name]) for name, number in rule.numbers.items()
    }
    named = text.names_in(f"{rule.table.title.vi} {rule.table.say.vi}")
    found |= {name: Measure(12.5, "1") for name in named if name not in found}
    if rule.value is not None:
        found["value"] = Measure(-12.5, rule.value.kind)
    return found | dict(FACTS)


def is_bare(said: str) -> bool:
    """Whether a Vietnamese text was written without accents.

    >>> is_bare("Ruong can nuoc"), is_bare("Ruộng cần nước"), is_bare("{plot}: {value}")
    (True, False, False)
    """
    plain = text.without_names(said)
    if sum(any(map(str.isalpha, word)) for word in plain.split()) < FEWEST_WORDS:
        return False
    letters = unicodedata.normalize("NFD", plain)
    return not any(unicodedata.combining(each) or each in "đĐ" for each in letters)


def _tables(given: object) -> list[Mapping[str, Any]]:
    if not isinstance(given, list):
        return []
    return [each for each in given if isinstance(each, Mapping)]
