"""Counts by people, traps, and nights that favour a disease."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.asked_pests import HATCHING
from rules.models.species import NAME_OF, SPECIES
from rules.plot import Plot
from rules.text import Instant
from tests.rules.asked import say, scope
from tests.rules.field import BEGIN_MS, RICE, Field, place

DAY = 24
COUNT = "scouted(pest_density, NILALU, all, week)"


def by(role: str, **given):
    facts = {"pest": "NILALU", "stage": "all", "role": role, "method": "frame"}
    return place(f"by-{role}-frame", "pest_density", **facts | given)


FARMER, TECHNICIAN = by("farmer"), by("technician")


def test_the_newest_count_of_anybody_is_taken_with_its_time():
    field = Field()
    field.put(FARMER, [900.0], first=5)
    field.put(TECHNICIAN, [1600.0], first=30)
    where = scope(field, 50, steps=True)

    assert say(COUNT, where) == 1600.0
    assert where.facts["counted"] == Instant(BEGIN_MS + 30 * 3_600_000)
    assert where.steps[-1].en == "Count of NILALU (technician, frame)"


@pytest.mark.parametrize(
    "counted",
    [
        by("farmer", plot="p3"),
        by("farmer", pest="SOGAFU"),
        by("farmer", stage="nymph"),
        replace(by("farmer"), role=None),  # a device is no person
    ],
)
def test_a_count_of_another_thing_is_none(counted):
    field = Field()
    field.put(counted, [900.0], first=5)
    where = scope(field, 50)

    assert say(COUNT, where) is None
    assert where.lacks == ["nobody has counted NILALU (all) within 7 days"]


def test_a_count_grows_old():
    field = Field()
    field.put(FARMER, [900.0], first=5)

    assert say(COUNT, scope(field, 5 + 7 * DAY)) == 900.0
    assert say(COUNT, scope(field, 6 + 7 * DAY)) is None


def test_a_count_of_a_day_to_come_is_none_and_zero_is_a_count():
    field = Field()
    field.put(FARMER, [0.0], first=5)
    field.put(TECHNICIAN, [900.0], first=30)

    assert say(COUNT, scope(field, 10)) == 0.0
    assert say(COUNT, scope(field, 30)) == 900.0


# --- traps ---------------------------------------------------------------------

PLOT = Plot(id="p3", name="thửa 3", crop="onion")
TRAP = place("lure", "trap_count", "p3", pest="LAPHEG", stage="adult")
AIR = place("air", "air_temperature", "p3")


def caught(*counts: float | None, trap=TRAP) -> Field:
    """A count a night, stamped with its dusk."""
    field = Field()
    field.put(AIR, [25.0] * (DAY * (len(counts) + 2)))
    for night, count in enumerate(counts):
        field.put(trap, [count], first=night * DAY + 18)
    return field


USUAL = (10.0, 12.0, 11.0, 9.0, 13.0, 10.0, 12.0)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("rise(LAPHEG, few)", True),
        ("rise(trap_count, few)", True),
        ("rise(trap_beam_breaks, few)", None),
        ("rise(NILALU, few)", None),
        ("hatching(LAPHEG, many)", True),
    ],
)
def test_a_rise_of_the_catch_is_told_with_its_night(text, answer):
    field = caught(*USUAL, 60.0)
    where = scope(field, 8 * DAY + 13, plot=PLOT, steps=True)

    assert say(text, where) is answer
    assert ("night" in where.facts) is bool(answer)
    if answer:
        assert where.facts["night"] == date(2026, 1, 8)


def test_who_corrects_a_count_of_a_night_tells_it_again():
    by_hand = replace(TRAP, sensor="by-farmer-trap", role="farmer", method="trap")
    field = caught(*USUAL, 60.0, trap=by_hand)
    field.put(by_hand, [12.0], first=7 * DAY + 19)

    assert say("rise(LAPHEG, few)", scope(field, 8 * DAY + 13, plot=PLOT)) is False


def test_one_trap_may_be_counted_by_several_people():
    farmer, technician = (
        replace(TRAP, sensor=f"by-{role}-trap", role=role, method="trap")
        for role in ("farmer", "technician")
    )
    field = caught(*USUAL, trap=farmer)
    field.put(technician, [60.0], first=7 * DAY + 18)

    where = scope(field, 8 * DAY + 13, plot=PLOT)

    assert say("rise(LAPHEG, few)", where) is True
    assert where.facts["night"] == date(2026, 1, 8)


def test_no_rise_is_no_and_an_untold_night_is_unknown():
    quiet = caught(*USUAL, 11.0)
    untold = caught(*USUAL, None)

    assert say("rise(LAPHEG, few)", scope(quiet, 8 * DAY + 13, plot=PLOT)) is False
    where = scope(untold, 8 * DAY + 13, plot=PLOT)
    assert say("rise(LAPHEG, few)", where) is None
    assert where.lacks == ["no trap has told the catch of the last night"]


@pytest.mark.parametrize("nights", [0.0, 61.0, 1e9])
def test_nights_that_nobody_looks_back_are_none(nights):
    where = scope(caught(*USUAL), 8 * DAY, plot=PLOT)

    assert say("rise(LAPHEG, few)", where, few=nights) is None
    assert "give 1 to 60" in where.lacks[0]


def test_every_pest_that_hatches_has_eggs_in_the_table():
    assert set(HATCHING) <= set(NAME_OF)
    assert all("egg" in SPECIES[name] for name in HATCHING.values())


# --- diseases ------------------------------------------------------------------

LEAF = place("leaf", "leaf_wetness")
RH = place("rh", "relative_humidity", rated=(0.0, 99.0))
RAIN = place("gauge", "rain_total")
COOL = place("air", "air_temperature")


def night_of(wet: int, *, dry: float = 0.0, wetness: float = 100.0) -> list[float]:
    """Two days whose second night is wet for so many hours from 18:00 on."""
    return [dry] * 42 + [wetness] * wet + [dry] * (30 - wet)


@pytest.mark.parametrize("wet", [0, 7, 12])
def test_wet_hours_of_last_night_are_counted_from_dusk_to_dawn(wet):
    field = Field()
    field.put(LEAF, night_of(wet))

    where = scope(field, 55)

    assert say("wet_night()", where) == wet
    assert where.facts["wet_by"].en == "by the leaf sensor"


def test_before_dawn_last_night_is_the_one_before():
    field = Field()
    field.put(LEAF, night_of(12))

    assert say("wet_night()", scope(field, 53.5)) == 0.0


@pytest.mark.parametrize(("rated", "wet"), [((0.0, 99.0), 8.0), ((0.0, 90.0), None)])
def test_by_humidity_a_night_needs_a_sensor_that_is_believed(rated, wet):
    field = Field()
    sensor = replace(RH, rated=rated)
    field.put(sensor, night_of(8, dry=70.0, wetness=96.0))
    where = scope(field, 55, plot=replace(RICE, leaf_wetness="rh90"))

    assert say("wet_night()", where) == wet
    assert where.is_doubtful


def test_a_night_with_gaps_is_unknown():
    field = Field()
    field.put(LEAF, [None] * 44 + [0.0] * 12)

    where = scope(field, 55)

    assert say("wet_night()", where) is None
    assert "less than 90% of last night" in where.lacks[0]


def mild(
    *, air: float = 20.0, humid: float = 97.0, rain: float = 0.0, first: int = 0
) -> Field:
    """Two days and nights; the rain falls at 22:00 of the second."""
    field = Field()
    field.put(COOL, [air] * (56 - first), first)
    field.put(RH, [humid] * (56 - first), first)
    field.put(RAIN, [0.0] * (46 - first) + [rain] * 10, first)
    return field


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        (mild(), True),
        (mild(air=24.0), False),
        (mild(humid=94.9), False),
        (mild(rain=0.2), False),
        (mild(first=40), None),  # nobody knows the day before
        (mild(first=40, humid=80.0), False),  # and it does not matter
    ],
)
def test_mildew_needs_a_cool_day_and_a_humid_night_without_rain(field, answer):
    where = scope(field, 55)

    assert say("mildew(one)", where) is answer
    if answer:
        assert where.facts["night"] == date(2026, 1, 2)


def test_of_several_nights_one_is_enough_and_an_unknown_one_leaves_it_open():
    field = mild()
    three = scope(field, 55 + DAY)

    assert say("mildew(few)", three) is True
    assert say("mildew(one)", three) is None


def test_blast_says_on_how_many_nights_it_rests():
    field = Field()
    days = 12
    field.put(COOL, [22.0] * (DAY * days))
    field.put(LEAF, ([0.0] * 18 + [100.0] * 6 + [100.0] * 8 + [0.0] * 16) * 6)
    where = scope(field, DAY * days - 1, steps=True)

    answer = say("blast(one, few)", where)

    assert answer is True
    assert where.facts["favourable"].value >= 1
    assert where.facts["wet_by"].en == "by the leaf sensor"
    assert len(where.steps) == 3
    assert where.now.day - date(2026, 1, 1) == timedelta(days=11)


@pytest.mark.parametrize("nights", [0.0, 15.0, 1e9])
def test_more_nights_than_a_rule_looks_at_are_none(nights):
    where = scope(mild(), 55)

    assert say("mildew(few)", where, few=nights) is None
    assert say("blast(one, few)", where, few=nights) is None
    assert "give 1 to 14" in where.lacks[0]
