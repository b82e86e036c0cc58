"""A page that explains an alert, in the words of one language."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rules.explain import Explanation, Judged, Number, Part
from rules.rule import Rule
from rules.sources import Source
from rules.text import Both, Fact, Instant, Language, Measure, local, say
from telemetry.verdict import VERDICTS_EN, VERDICTS_VI

SEVERITIES: Final = {
    "notice": Both("lưu ý", "notice"),
    "warning": Both("cảnh báo", "warning"),
    "critical": Both("khẩn cấp", "critical"),
}
STATES: Final = {
    "firing": Both("đang báo", "stands"),
    "no_data": Both("đang báo, mất số liệu", "stands, without data"),
    "resumed": Both("đang báo, đã có lại số liệu", "stands, data are back"),
    "resolved": Both("đã hết", "is over"),
}
DAILY: Final = "tin mỗi ngày một dòng", "a line of its day"
TRUST: Final = {
    "sourced": Both("có nguồn", "sourced"),
    "proposed": Both("đề xuất, chưa được duyệt", "proposed, not yet approved"),
    "approved": Both("đã duyệt", "approved"),
}
BELIEF: Final = {
    "read": Both("đã đọc", "read"),
    "quoted": Both("dẫn lại", "quoted"),
    "design": Both("Canhdong đề xuất", "a choice of Canhdong"),
}
KEYS: Final = {
    "needs": Both("Cần có trước đã", "Needed first"),
    "when": Both("Báo khi", "Told when"),
    "clear": Both("Hết khi", "Over when"),
}
WAITS: Final = {
    "hold": Both("phải kéo dài", "must last"),
    "clear_after": Both("hết phải kéo dài", "its end must last"),
}
TRUTHS: Final = {
    True: Both("đúng", "true"),
    False: Both("sai", "false"),
    None: Both("chưa biết", "unknown"),
}
MARKS: Final = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``depth`` sets it in."""

    cells: tuple[str, ...]
    depth: int = 0
    mark: str = ""  # true, false or unknown, for the eye


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading."""

    heading: str
    rows: tuple[Row, ...]
    head: tuple[str, ...] = ()  # of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All of it, in one language and in the order in which it is read."""

    language: Language
    code: str
    heading: str
    title: str
    where: str
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # label and what it is
    words: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def page(found: Explanation, language: Language) -> Page:
    """Put an explanation into words."""
    words = _Words(found, language)
    told = found.told
    title = found.title or words.both(told.vi, told.en)
    return Page(
        language=language,
        code=told.code,
        heading=words("Vì sao có cảnh báo này", "Why this alert was raised"),
        title=say(Both(title.vi, title.en), language),
        where=found.where,
        notes=tuple(say(note, language) for note in found.notes),
        facts=tuple(words.facts()),
        words=tuple(words.words()),
        sections=tuple(each for each in words.sections() if each.rows),
    )


def amount(measure: Measure, language: Language) -> str:
    """A number to four digits, since a threshold may be a small one.

    >>> amount(Measure(0.85, "dS/m"), "vi"), amount(Measure(-15.0, "cm"), "en")
    ('0,85 dS/m', '−15 cm')
    """
    number = f"{measure.value:.4g}".replace("-", "−")
    if language == "vi":
        number = number.replace(".", ",")
    unit = say(Measure(1, measure.unit), language).removeprefix("1")
    return f"{'≤ ' * measure.is_at_most}{number}{unit}"


class _Words:
    """One explanation in one language."""

    def __init__(self, found: Explanation, language: Language) -> None:
        self._found = found
        self._language: Language = language

    def __call__(self, vi: str, en: str) -> str:
        return vi if self._language == "vi" else en

    def both(self, vi: str, en: str) -> Both:
        return Both(vi, en)

    def facts(self) -> Iterator[tuple[str, str]]:
        told, rule = self._found.told, self._found.rule
        yield self("Bắt đầu", "Since"), self._instant(told.since_ms)
        if len(told.instants) > 1 and told.fired_ms is not None:
            yield self("Báo lúc", "Told"), self._instant(told.fired_ms)
        if told.until_ms is not None:
            yield self("Hết lúc", "Over"), self._instant(told.until_ms)
        is_daily = rule is not None and rule.table.kind == "daily"
        state = self(*DAILY) if is_daily else self._of(STATES, told.state)
        yield self("Tình trạng", "State"), state
        yield self("Mức báo", "Severity"), self._of(SEVERITIES, told.severity)
        verdicts = VERDICTS_VI if self._language == "vi" else VERDICTS_EN
        yield self("Trả lời", "Verdict"), verdicts.get(told.verdict, told.verdict)
        yield self("Quy tắc", "Rule"), told.rule
        if rule is not None:
            yield self("Bộ ngưỡng", "Threshold set"), self._set(rule)
        if self._found.is_doubtful:
            low = (
                "thấp: có số đo đáng ngờ hoặc phải ước",
                "low: a doubtful value or a guess",
            )
            yield self("Độ tin", "Confidence"), self(*low)

    def words(self) -> Iterator[tuple[str, str]]:
        found = self._found
        if found.say is None or found.do is None:
            yield self("Đã báo", "What was said"), self(found.told.vi, found.told.en)
            return
        yield self("Nội dung", "What it says"), self(found.say.vi, found.say.en)
        yield self("Nên làm", "What to do"), self(found.do.vi, found.do.en)

    def sections(self) -> Iterator[Section]:
        found = self._found
        whens = self("lúc bắt đầu", "when it began"), self("lúc báo", "when told")
        head = "", *whens[: len(found.told.instants)]
        for key, label in KEYS.items():
            rows = (self._part(part) for part in found.parts if part.key == key)
            yield Section(say(label, self._language), tuple(rows), head)
        yield Section(self("Ngưỡng", "Thresholds"), tuple(self._numbers()))
        steps = (
            Row((self(step.vi, step.en), self._fact(step.value), step.source))
            for step in found.steps
        )
        yield Section(self("Các bước tính", "Steps of the models"), tuple(steps))

    def _part(self, part: Part) -> Row:
        told = (self._judged(each) for each in part.values)
        first = part.values[0]
        mark = "" if isinstance(first, Measure) else MARKS[first]
        return Row((part.text, *told), part.depth, mark)

    def _judged(self, value: Judged) -> str:
        if isinstance(value, Measure):
            return amount(value, self._language)
        return say(TRUTHS[value], self._language)

    def _numbers(self) -> Iterator[Row]:
        """By source, each of which is told once."""
        by_source: dict[Source, list[Number]] = {}
        for number in self._found.numbers:
            by_source.setdefault(number.source, []).append(number)
        for source, numbers in by_source.items():
            told = f"{source.text} ({say(BELIEF[source.kind], self._language)})"
            for number in numbers:
                name = say(WAITS.get(number.name, number.name), self._language)
                yield Row((name, amount(number.value, self._language), told))
                told = ""

    def _set(self, rule: Rule) -> str:
        told = f"{rule.table.set}: {self._of(TRUST, rule.state)}"
        given = rule.given
        if rule.state != "approved":
            return told
        return f"{told}, {given.approved_by}, {given.approved_on}"

    def _instant(self, utc_ms: int) -> str:
        year = f"{local(utc_ms):%Y}"
        return f"{say(Instant(utc_ms), self._language)}{self('/', ' ')}{year}"

    def _of(self, table: dict[str, Both], key: str) -> str:
        return say(table.get(key, Both(key, key)), self._language)

    def _fact(self, fact: Fact | None) -> str:
        if isinstance(fact, Measure):
            return amount(fact, self._language)
        return "" if fact is None else say(fact, self._language)
