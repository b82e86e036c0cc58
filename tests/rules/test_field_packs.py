"""The packs of rice, weather and salt: that their numbers are those of the sources."""

import re
from itertools import product
from pathlib import Path

import pytest

from rules.models import weather_words
from rules.models.practical_salinity import conductivity_of
from rules.models.thresholds import threshold
from rules.rule import Rule, load, packs
from telemetry.settings import ConfigError

PACKS = packs()
FOLDER = "Cnaphalocrocis medinalis"
BROWN = "Nilaparvata lugens"
WHITE_BACKED = "Sogatella furcifera"

# A level of risk, of alarm or of disaster is the service's word; "gió cấp 6" is not
# one of them: so is a force of the wind called.
OF_THE_STATE = re.compile(
    r"cấp độ|rủi ro|thiên tai|báo động|(?<!là )(?<!mạnh )cấp \d|\brisk level|disaster"
    r"|\blevel [1-5IV]|\balarm level",
    re.IGNORECASE,
)


def texts(rule: Rule) -> list[str]:
    return [
        getattr(getattr(rule.table, key), language)
        for key, language in product(("title", "say", "do"), ("vi", "en"))
    ]


def number(rule: str, name: str) -> float:
    return PACKS[rule].numbers[name]


# --- weather -------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PACKS))
def test_no_rule_announces_a_level_of_disaster(name):
    assert [each for each in texts(PACKS[name]) if OF_THE_STATE.search(each)] == []


@pytest.mark.parametrize(
    "said",
    [
        "Mưa lớn, rủi ro thiên tai cấp 2.",
        "Cấp độ rủi ro thiên tai cấp 1",
        "Cảnh báo cấp 3",
        "Nước vượt báo động 2",
        "Disaster risk level 2",
    ],
)
def test_such_a_level_would_be_found(said):
    assert OF_THE_STATE.search(said)


@pytest.mark.parametrize(
    ("rule", "name", "words"),
    [
        ("weather-heat", "hot", weather_words.HEAT),
        ("weather-heat-very", "very_hot", weather_words.HEAT),
        ("weather-heat-extreme", "extreme", weather_words.HEAT),
        ("weather-cold", "very_cold", weather_words.COLD),
        ("weather-cold-harmful", "harmful", weather_words.COLD),
        ("weather-rain-heavy", "heavy", weather_words.RAIN),
        ("weather-rain-very-heavy", "very_heavy", weather_words.RAIN),
    ],
)
def test_the_weather_has_the_service_s_words_from_their_numbers_on(rule, name, words):
    (word,) = (w for w in words.words if w.vi == PACKS[rule].table.title.vi.lower())

    assert number(rule, name) in (word.at_least, word.above, word.below)
    assert word.vi in PACKS[rule].table.say.vi


@pytest.mark.parametrize("force", [6, 8])
def test_wind_is_told_from_the_forces_of_the_scale_on(force):
    least = number(f"weather-wind-{force}", f"force_{force}")

    assert weather_words.force(least) == force
    assert weather_words.force(least - 0.1) == force - 1


def test_cold_for_rice_is_that_of_the_crop_production_department():
    words = weather_words.COLD_FOR_RICE.words

    numbers = [number("rice-cold-roots", name) for name in ("sow", "growth", "roots")]

    assert numbers == [word.below for word in words]


def test_weather_is_told_once_for_a_gateway_not_once_for_each_plot():
    per = {r.table.per for r in PACKS.values() if r.id.startswith("weather-")}

    assert per == {"gateway"}


OF_GATEWAY = """
version = 1
[sets.s]
state = "sourced"
[sets.s.numbers]
day = {{ value = 24, unit = "h", source = "nchmf-heat" }}
limit = {{ value = 1, unit = "{unit}", source = "nchmf-heat" }}
[rules.one]
per = "gateway"
set = "s"
when = "{when}"
severity = "notice"
action = "scout"
title = {{ vi = "Thử", en = "Trial" }}
say = {{ vi = "Thử.", en = "Trial." }}
do = {{ vi = "Thử.", en = "Trial." }}
"""


@pytest.mark.parametrize(
    ("when", "unit"),
    [
        ("max(wind_gust, day) > limit", "m/s"),
        ("hours_where(relative_humidity > limit, day) > day", "%"),
        ("daily_mean(air_temperature) < limit or last(rain_total) > last(rain_total)",
         "°C"),
    ],
)  # fmt: skip
def test_a_rule_of_a_gateway_may_ask_for_weather(tmp_path: Path, when: str, unit: str):
    file = tmp_path / "own.toml"
    file.write_text(OF_GATEWAY.format(when=when, unit=unit), encoding="utf-8")

    assert list(load(file)) == ["one"]


@pytest.mark.parametrize(
    ("when", "unit", "asked"),
    [
        ("last(water_level) > limit", "cm", "last"),
        ("flowering(limit)", "d", "flowering"),
        ("et0() > limit", "mm/d", "et0"),
        ("last(air_temperature) > limit and last(soil_moisture) > last(soil_moisture)",
         "°C", "last"),
    ],
)  # fmt: skip
def test_and_not_for_what_belongs_to_a_plot(tmp_path: Path, when, unit, asked):
    file = tmp_path / "own.toml"
    file.write_text(OF_GATEWAY.format(when=when, unit=unit), encoding="utf-8")

    with pytest.raises(ConfigError, match=f"{asked} is asked per plot, not per gatew"):
        load(file)


# --- salt ----------------------------------------------------------------------


@pytest.mark.parametrize("crops", ["leafy", "grain"])
def test_salt_in_grams_is_conductivity_by_the_scale_of_sea_salt(crops):
    grams = number("intake-salt-grain", f"{crops}_salt")
    measured = number("intake-salt-grain", crops)

    assert measured == pytest.approx(conductivity_of(grams), abs=0.005)  # dS/m
    assert abs(measured * 0.64 - grams) > 0.2  # what a meter's factor would say


def test_no_rule_turns_conductivity_into_salt_by_a_factor():
    factors = {
        (r.id, n) for r in PACKS.values() for n in r.numbers.values() if n == 0.64
    }

    assert factors == set()


# --- insects of rice -----------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        ("rice-planthopper-early", "early",
         ("ba-ria-vung-tau", BROWN, "to 25 days after sowing")),
        ("rice-planthopper-tillering", "later",
         ("ba-ria-vung-tau", BROWN, "25-45 days after sowing")),
        ("rice-leaf-folder-ba-ria", "folded", ("ba-ria-vung-tau", FOLDER, "all")),
        ("rice-leaf-folder-vaas-tillering", "tillering", ("vaas", FOLDER, "tillering")),
        ("rice-leaf-folder-vaas-booting", "booting", ("vaas", FOLDER, "booting")),
        ("rice-leaf-folder-litsinger", "folded", ("litsinger-2006", FOLDER, "all")),
        ("rice-stem-borer-litsinger-vegetative", "vegetative",
         ("litsinger-2006", "stem borers", "vegetative")),
        ("rice-stem-borer-litsinger-reproductive", "reproductive",
         ("litsinger-2006", "stem borers", "reproductive")),
        ("rice-stem-borer-litsinger-ripening", "ripening",
         ("litsinger-2006", "stem borers", "ripening")),
        ("rice-planthopper-kerala-tillering", "brown_tillering",
         ("kerala", BROWN, "early")),
        ("rice-planthopper-kerala-booting", "brown_booting",
         ("kerala", BROWN, "booting")),
        ("rice-planthopper-kerala-heading", "brown_heading",
         ("kerala", BROWN, "flowering")),
        ("rice-whiteback-kerala-tillering", "white_tillering",
         ("kerala", WHITE_BACKED, "early")),
        ("rice-whiteback-kerala-booting", "white_booting",
         ("kerala", WHITE_BACKED, "booting")),
    ],
)  # fmt: skip
def test_thresholds_of_rice_insects_are_those_of_the_named_sets(rule, name, source):
    (level,) = threshold(*source).levels

    assert number(rule, name) == level.low


def test_egg_masses_of_stem_borer_are_those_of_nam_dinh():
    one = threshold("nam-dinh", "Scirpophaga incertulas", "heading")

    levels = [number("rice-stem-borer-once", name) for name in ("once", "twice")]

    assert levels == [level.low for level in one.levels]


def test_of_the_sets_of_counts_that_of_planthopper_per_tiller_alone_is_on():
    on = {
        (pest, rule.table.set)
        for rule in PACKS.values()
        for pest in ("NILALU", "SOGAFU", "CNAPME", "SCHOBI")
        if rule.ships_on and pest in rule.when.text
    }

    assert on == {("NILALU", "ba-ria-vung-tau")}


def test_only_vietnamese_thresholds_of_counts_lead_to_control():
    sets = {r.table.set for r in PACKS.values() if r.table.action == "control"}

    assert sets == {"ba-ria-vung-tau", "nam-dinh", "vaas"}


def test_no_other_rule_speaks_of_spraying():
    for rule in PACKS.values():
        if rule.table.action != "control":
            words = set(re.findall(r"\w+", " ".join(texts(rule)).lower()))
            assert not {"phun", "thuốc", "spray", "pesticide"} & words, rule.id
