"""A rules file with faults: each is told with place, fact and remedy."""

from pathlib import Path

import pytest

from rules.rule import load
from telemetry.settings import ConfigError

GOOD = """
version = 1

[sources]
irri = "IRRI, safe AWD"

[sets.awd]
state = "sourced"
sources = ["irri"]

[sets.awd.numbers]
low = { value = -15, unit = "cm" }
warm = { value = 30, unit = "°C" }

[rules.my-water]
crops = ["rice"]
stages = ["tillering"]
set = "awd"
when = "last(water_level) <= low"
severity = "warning"
action = "irrigate"
value = "last(water_level)"
title = { vi = "Ruộng cần nước", en = "Rice needs water" }
say = { vi = "{plot}: {value} từ {since}", en = "{plot}: {value} since {since}" }
do = { vi = "Tưới nước", en = "Irrigate" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_rule_is_read_with_its_sources(tmp_path):
    (rule,) = load(written(tmp_path, GOOD)).values()

    assert rule.id == "my-water"
    assert rule.sources == ("IRRI, safe AWD",)
    assert rule.ships_on


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("last(water_level)", "last(water_levle)", "did you mean 'water_level'?"),
        ("<= low", "<= warm", "'warm' is a number in °C; a number in cm is needed"),
        ("<= low", "<= -15", "bare number"),
        ('"last(water_level) <= low"', '"last(water_level)"', "is not true or false"),
        ('"last(water_level)"', '"last(water_level) < low"', "is not a number"),
        ('vi = "Tưới nước", ', "", "'vi' is missing"),
        ('vi = "Tưới nước"', 'vi = " "', "rules.my-water.do: say it in Vietnamese"),
        ("{since}\" }", "{sicne}\" }", "unknown {sicne}; did you mean 'since'?"),
        ('sources = ["irri"]', 'sources = ["iri"]', "did you mean 'irri'?"),
        ('sources = ["irri"]', "sources = []", "length >= 1"),
        ('set = "awd"', 'set = "awp"', "unknown set 'awp'; did you mean 'awd'?"),
        ('"rice"', '"ryce"', "unknown crop 'ryce'; did you mean 'rice'?"),
        ('"tillering"', '"tilering"', "did you mean 'tillering'?"),
        ('unit = "cm"', 'unit = "inch"', "unknown unit 'inch'"),
        ("value = -15", "value = nan", "is not a number"),
        ("value = -15", f"value = 1{'0' * 5000}", "not TOML: Exceeds the limit"),
        ("warm =", "since =", "or one that is taken"),
        ("warm =", "is =", "or one that is taken"),
        ('"IRRI, safe AWD"', '" "', "sources.irri: is empty"),
        ("{value} từ", "{value:.1f} từ", "say.vi: in braces stands a name only"),
        ("{value} từ", "{value từ", "say.vi: in braces stands a name only"),
        ('"last(water_level) <= low"', '"silent() > polls"', "unknown name 'polls'"),
        ('"last(water_level) <= low"', '"well()"', "asked per sensor, not per plot"),
        ('"irrigate"', '"spray"', "expected 'scout' or 'irrigate'"),
        ('"irrigate"', '"control"', "control needs a count by people"),
        ('"sourced"', '"approved"', "approved needs approved_by and approved_on"),
        ("[rules.my-water]", "[rules.My-Water]", "expected a-z"),
        ("version = 1", "version = 2", "expected 1"),
        ('severity = "warning"', 'severty = "warning"', "did you mean 'severity'?"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_remedy(tmp_path, good, bad, says):
    assert good in GOOD
    path = written(tmp_path, GOOD.replace(good, bad))

    with pytest.raises(ConfigError) as fault:
        load(path)

    assert says in str(fault.value)
    assert all(line.startswith(str(path)) for line in fault.value.faults)


def test_all_faults_of_a_file_are_told_together(tmp_path):
    bad = GOOD.replace("<= low", "<= lwo").replace('unit = "°C"', 'unit = "F"')

    with pytest.raises(ConfigError) as fault:
        load(written(tmp_path, bad))

    assert len(fault.value.faults) == 2
