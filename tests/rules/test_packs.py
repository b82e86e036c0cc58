"""The rules that are shipped, on fields that a person can follow."""

from dataclasses import replace
from datetime import date

import pytest

from rules.engine import Engine, Outcome
from rules.history import HOUR_MS, Run
from rules.plot import Plot
from rules.rule import packs
from rules.text import names_in
from tests.rules.field import ONION, RICE, Field, now, place

PACKS = packs()
TUBE = place("tube", "water_level", zero_on=date(2025, 12, 20), bottom=-28.0)
AIR = place("air", "air_temperature", plot="p1")
TRAP = place("light", "trap_beam_breaks", plot="p3")
LEAF = place("leaf", "leaf_wetness")


def engine(
    field: Field, *rules: str, plots: tuple[Plot, ...] = (RICE,), states=None
) -> Engine:
    return Engine(
        [PACKS[name] for name in rules], plots, field, chosen={}, states=states or {}
    )


def watched(watch: Engine, field: Field, values, *, where=TUBE, first=0) -> Outcome:
    """Feed a value an hour and look after each; all that came of it."""
    all_ = Outcome()
    for hour, value in enumerate(values, first):
        field.put(where, [value], hour)
        outcome = watch.look(now(hour + 0.01))
        all_.events += outcome.events
        all_.states |= outcome.states
    return all_


def told(outcome: Outcome) -> list[tuple[str, str]]:
    return [(event.rule.id, event.state) for event in outcome.events]


@pytest.fixture
def paddy() -> Field:
    field = Field()
    field.put(TUBE, [])
    field.scales[TUBE] = 100.0
    return field


def falling(hours: int, per_hour: float = 0.1, start: float = 2.0) -> list[float]:
    """A level that seeps away, a little slower by night."""
    return [start - per_hour * (hour + 0.5 * (hour % 24 > 12)) for hour in range(hours)]


# --- rice water ----------------------------------------------------------------


def test_a_falling_level_is_told_with_the_day_on_which_it_needs_water(paddy):
    watch = engine(paddy, "rice-water-soon", "rice-water-low")

    outcome = watched(watch, paddy, falling(150))

    (event,) = outcome.events
    assert (event.rule.id, event.state) == ("rice-water-soon", "firing")
    # −10 cm is passed in hour 120, 6 January; 5 cm more take 50 hours.
    assert event.say.vi.startswith("Thửa 17, xứ đồng Cây Gạo: mực nước −10")
    assert "sẽ xuống tới −15 cm vào khoảng thứ Năm 8/1" in event.say.vi
    assert "about Thu 8 Jan" in event.say.en
    assert event.do.vi.endswith("tưới lại cho ngập 5 cm.")


def test_no_notice_comes_where_the_level_does_not_fall(paddy):
    watch = engine(paddy, "rice-water-soon")

    wobbling = [-10.5 + 0.4 * (hour % 2) for hour in range(72)]

    assert told(watched(watch, paddy, wobbling)) == []


def test_the_warning_comes_at_the_safe_limit_and_ends_with_the_water(paddy):
    watch = engine(paddy, "rice-water-low")

    outcome = watched(watch, paddy, [-14.0, -14.9, -15.0, -15.2, -15.3, 5.0, 5.0])

    assert told(outcome) == [
        ("rice-water-low", "firing"),
        ("rice-water-low", "resolved"),
    ]
    assert outcome.events[0].say.vi == (
        "Thửa 17, xứ đồng Cây Gạo: mực nước −15,2 cm so với mặt ruộng từ 02:00 thứ"
        " Năm 1/1, đã tới ngưỡng an toàn −15 cm."
    )
    assert outcome.events[1].say.vi == "Đã hết: Ruộng cần nước."


def test_a_dry_tube_says_at_or_below(paddy):
    watch = engine(paddy, "rice-water-low")

    outcome = watched(watch, paddy, [-27.9, -28.0, -28.0])

    assert "mực nước ≤ −28 cm" in outcome.events[0].say.vi


@pytest.mark.parametrize(
    ("tube", "scale", "why"),
    [
        (TUBE, 500.0, "full_scale(water_level) <= widest"),
        (TUBE, None, "full_scale(water_level) <= widest"),
        (replace(TUBE, zero_on=date(2025, 10, 1)), 100.0, "zero_age(water_level)"),
    ],
)
def test_a_coarse_probe_or_an_old_zero_judges_no_water(tube, scale, why):
    field = Field()
    field.put(tube, [])
    if scale is not None:
        field.scales[tube] = scale
    watch = engine(field, "rice-water-low")

    outcome = watched(watch, field, [-16.0] * 5, where=tube)

    assert told(outcome) == []
    assert why in watch.resting["rice-water-low", "p17"]


def test_around_flowering_five_centimetres_are_kept(paddy):
    flowers = replace(RICE, heading=date(2026, 1, 5))
    watch = engine(paddy, "rice-water-low", "rice-water-flowering", plots=(flowers,))

    outcome = watched(watch, paddy, [2.0] * 9)

    assert told(outcome) == [("rice-water-flowering", "firing")]
    assert "cần giữ 5 cm" in outcome.events[0].say.vi


def test_when_flowering_begins_the_alert_of_drying_out_is_over(paddy):
    watch = engine(paddy, "rice-water-low")
    flowering = 41 * 24  # heading on 18 February less a week, from 1 January
    dry = [-16.0] * 8

    outcome = watched(watch, paddy, dry, first=flowering - 4)

    assert told(outcome) == [
        ("rice-water-low", "firing"), ("rice-water-low", "resolved"),
    ]  # fmt: skip


def test_one_poll_above_the_band_ends_no_alert(paddy):
    watch = engine(paddy, "rice-water-low")

    outcome = watched(watch, paddy, [-16.0, -16.0, -13.5] * 8)

    assert told(outcome) == [("rice-water-low", "firing")]


def test_without_a_sowing_date_rules_by_stage_rest_and_say_so(paddy):
    watch = engine(paddy, "rice-water-low", plots=(replace(RICE, sown=None),))

    outcome = watched(watch, paddy, [-16.0] * 5)

    assert told(outcome) == []
    assert "no sown" in watch.resting["rice-water-low", "p17"]


def test_an_unknown_date_neither_raises_nor_ends_an_alert(paddy):
    watch = engine(paddy, "rice-water-low")
    watched(watch, paddy, [-16.0] * 3)

    lost = watch.look(replace(now(2.2), utc_ms=None))
    late = watch.look(replace(now(9), utc_ms=None))

    assert told(lost) == []
    assert told(late) == [("rice-water-low", "no_data")]


def test_an_alert_ends_with_the_stage_that_it_belongs_to(paddy):
    watch = engine(paddy, "rice-blast", "rice-water-low")
    watched(watch, paddy, [-16.0] * 3)

    after_harvest = watch.look(now(24 * 90))

    assert told(after_harvest) == [("rice-water-low", "resolved")]


def test_a_gap_in_an_open_episode_is_told_once_and_it_goes_on(paddy):
    watch = engine(paddy, "rice-water-low")

    early = watched(watch, paddy, [-16.0] * 3 + [None] * 2)
    outcome = watched(watch, paddy, [None] * 7 + [-16.0], first=5)

    assert told(early) == [("rice-water-low", "firing")]
    assert [state for _, state in told(outcome)] == ["no_data", "resumed"]
    assert "từ 02:00 thứ Năm 1/1, cảnh báo giữ nguyên" in outcome.events[0].say.vi
    assert outcome.events[0].standing.blind_ms <= 2 * HOUR_MS  # after three periods


def test_a_restart_keeps_the_episode(paddy):
    before = watched(engine(paddy, "rice-water-low"), paddy, [-16.0] * 3)

    again = engine(paddy, "rice-water-low", states=before.states)
    after = watched(again, paddy, [-16.0] * 3, first=3)

    assert told(after) == []
    assert again.standing["rice-water-low", "p17"].episode


def test_a_rule_that_is_gone_ends_its_episode(paddy):
    before = watched(engine(paddy, "rice-water-low"), paddy, [-16.0] * 3)

    outcome = engine(paddy, "rice-blast", states=before.states).look(now(5))

    ((key, standing),) = outcome.ended
    assert key == ("rice-water-low", "p17")
    assert standing.step == 2
    assert outcome.states[key] == b""


# --- beet armyworm -------------------------------------------------------------


def trap_nights(catches: list[int]) -> list[float]:
    """Totals of a beam counter, all of a night between 19:00 and 24:00."""
    totals, total = [], 0.0
    for catch in catches:
        for hour in range(24):
            total += catch / 5 if hour >= 19 else 0
            totals.append(total)
    return totals


@pytest.fixture
def onions() -> Field:
    field = Field()
    field.put(AIR, [25.5] * 24 * 14)
    field.put(TRAP, [])
    return field


def test_three_times_the_moths_start_a_clock_for_their_eggs(onions):
    watch = engine(onions, "onion-beet-armyworm", plots=(ONION,))
    onions.put(TRAP, trap_nights([25, 22, 27, 24, 26, 23, 25, 75, 30, 25]))

    outcome = watch.look(now(8 * 24 + 13))

    (event,) = outcome.events
    # Night of 8 January; 36.89 °d above 13.38 °C at 25.5 °C take three days.
    assert "đêm thứ Năm 8/1 bẫy đếm 75 lượt, gấp 3 lần" in event.say.vi
    assert "từ Chủ nhật 11/1 đến" in event.say.vi
    assert "ngắt ổ trứng" in event.do.vi
    assert event.rule.state == "proposed"


def test_usual_nights_and_nights_without_power_raise_nothing(onions):
    watch = engine(onions, "onion-beet-armyworm", plots=(ONION,))
    totals: list[float | None] = [*trap_nights([25, 22, 27, 24, 26, 23, 25, 28, 75])]
    totals[8 * 24 + 18 : 8 * 24 + 24] = [None] * 6
    onions.put(TRAP, totals)

    for hour in range(5 * 24, 9 * 24 + 13):
        assert watch.look(now(hour)).events == []


def test_the_alert_ends_when_the_eggs_have_hatched(onions):
    watch = engine(onions, "onion-beet-armyworm", plots=(ONION,))
    onions.put(TRAP, trap_nights([25, 22, 27, 24, 26, 23, 25, 75, 30] + [25] * 5))

    states = [
        event.state
        for hour in range(8 * 24 + 12, 14 * 24)
        for event in watch.look(now(hour)).events
    ]

    assert states == ["firing", "resolved"]


# --- rice blast ----------------------------------------------------------------


def blast_weather(wet_nights: int, *, warmth: float = 22.0) -> Field:
    """Eight days at ``warmth``; leaves wet from 19:00 to 07:00 in the last nights."""
    field = Field()
    wet = [0.0] * 24 * 9
    for night in range(7 - wet_nights, 7):
        wet[night * 24 + 19 : night * 24 + 31] = [100.0] * 12
    field.put(LEAF, wet)
    field.put(AIR, [warmth] * 24 * 9)
    return field


@pytest.mark.parametrize(
    ("wet_nights", "warmth", "fires"),
    [
        (0, 22.0, False),
        (1, 22.0, False),
        (2, 22.0, True),
        (4, 22.0, True),
        (4, 28.0, False),
    ],
)
def test_two_favourable_nights_in_five_are_a_risk_of_blast(wet_nights, warmth, fires):
    field = blast_weather(wet_nights, warmth=warmth)
    watch = engine(field, "rice-blast")

    outcome = watch.look(now(7 * 24 + 13))

    assert told(outcome) == ([("rice-blast", "firing")] if fires else [])


def test_a_warning_of_blast_says_risk_and_sends_nobody_to_spray():
    outcome = engine(blast_weather(3), "rice-blast").look(now(7 * 24 + 13))

    (event,) = outcome.events
    assert event.say.vi.startswith(
        "Thửa 17, xứ đồng Cây Gạo: 3 đêm trong 5 đêm gần đây thuận lợi"
    )
    assert "nguy cơ" in event.say.vi
    assert event.do.vi.startswith("Thăm đồng")
    assert event.rule.table.action == "scout"
    for words in (event.say.vi, event.do.vi, event.say.en, event.do.en):
        assert not {"phun", "thuốc", "spray"} & set(words.lower().split())


@pytest.mark.parametrize(
    ("rated", "fires"), [((0.0, 100.0), True), ((0.0, 80.0), False), (None, False)]
)
def test_wetness_from_humidity_is_a_choice_of_low_confidence(rated, fires):
    field = blast_weather(3)
    humid = place("hum", "relative_humidity", rated=rated)
    for hour in field.series.pop(LEAF):
        field.series.setdefault(humid, []).append(
            replace(hour, mean=80 + 0.15 * hour.mean)
        )
    watch = engine(field, "rice-blast", plots=(replace(RICE, leaf_wetness="rh90"),))

    outcome = watch.look(now(7 * 24 + 13))

    assert [event.is_doubtful for event in outcome.events] == ([True] if fires else [])


# --- the technician's ----------------------------------------------------------


def test_a_silent_sensor_is_told_after_three_polls_and_when_it_is_back(paddy):
    watch = engine(paddy, "sensor-silent")

    outcome = watched(watch, paddy, [1.0, 1.0, None, None, None, None, 1.0, 1.0])

    assert told(outcome) == [("sensor-silent", "firing"), ("sensor-silent", "resolved")]
    assert outcome.events[0].say.vi.startswith("Đầu đo tube")
    assert outcome.events[0].rule.table.audience == "technician"


def test_a_loose_wire_is_one_alert(paddy):
    watch = engine(paddy, "sensor-silent")

    outcome = watched(watch, paddy, [None, None, None, None, None, 1.0] * 8)

    assert told(outcome) == [("sensor-silent", "firing")]


def test_impossible_values_are_told(paddy):
    watch = engine(paddy, "sensor-impossible")
    outcome = Outcome()

    for hour in range(4):
        paddy.runs[TUBE] = Run(4, 3 + hour, 0)
        outcome.events += watch.look(now(hour)).events

    assert told(outcome) == [("sensor-impossible", "firing")]


@pytest.mark.parametrize(("wave", "fires"), [(0.0, True), (0.2, True), (3.0, False)])
def test_air_that_never_changes_is_a_stuck_sensor(wave, fires):
    field = Field()
    watch = engine(field, "sensor-stuck")
    values = [25.0 + wave * (hour % 12) / 12 for hour in range(15)]

    outcome = watched(watch, field, values, where=AIR)

    assert told(outcome)[:1] == ([("sensor-stuck", "firing")] if fires else [])


def test_a_stuck_sensor_that_misses_some_polls_is_told_once():
    field = Field()
    watch = engine(field, "sensor-stuck")
    frozen = [25.0] * 13 + [25.0, None, None, None, None, 25.0, 25.0] * 4

    outcome = watched(watch, field, frozen, where=AIR)
    moved = watched(watch, field, [25.0, 27.0], where=AIR, first=len(frozen))

    assert told(outcome) == [("sensor-stuck", "firing")]
    assert told(moved) == [("sensor-stuck", "resolved")]


def test_a_link_that_is_down_for_an_hour_is_told():
    watch = engine(Field(), "link-down", plots=())

    early = watch.look(now(1), link_down_ms=HOUR_MS - 1)
    late = watch.look(now(2), link_down_ms=2 * HOUR_MS)
    back = watch.look(now(3), link_down_ms=0)

    assert (told(early), told(late), told(back)) == (
        [], [("link-down", "firing")], [("link-down", "resolved")],
    )  # fmt: skip
    assert "từ 00:00 thứ Năm 1/1" in late.events[0].say.vi


def test_a_restart_ends_no_alert_of_a_link_that_is_still_down():
    before = engine(Field(), "link-down", plots=())
    states = before.look(now(2), link_down_ms=2 * HOUR_MS).states

    again = engine(Field(), "link-down", plots=(), states=states)
    after = [again.look(now(hour), link_down_ms=1) for hour in (3, 4)]

    assert [told(each) for each in after] == [[], []]
    assert told(again.look(now(5), link_down_ms=0)) == [("link-down", "resolved")]


def test_a_battery_is_told_below_the_limit_of_its_table():
    field = Field()
    battery = place("bat", "battery_voltage", alarm_below=11.8)
    watch = engine(field, "battery-low")

    outcome = watched(watch, field, [12.5, 11.7, 11.6, 11.7, 12.4, 12.5], where=battery)

    assert told(outcome) == [("battery-low", "firing"), ("battery-low", "resolved")]


# --- all of them ---------------------------------------------------------------


def test_every_rule_speaks_both_languages_about_the_same_facts():
    for rule in PACKS.values():
        for key in ("say", "do", "title"):
            said = getattr(rule.table, key)
            assert sorted(names_in(said.vi)) == sorted(names_in(said.en)), rule.id


def test_a_rule_that_breaks_rests_alone(paddy, mocker):
    watch = engine(paddy, "rice-water-low", "sensor-silent")
    mocker.patch("rules.guards.stage_on", side_effect=ZeroDivisionError)

    outcome = watched(watch, paddy, [-16.0, None, None, None, None])

    assert ("sensor-silent", "firing") in told(outcome)
    assert "broken" in watch.resting["rice-water-low", "p17"]


def test_what_a_rule_that_breaks_has_open_stays_open(paddy, mocker):
    watch = engine(paddy, "rice-water-low")
    watched(watch, paddy, [-16.0] * 3)
    mocker.patch("rules.guards.stage_on", side_effect=ZeroDivisionError)

    outcome = watched(watch, paddy, [-16.0] * 3, first=3)

    assert outcome.ended == []
    assert watch.standing["rice-water-low", "p17"].episode


def test_a_state_that_cannot_be_read_counts_as_quiet(paddy):
    states = {("rice-water-low", "p17"): b'{"phase": "weird"}'}

    watch = engine(paddy, "rice-water-low", states=states)

    assert told(watched(watch, paddy, [-16.0] * 3)) == [("rice-water-low", "firing")]
