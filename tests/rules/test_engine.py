"""The engine's own work: guards, lines a day, other rules while episodes stand."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rules import rule
from rules.engine import Engine, Outcome
from rules.plot import Plot
from rules.rule import Rule
from rules.scope import Now
from tests.rules.field import BOOT, RICE, Field, now, place

AIR = place("air", "air_temperature")

FILE = """
version = 1

[sources.trial]
text = "a rule for tests"
kind = "read"

[sets.warm]
state = "sourced"
[sets.warm.numbers]
hot = {{ value = {hot}, unit = "°C", source = "trial" }}
day = {{ value = 24, unit = "h", source = "trial" }}
slow = {{ value = 1, unit = "°C/d", source = "trial" }}

[rules.hot]
set = "warm"
when = "{when}"
clear = "last(air_temperature) < hot"
value = "last(air_temperature)"
severity = "notice"
action = "scout"
title = {{ vi = "Nóng", en = "Hot" }}
say.vi = "{{plot}}: {{value}} từ {{since}}."
say.en = "{{plot}}: {{value}} since {{since}}."
do = {{ vi = "Xem.", en = "Look." }}
{more}
"""


@pytest.fixture
def made(tmp_path: Path):
    """A rule with what a test adds to its table."""

    def make(
        *lines: str, hot: float = 30.0, when: str = "last(air_temperature) >= hot"
    ) -> Rule:
        path = tmp_path / "own.toml"
        text = FILE.format(hot=hot, when=when, more="\n".join(lines))
        path.write_text(text, encoding="utf-8")
        return rule.load(path)["hot"]

    return make


def engine(field: Field, *rules: Rule, plot: Plot = RICE, states=None) -> Engine:
    field.put(AIR, [])
    return Engine(rules, [plot], field, chosen={}, states=states or {})


def watched(watch: Engine, field: Field, values, first: int = 0) -> list[str]:
    """What is told at each hour, as ``hour state``."""
    told = []
    for hour, value in enumerate(values, first):
        field.put(AIR, [value], hour)
        outcome = watch.look(now(hour + 0.01))
        told += [f"{hour} {event.state}" for event in outcome.events]
    return told


# --- guards --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "plot", "says"),
    [
        ('methods = ["cay"]', RICE, "method sa is not one of cay"),
        (
            'methods = ["cay"]',
            replace(RICE, method=""),
            "method unknown is not one of cay",
        ),
        ('stages = ["heading"]', RICE, "stage tillering is not one of heading"),
        ('seasons = ["he-thu"]', RICE, "season dong-xuan is not one of he-thu"),
        ('hours = "09:00-17:00"', RICE, "outside its hours 09:00-17:00"),
        ('hours = "20:00-00:30"', RICE, "outside its hours 20:00-00:30"),
    ],
)
def test_a_guard_rests_a_rule_and_says_why(made, line, plot, says):
    field = Field()
    watch = engine(field, made('crops = ["rice"]', line), plot=plot)

    assert watched(watch, field, [35.0, 35.0], first=1) == []
    assert watch.resting["hot", "p17"] == says


@pytest.mark.parametrize(
    "line",
    [
        'methods = ["sa"]',
        'stages = ["tillering"]',
        'seasons = ["dong-xuan"]',
        'hours = "00:00-09:00"',
        'hours = "22:00-02:00"',
    ],
)
def test_a_guard_that_is_met_asks_the_rule(made, line):
    field = Field()
    watch = engine(field, made('crops = ["rice"]', line))

    assert watched(watch, field, [35.0, 35.0]) == ["0 firing"]
    assert watch.resting == {}


def test_outside_its_hours_an_open_alert_stays_and_is_not_judged(made):
    field = Field()
    watch = engine(field, made('hours = "00:00-02:00"'))

    told = watched(watch, field, [35.0, 35.0, 20.0, 20.0])
    blind = watched(watch, field, [None] * 19 + [20.0], first=4)

    assert told == ["0 firing"]
    assert blind == []  # nor is it told that data are missing
    assert watched(watch, field, [20.0], first=24) == ["24 resolved"]


def test_a_hold_is_not_carried_over_the_hours_between(made):
    field = Field()
    held = made('hours = "00:00-02:00"', 'hold = { h = 1.5, source = "wait" }')
    watch = engine(field, held)

    assert watched(watch, field, [35.0] * 48) == []


def test_without_a_time_a_rule_by_hours_waits(made):
    field = Field()
    watch = engine(field, made('hours = "00:00-02:00"'))
    field.put(AIR, [35.0])

    outcome = watch.look(Now(BOOT, 60_000, None))

    assert outcome.events == []
    assert watch.resting["hot", "p17"] == "nobody knows the time yet"


def test_the_calendar_dates_a_plot_that_nobody_did_and_what_follows_is_doubtful(made):
    field = Field()
    undated = replace(RICE, sown=None, duration_days=None, season="dong-xuan")
    guarded = made('crops = ["rice"]', 'stages = ["seedling"]')
    watch = engine(field, guarded, plot=undated)
    field.put(AIR, [35.0])

    (event,) = watch.look(now(0.01)).events

    assert event.is_doubtful


def test_a_seasons_calendar_makes_nothing_doubtful_that_does_not_ask_for_it(made):
    field = Field()
    undated = replace(RICE, sown=None, duration_days=None, season="dong-xuan")
    watch = engine(field, made(), plot=undated)
    field.put(AIR, [35.0])

    (event,) = watch.look(now(0.01)).events

    assert not event.is_doubtful


# --- one line a day ------------------------------------------------------------


def test_a_daily_rule_says_one_line_a_day_and_never_that_it_is_over(made):
    field = Field()
    watch = engine(field, made('kind = "daily"'))
    values = [35.0, 20.0, 35.0, 20.0] + [35.0] * 30 + [20.0] * 20

    told = watched(watch, field, values)

    assert told == ["0 firing", "24 firing"]
    assert watch.states() == {}


def test_within_its_hours_a_daily_rule_speaks_once(made):
    field = Field()
    watch = engine(field, made('kind = "daily"', 'hours = "22:00-03:00"'))

    told = watched(watch, field, [20.0] * 20 + [35.0] * 30)

    assert told == ["22 firing", "46 firing"]


def test_a_daily_rule_of_yesterday_speaks_anew_after_a_day_without_power(made):
    field = Field()
    daily = made('kind = "daily"', 'hours = "05:00-09:00"')
    before = engine(field, daily)
    told = watched(before, field, [35.0] * 7)
    after = engine(field, daily, states=before.states())

    again = watched(after, field, [35.0] * 3, first=30)

    assert (told, again) == (["5 firing"], ["30 firing"])


def test_a_daily_event_says_its_kind(made):
    field = Field()
    watch = engine(field, made('kind = "daily"'))
    field.put(AIR, [35.0])

    (event,) = watch.look(now(0.01)).events

    assert (event.kind, event.state) == ("daily", "firing")


# --- other rules ---------------------------------------------------------------


def test_a_changed_rule_goes_on_with_its_episode(made):
    field = Field()
    watch = engine(field, made())
    told = watched(watch, field, [35.0, 35.0])
    before = watch.standing["hot", "p17"]

    watch.rules_replaced([made(hot=34.0)])

    assert watched(watch, field, [34.5], first=2) == []
    assert watch.standing["hot", "p17"].episode == before.episode
    assert watched(watch, field, [33.0], first=3) == ["3 resolved"]
    assert told == ["0 firing"]


def test_a_rule_that_is_gone_ends_its_episode_at_the_next_look(made):
    field = Field()
    watch = engine(field, made())
    watched(watch, field, [35.0])

    watch.rules_replaced([])
    outcome: Outcome = watch.look(now(1.01))

    assert [key for key, _ in outcome.ended] == [("hot", "p17")]
    assert outcome.states == {("hot", "p17"): b""}


def test_an_open_alert_ends_once_its_rule_says_one_line_a_day(made):
    field = Field()
    watch = engine(field, made())
    told = watched(watch, field, [35.0])
    states = watch.states()  # as after a restart on the edited rule, too

    watch.rules_replaced([made('kind = "daily"')])
    after = engine(field, made('kind = "daily"'), states=states)

    assert told == ["0 firing"]
    assert watched(watch, field, [35.0] * 2, first=1) == ["1 resolved", "2 firing"]
    assert watched(after, field, [20.0] * 2, first=3) == ["3 resolved"]


def test_a_line_of_a_day_is_no_open_alert_once_its_rule_is_one(made):
    field = Field()
    watch = engine(field, made('kind = "daily"'))
    told = watched(watch, field, [35.0])

    watch.rules_replaced([made()])
    again = watched(watch, field, [20.0, 35.0, 20.0], first=1)
    watched(watch, field, [35.0], first=4)
    watch.rules_replaced([])
    outcome = watch.look(now(4.01))

    assert told == ["0 firing"]
    assert again == ["2 firing", "3 resolved"]
    assert [key for key, _ in outcome.ended] == [("hot", "p17")]


def test_a_mended_rule_is_tried_again(made, mocker):
    field = Field()
    watch = engine(field, made('crops = ["rice"]', 'stages = ["tillering"]'))
    broken = mocker.patch("rules.guards.stage_on", side_effect=ZeroDivisionError)
    watched(watch, field, [35.0])
    assert "broken" in watch.resting["hot", "p17"]
    mocker.stop(broken)

    watch.rules_replaced([made()])

    assert watched(watch, field, [35.0], first=1) == ["1 firing"]


def test_a_rule_whose_hold_runs_goes_on_holding_after_a_change(made):
    field = Field()
    wait = 'hold = { h = 2, source = "wait" }'
    watch = engine(field, made(wait))
    watched(watch, field, [35.0, 35.0])

    watch.rules_replaced([made(wait, hot=31.0)])

    assert watched(watch, field, [35.0], first=2) == ["2 firing"]


# --- asking --------------------------------------------------------------------


def test_asking_changes_nothing(made):
    field = Field()
    hot = made('hold = { h = 2, source = "wait" }')
    watch = engine(field, hot)
    watched(watch, field, [35.0])
    standing = dict(watch.standing)

    asked = watch.ask(hot, "p17", now(0.5), steps=True)

    assert (asked.holds, asked.clears, asked.value) == (True, False, 35.0)
    assert asked.resting is None
    assert {"plot", "value", "hot", "since"} <= set(asked.facts)
    assert dict(watch.standing) == standing


def test_asking_tells_a_guard_and_answers_all_the_same(made):
    field = Field()
    cool = made('methods = ["cay"]', 'crops = ["rice"]')
    watch = engine(field, cool)
    field.put(AIR, [35.0])

    asked = watch.ask(cool, "p17", now(0.5))

    assert asked.holds is True
    assert asked.resting == "method sa is not one of cay"


def test_asking_takes_down_the_steps_of_a_model_only_if_wanted(made):
    field = Field()
    rain = "wet_night() >= day and last(air_temperature) >= hot"
    leaf = place("leaf", "leaf_wetness")
    wet = made(when=rain)
    watch = engine(field, wet)
    field.put(leaf, [100.0] * 60)

    with_steps = watch.ask(wet, "p17", now(59.5), steps=True)

    assert [step.en for step in with_steps.steps] == ["Wet hours of last night"]
    assert watch.ask(wet, "p17", now(59.5)).steps == ()


def test_a_rest_says_what_is_lacking(made):
    field = Field()
    watch = engine(field, made())
    watch.look(now(0.5))

    why = "no data for last(air_temperature) >= hot: air has no new value of"

    assert watch.resting["hot", "p17"].startswith(why)


def test_division_by_zero_rests_a_rule_and_says_so(made):
    field = Field()
    ratio = "hot / last(air_temperature) * hot >= hot"
    watch = engine(field, made(when=ratio))

    assert watched(watch, field, [0.0]) == []
    assert "hot / last(air_temperature) divides by zero" in watch.resting["hot", "p17"]


# --- what is worked out once ---------------------------------------------------


class Counting(Field):
    """A field that counts how often its hours are read."""

    reads = 0

    def hours(self, place, since_ms, until_ms):
        self.reads += 1
        return super().hours(place, since_ms, until_ms)


def reads(made, when: str, looks: list[Now]) -> list[int]:
    """How often hours are read at each look."""
    field = Counting()
    watch = engine(field, made(when=when))
    field.put(AIR, [25.0] * 60)
    found = []
    for at in looks:
        before = field.reads
        watch.look(at)
        found.append(field.reads - before)
    return found


def test_yesterday_is_worked_out_once_a_day(made):
    looks = [now(hour) for hour in (47.1, 47.2, 47.9, 48.1, 48.2)]

    assert reads(made, "daily_mean(air_temperature) >= hot", looks) == [1, 0, 0, 1, 0]


def test_a_trend_is_worked_out_once_an_hour(made):
    looks = [now(hour) for hour in (47.1, 47.2, 48.1, 48.2)]

    assert reads(made, "trend(air_temperature, day) > slow", looks) == [1, 0, 1, 0]


def test_a_look_reads_the_same_window_once(made):
    twice = "mean(air_temperature, day) >= hot or max(air_temperature, day) >= hot"

    assert reads(made, twice, [now(47.1), now(47.2)]) == [1, 1]


def test_a_clock_that_is_set_leaves_nothing_kept(made):
    before, after = now(47.5), now(47.6)
    ahead = Now(after.boot, after.ms, (after.utc_ms or 0) + 5 * 60_000)
    nearly = Now(after.boot, after.ms, (after.utc_ms or 0) + 5_000)
    when = "daily_mean(air_temperature) >= hot"

    assert reads(made, when, [before, ahead]) == [1, 1]
    assert reads(made, when, [before, nearly]) == [1, 0]


def test_what_is_not_known_is_asked_again_in_the_next_hour(made):
    field = Field()
    watch = engine(field, made(when="daily_mean(air_temperature) >= hot"))
    field.put(AIR, [35.0] * 20)
    first = watch.look(now(30.1))
    field.put(AIR, [35.0] * 11, first=20)

    same_hour, next_hour = watch.look(now(30.2)), watch.look(now(31.1))

    assert (first.events, same_hour.events) == ([], [])
    assert [event.state for event in next_hour.events] == ["firing"]


def test_now_knows_its_day():
    assert (now(0).day, Now(BOOT, 0, None).day) == (date(2026, 1, 1), None)


def test_a_daily_rule_that_is_gone_ends_without_a_word(made):
    field = Field()
    watch = engine(field, made('kind = "daily"'))
    watched(watch, field, [35.0])

    watch.rules_replaced([])
    outcome = watch.look(now(1.01))

    assert outcome.ended == []
    assert outcome.states == {("hot", "p17"): b""}


def test_who_counts_is_no_sensor_that_could_fall_silent():
    field = Field()
    by_hand = place("by-farmer-visual", "water_level", role="farmer", method="visual")
    field.put(by_hand, [5.0])
    watch = engine(field, rule.packs()["sensor-stuck"])
    field.put(AIR, [35.0])

    watch.look(now(0.01))

    assert {subject for _, subject in watch.resting} == {"air"}
