"""A rules file with faults: each is told with place, fact and remedy."""

import os
from pathlib import Path

import pytest

from rules.records import LIMITS
from rules.rule import charts, load
from rules.tables import MOST_BYTES, hours_of_day
from telemetry.settings import ConfigError

GOOD = """
version = 1

[sources.my-trial]
text = "our trial of 2025, plots 3 and 4"
kind = "read"

[sets.awd]
state = "sourced"

[sets.awd.numbers]
low = { value = -15, unit = "cm", source = "irri-awd" }
warm = { value = 30, unit = "°C", source = "my-trial" }
oldest = { value = 60, unit = "d", source = "design" }

[rules.my-water]
crops = ["rice"]
stages = ["tillering"]
methods = ["sa"]
seasons = ["dong-xuan"]
hours = "18:00-07:30"
set = "awd"
needs = "zero_age(water_level) <= oldest"
when = "last(water_level) <= low"
hold = { h = 1.5, source = "wait" }
clear_after = { h = 1, source = "wait" }
severity = "warning"
action = "irrigate"
value = "last(water_level)"
title = { vi = "Ruộng cần nước", en = "Rice needs water" }
say = { vi = "{plot}: {value} từ {since}", en = "{plot}: {value} since {since}" }
do = { vi = "Tưới nước", en = "Irrigate" }

[charts.wet]
crops = ["chilli"]
set = "awd"
value = "mean(air_temperature, long)"
title = { vi = "Nhiệt độ", en = "Temperature" }
"""
GOOD = GOOD.replace(
    "[rules.my-water]",
    'long = { value = 24, unit = "h", source = "my-trial" }\n\n[rules.my-water]',
)


def written(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def told(path: Path) -> str:
    with pytest.raises(ConfigError) as fault:
        load(path)

    assert all(line.startswith(f"{path}: ") for line in fault.value.faults)
    return "\n".join(fault.value.faults)


def test_a_good_rule_is_read_with_its_sources_and_guards(tmp_path):
    path = written(tmp_path, GOOD)

    (rule,) = load(path).values()

    assert rule.id == "my-water"
    assert [source.id for source in rule.sources] == ["irri-awd", "design"]
    assert rule.source_of["warm"].text == "our trial of 2025, plots 3 and 4"
    assert (rule.hold_ms, rule.clear_ms) == (5_400_000, 3_600_000)
    assert rule.hours == (18 * 60, 7 * 60 + 30)
    assert rule.seasons == ("dong-xuan",)
    assert rule.ships_on
    assert (rule.file, rule.origin) == (str(path), "pack")


def test_a_rule_with_a_reason_to_be_off_ships_off(tmp_path):
    off = GOOD.replace('set = "awd"', 'set = "awd"\noff = "no field has tried it"', 1)

    (rule,) = load(written(tmp_path, off)).values()

    assert rule.state == "sourced"
    assert not rule.ships_on


def test_a_chart_is_read_and_is_no_rule(tmp_path):
    path = written(tmp_path, GOOD)

    (chart,) = charts(path).values()

    assert (chart.id, chart.value.kind) == ("wet", "°C")
    assert load(path).keys() == {"my-water"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("last(water_level) <=", "last(water_levle) <=", "did you mean 'water_level'?"),
        ("<= low", "<= warm", "'warm' is a number in °C; a number in cm is needed"),
        ("<= low", "<= -15", "bare number"),
        ('"last(water_level) <= low"', '"last(water_level)"', "is not true or false"),
        ('"last(water_level)"', '"last(water_level) < low"', "is not a number"),
        ('vi = "Tưới nước", ', "", "'vi' is missing"),
        ('vi = "Tưới nước"', 'vi = " "', "rules.my-water.do: say it in Vietnamese"),
        ("{since}\" }", "{sicne}\" }", "unknown {sicne}; did you mean 'since'?"),
        ('"irri-awd"', '"iri-awd"', "did you mean 'irri-awd'?"),
        (', source = "irri-awd"', "", "'source' is missing"),
        ('h = 1, source = "wait"', 'h = 1, source = "wiat"', "clear_after.source: "),
        ('h = 1, source = "wait"', "h = 1", "clear_after: 'source' is missing"),
        ('h = 1, source = "wait"', 'h = 9999, source = "wait"', "<= 1440"),
        ('hold = { h = 1.5, source = "wait" }', "hold = 1.5", "expected a table"),
        ('set = "awd"\nneeds', 'set = "awp"\nneeds', "did you mean 'awd'?"),
        ('["rice"]', '["ryce"]', "unknown crop 'ryce'; did you mean 'rice'?"),
        ('["rice"]', "[]", "stages: name in crops whose they are; known: rice, "),
        ('"tillering"', '"tilering"', "did you mean 'tillering'?"),
        ('["sa"]', '["xa"]', "expected 'sa' or 'cay'"),
        ('"dong-xuan"', '"dong-suan"', "did you mean 'dong-xuan'?"),
        ('"18:00-07:30"', '"18-7"', "expected hours of the day such as"),
        ('"18:00-07:30"', '"06:00-06:00"', "expected hours of the day such as"),
        ('"18:00-07:30"', '"23:30-01:00"', "hold: 1.5 h do not pass within hours"),
        ('unit = "cm"', 'unit = "inch"', "unknown unit 'inch'"),
        ("value = -15", "value = nan", "is not a number"),
        ("value = -15", f"value = 1{'0' * 5000}", "not TOML: Exceeds the limit"),
        ("value = -15", f"value = 0x{'f' * 9000}", "thousands of digits"),
        ("warm =", "since =", "or one that is taken"),
        ("warm =", "is =", "or one that is taken"),
        ('"our trial of 2025, plots 3 and 4"', '" "', "sources.my-trial: is empty"),
        ("sources.my-trial", "sources.wait", "sources.wait: is one of those shipped"),
        ('kind = "read"', 'kind = "heard"', "'read' or 'quoted' or 'design'"),
        ("{value} từ", "{value:.1f} từ", "say.vi: in braces stands a name only"),
        ("{value} từ", "{value từ", "say.vi: in braces stands a name only"),
        ('"last(water_level) <= low"', '"silent() > polls"', "unknown name 'polls'"),
        ('"last(water_level) <= low"', '"well()"', "asked per sensor, not per plot"),
        ('"irrigate"', '"spray"', "expected 'scout' or 'irrigate'"),
        ('"irrigate"', '"control"', "control needs a count by people"),
        ('"sourced"', '"approved"', "approved needs approved_by and approved_on"),
        ('source = "irri-awd"', 'source = "design"', "low of awd is a choice"),
        ("[rules.my-water]", "[rules.My-Water]", "expected a-z"),
        ("version = 1", "version = 2", "expected 1"),
        ('severity = "warning"', 'severty = "warning"', "did you mean 'severity'?"),
        ("hold = {", "hold_h = {", "unknown key 'hold_h'"),
        ("[rules.my-water]", '[rules.my-water]\noff = ""', "off: is empty"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_remedy(tmp_path, good, bad, says):
    assert good in GOOD

    assert says in told(written(tmp_path, GOOD.replace(good, bad)))


def test_all_faults_of_a_file_are_told_together(tmp_path):
    bad = GOOD.replace("<= low", "<= lwo").replace('unit = "°C"', 'unit = "F"')

    assert len(told(written(tmp_path, bad)).splitlines()) == 2


def test_a_number_that_only_judges_the_sensor_may_be_by_design(tmp_path):
    judged = GOOD.replace("<= low", "<= low and zero_age(water_level) <= oldest")

    assert "oldest of awd is a choice by design" in told(written(tmp_path, judged))


def test_technicians_may_wait_by_design(tmp_path):
    text = """
version = 1
[sets.s]
state = "sourced"
numbers.polls = { value = 3, unit = "polls", source = "no-data" }
[rules.r]
per = "sensor"
audience = "technician"
set = "s"
when = "silent() >= polls"
severity = "warning"
action = "protect"
title = { vi = "a", en = "a" }
say = { vi = "a", en = "a" }
do = { vi = "a", en = "a" }
"""

    assert load(written(tmp_path, text))["r"].ships_on
    assert "design" in told(
        written(tmp_path, text.replace('audience = "technician"\n', ""))
    )


def test_control_rests_on_a_count_and_ends_with_the_sentence_of_its_limits(tmp_path):
    text = """
version = 1
[sets.s]
state = "sourced"
[sets.s.numbers]
many = { value = 2, unit = "per tiller", source = "ba-ria-vung-tau" }
fresh = { value = 3, unit = "d", source = "design" }
[rules.r]
set = "s"
needs = "scouted(pest_per_tiller, NILALU, nymph, fresh) >= many"
when = "scouted(pest_per_tiller, NILALU, nymph, fresh) >= many"
severity = "warning"
action = "control"
title = { vi = "a", en = "a" }
say = { vi = "a", en = "a" }
do = { vi = "Phun đúng lúc.", en = "Spray in time." }
"""
    counted = text.replace('source = "design"', 'source = "phu-tho-method"')

    rule = load(written(tmp_path, counted))["r"]

    assert rule.table.do.vi == f"Phun đúng lúc. {LIMITS.vi}"
    assert rule.table.do.en == f"Spray in time. {LIMITS.en}"


# --- files that are none -------------------------------------------------------


def pipe(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.mkdir()


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def huge(path: Path) -> None:
    path.write_bytes(b"#" * (MOST_BYTES + 1))


def deep(path: Path) -> None:
    path.write_text(f"x = {'[' * 5000}{']' * 5000}")


def dotted(path: Path) -> None:
    path.write_text(f"version = 1\n[rules.{'.'.join('a' * 100_000)}]\n")


def spaced(path: Path) -> None:
    path.write_text(f"version = 1\nrules{' . a' * 50_000} = 1\n")


def lettered(path: Path) -> None:
    path.write_text("a" * (MOST_BYTES - 1))


def broken(path: Path) -> None:
    path.write_text("rules = [")


def no_table(path: Path) -> None:
    path.write_text("version = 1\nrules = 3\nsets = [1]\n")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (pipe, "is not a file that can be read"),
        (folder, "is not a file that can be read"),
        (loop, "cannot be read: Too many levels of symbolic links"),
        (binary, "byte 128 is not UTF-8"),
        (huge, "is larger than 256 KiB; split it"),
        (deep, "not TOML: nested too deeply"),
        (dotted, "a key has more than 16 parts"),
        (spaced, "a key has more than 16 parts"),
        (lettered, "not TOML"),
        (broken, "not TOML: Invalid value"),
        (no_table, "sets: [1]: expected a table"),
        (lambda path: None, "cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rules_is_told_in_a_line(tmp_path, made, says):
    path = tmp_path / "site.toml"
    made(path)

    lines = told(path)

    assert says in lines
    assert all(len(line) < 400 for line in lines.splitlines())


def test_hours_may_pass_midnight_and_must_be_hours():
    assert hours_of_day("22:00-05:30") == (1320, 330)
    assert hours_of_day("24:00-05:00") is None
