"""Every rule that is shipped can be explained, as it began in the tests of its pack."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from rules import explain, explain_page, explain_words, rule, trial_file
from rules.engine import Engine, Event
from rules.episode import code_of
from rules.explain import Explanation, Told
from rules.explain_words import amount
from rules.recorded import Recorded
from rules.rule import Rule
from rules.text import Measure
from rules.trial import Trial

LINK = {"link-down"}  # how long the link was down is not kept


@cache
def first_trials() -> dict[str, tuple[Trial, Rule]]:
    """By rule, the first test in which it speaks."""
    found: dict[str, tuple[Trial, Rule]] = {}
    for path in trial_file.shipped():
        suite = trial_file.load(path)
        for each in suite.trials:
            for expected in each.expected:
                found.setdefault(expected.rule, (each, suite.rules[expected.rule]))
    return found


@cache
def began(name: str) -> tuple[Trial, Rule, Recorded, Told]:
    """A made-up field, and the first episode of a rule there."""
    trial, found = first_trials()[name]
    past = Recorded(trial.series, full_scale=trial.full_scale)
    event, fired_ms = first_event(trial, found, past)
    told = Told(
        code=code_of(event.standing.episode), rule=name, subject=event.subject,
        severity=found.table.severity, state="firing",
        since_ms=event.standing.since_utc_ms, fired_ms=fired_ms,
        vi=event.say.vi, en=event.say.en, verdict="chua-xem",
    )  # fmt: skip
    return trial, found, past, told


def first_event(trial: Trial, found: Rule, past: Recorded) -> tuple[Event, int]:
    engine = Engine([found], [trial.plot], past, chosen=trial.chosen, states={})
    for at_ms in range(0, trial.until_ms + 1, trial.every_ms):
        utc_ms = trial.start_ms + at_ms
        for event in engine.look(past.at(utc_ms)).events:
            return event, utc_ms
    raise AssertionError(found.id)


def explained(name: str, *, by: Rule | None = None, **told_as: object) -> Explanation:
    trial, found, past, told = began(name)
    plot = trial.plot if found.table.per == "plot" else None
    engine = Engine([found], [trial.plot], past, chosen=trial.chosen, states={})
    told = replace(told, **told_as)
    return explain.explain(engine, by or found, told, past.at, plot)


def rows(found: Explanation, key: str) -> Iterator[tuple[str, object]]:
    return ((part.text, part.values[-1]) for part in found.parts if part.key == key)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(rule.packs().keys() - LINK))
def test_a_shipped_rule_is_explained_and_nothing_seems_changed(name):
    found = explained(name)

    assert found.notes == ()
    assert next(rows(found, "when"))[1] is True
    for language in ("vi", "en"):
        page = explain_words.page(found, language)
        text, sheet = explain_page.as_text(page), explain_page.as_html(page)
        assert text.startswith(found.told.code)
        assert max(map(len, text.splitlines())) <= explain_page.WIDTH
        assert "$" not in sheet


@pytest.mark.slow
def test_the_parts_of_a_condition_are_told_with_their_values():
    found = explained("rice-water-low")

    parts = dict(rows(found, "when"))
    level = parts["last(water_level)"]
    assert isinstance(level, Measure)
    assert (level.unit, level.value <= -15) == ("cm", True)
    assert parts["last(water_level) <= low"] is True
    assert parts["flowering(around)"] is False


def test_the_steps_of_a_model_are_told_with_their_sources():
    page = explain_words.page(explained("onion-water"), "vi")

    steps = page.sections[-1]
    assert steps.heading == "Các bước tính"
    assert ("Rễ sâu", "0,3 m", "FAO-56 table 22") in [row.cells for row in steps.rows]


def test_numbers_come_with_their_sources_and_waits_with_theirs():
    numbers = {
        n.name: (n.value, n.source.kind) for n in explained("rice-water-low").numbers
    }

    assert numbers["low"] == (Measure(-15.0, "cm"), "quoted")
    assert numbers["hold"] == (Measure(1.0, "h"), "design")
    assert "soon" not in numbers  # of the same set, and not of this rule


def lower(name: str, key: str, value: float) -> Rule:
    _, found = first_trials()[name]
    return replace(found, numbers={**found.numbers, key: value})


def test_a_threshold_that_was_changed_since_is_told_first():
    found = explained("rice-water-low", by=lower("rice-water-low", "low", -30.0))

    first, second = (note.en for note in found.notes)
    assert first.startswith("CHANGED: by the rule and the data of today")
    assert second.startswith("CHANGED: words or thresholds")
    page = explain_words.page(found, "vi")
    assert page.notes[0].startswith("ĐÃ ĐỔI")
    assert "  !  ĐÃ ĐỔI" in explain_page.as_text(page)


def test_another_number_of_which_the_alert_spoke_is_told():
    found = explained("rice-water-low", by=lower("rice-water-low", "low", -14.0))

    (note,) = found.notes
    assert note.vi.startswith("ĐÃ ĐỔI: lời hoặc ngưỡng của quy tắc đã đổi. Lúc đó báo:")


@pytest.mark.parametrize(
    ("state", "vi", "en"),
    [
        ("resolved", "Đã hết: Ruộng cần nước.", "Over: Rice needs water."),
        (
            "no_data",
            "Không có số liệu dùng được từ 9:00, cảnh báo giữ nguyên: Ruộng cần nước.",
            "No usable data since 9:00, the alert stands: Rice needs water.",
        ),
    ],
)
def test_later_words_of_an_episode_are_no_change(state, vi, en):
    assert explained("rice-water-low", state=state, vi=vi, en=en).notes == ()


def test_a_rule_of_the_site_is_told_with_its_file():
    _, found = first_trials()["rice-water-low"]
    own = replace(found, origin="changed", file="/etc/canhdong/rules.d/site.toml")

    (note,) = explained("rice-water-low", by=own).notes

    assert note.en.endswith("/etc/canhdong/rules.d/site.toml")


def test_what_cannot_be_judged_again_says_so():
    trial, found, _, told = began("rice-water-low")
    empty = Recorded({place: [] for place in trial.series})
    engine = Engine([found], [trial.plot], empty, chosen={}, states={})

    (note,) = explain.explain(engine, found, told, empty.at, trial.plot).notes

    assert note.en.startswith("It cannot be judged again as it was then: needs ")


def test_a_rule_that_is_gone_leaves_its_words():
    trial, _, _, told = began("rice-water-low")

    page = explain_words.page(explain.gone(told, trial.plot), "vi")

    assert page.words == (("Đã báo", told.vi),)
    assert page.sections == ()
    assert "không còn nữa" in explain_page.as_text(page)


def test_what_comes_from_outside_is_escaped():
    _, _, _, told = began("rice-water-low")
    sharp = replace(told, vi="<script>1</script>", rule="<b>")

    page = explain_words.page(explain.gone(sharp, None), "vi")

    sheet = explain_page.as_html(page)
    assert "<script>" not in sheet
    assert "<b><" not in sheet


@pytest.mark.parametrize(
    ("measure", "vi", "en"),
    [
        (Measure(0.85, "dS/m"), "0,85 dS/m", "0.85 dS/m"),
        (Measure(-15.0, "cm"), "−15 cm", "−15 cm"),
        (Measure(2.0, "nights"), "2 đêm", "2 nights"),
        (Measure(0.05, "1"), "0,05", "0.05"),
        (Measure(1.0, "per tiller"), "1 con/dảnh", "1 per tiller"),
        (Measure(-28.0, "cm", is_at_most=True), "≤ −28 cm", "≤ −28 cm"),
    ],
)
def test_an_amount_keeps_four_digits(measure, vi, en):
    assert (amount(measure, "vi"), amount(measure, "en")) == (vi, en)
