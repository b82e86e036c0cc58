"""A site's files over the packs: what they change, and what a fault leaves alone."""

import os
from datetime import date
from pathlib import Path

import pytest

from rules import overlay
from rules.overlay import Difference
from rules.rule import Rule, pack_files, packs
from telemetry.settings import ConfigError
from tests.rules.test_rule import GOOD

HEAD = "version = 1\n"
LOW = """
[sets.safe-awd.numbers.low]
value = -10
source = "le-xuan-quang"
"""
OFFICE = "Sub-department of Plant Protection, Quang Ngai"
APPROVED = f"""
[sets.safe-awd]
state = "approved"
approved_by = "{OFFICE}"
approved_on = 2026-11-21
"""
SEVERE = """
[rules.rice-water-low]
severity = "critical"
"""
OWN = """
[rules.my-water]
crops = ["rice"]
set = "safe-awd"
when = "last(water_level) <= low"
severity = "warning"
action = "irrigate"
title = { vi = "Ruộng cần nước", en = "Rice needs water" }
say = { vi = "{plot}", en = "{plot}" }
do = { vi = "Tưới nước", en = "Irrigate" }
"""


EXAMPLE = Path(__file__).parents[2] / "deploy" / "examples" / "rules.d" / "site.toml"
PROPOSED = next(r.table.set for r in packs().values() if r.state == "proposed")


def write(folder: Path, text: str, name: str = "site.toml") -> Path:
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def faults(folder: Path, before: dict[str, Rule] | None = None) -> list[str]:
    return overlay.read(folder, before or {})[1]


def test_without_a_folder_the_packs_are_all_there_is():
    assert overlay.merged(None).keys() == packs().keys()
    assert overlay.diff(None) == []


def test_one_key_of_a_rule_is_changed_and_the_rest_stays(tmp_path):
    path = write(tmp_path, SEVERE)
    pack = packs()["rice-water-low"]

    rule = overlay.merged(tmp_path)["rice-water-low"]

    assert rule.table.severity == "critical"
    assert (rule.table.say, rule.when.text) == (pack.table.say, pack.when.text)
    assert (rule.origin, rule.file) == ("changed", str(path))
    assert rule.ships_on
    assert overlay.diff(tmp_path) == [
        Difference("rules.rice-water-low", "severity", "warning", "critical", str(path))
    ]


def test_a_number_that_nobody_approved_is_proposed_and_ships_off(tmp_path):
    path = write(tmp_path, LOW)

    rule = overlay.merged(tmp_path)["rice-water-low"]

    assert (rule.numbers["low"], rule.units["low"]) == (-10, "cm")
    assert (rule.state, rule.ships_on) == ("proposed", False)
    assert (rule.origin, rule.file) == ("changed", str(path))
    assert [(d.key, d.pack, d.site) for d in overlay.diff(tmp_path)] == [
        ("numbers.low.value", -15, -10),
        ("numbers.low.source", "irri-awd", "le-xuan-quang"),
        ("state", "sourced", "proposed"),
    ]


def test_a_number_that_a_person_approved_is_on(tmp_path):
    write(tmp_path, APPROVED + LOW)

    rule = overlay.merged(tmp_path)["rice-water-low"]

    assert (rule.state, rule.ships_on) == ("approved", True)
    assert rule.given.approved_on == date(2026, 11, 21)


def test_the_same_number_again_is_no_change(tmp_path):
    write(tmp_path, LOW.replace("-10", "-15"))

    assert overlay.merged(tmp_path)["rice-water-low"].ships_on


def test_a_new_rule_stands_beside_the_packs_and_uses_their_sets(tmp_path):
    path = write(tmp_path, OWN)

    rule = overlay.merged(tmp_path)["my-water"]

    assert (rule.origin, rule.file, rule.numbers["low"]) == ("site", str(path), -15)
    assert overlay.diff(tmp_path) == [
        Difference("rules.my-water", "", None, "new", str(path))
    ]


def test_a_whole_file_with_sources_and_sets_of_its_own_is_laid_over_too(tmp_path):
    (tmp_path / "site.toml").write_text(GOOD, encoding="utf-8")

    laid = overlay.lay(overlay.toml_files(tmp_path))

    assert laid.faults == []
    assert laid.rules["my-water"].source_of["warm"].id == "my-trial"
    assert "wet" in laid.charts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SEVERE.replace("critical", "fatal"), "rules.rice-water-low.severity: 'fatal'"),
        (SEVERE.replace("severity", "severty"), "did you mean 'severity'?"),
        (SEVERE.replace("rules", "rule", 1), "'rule'; did you mean 'rules'?"),
        (SEVERE.replace("water-low", "water-lo"), "did you mean 'rice-water-low'?"),
        (LOW.replace("safe-awd", "safe-adw"), "'state'; did you mean 'safe-awd'?"),
        ("rules.rice-water-low.hold = { h = 0 }", "hold: is changed without a source"),
        ("rules = 5", "rules: expected a table, such as [rules.NAME]"),
        ("rules.rice-blast = 5", "rules.rice-blast: expected a table, not 5"),
        ("[rules.rice-blast]\nset = [1]", "rules.rice-blast.set: [1]: expected str"),
        ('[rules.rice-blast]\nset = "x"', "unknown set 'x'"),
        ('[rules.rice-blast]\nwhen = "blst()"', "did you mean 'blast'?"),
        (LOW.replace('source = "le-xuan-quang"', ""), "is changed without a source"),
        (LOW.replace("-10", '"-10"'), "low.value: '-10': expected float"),
        (LOW.replace("le-xuan-quang", "nobody"), "unknown source 'nobody'"),
        (LOW + "uint = 'cm'", "unknown key 'uint'; did you mean 'unit'?"),
        (APPROVED.replace("approved_on = 2026-11-21", ""), "approved needs"),
        (APPROVED.replace(OFFICE, " "), "approved needs approved_by"),
        (f'sets.{PROPOSED}.state = "sourced"', "only an approval can change that"),
        ("sets.x.state = 'soured'", "'soured': expected 'sourced' or"),
        ("sources.wait = { text = 'x', kind = 'read' }", "is one of those shipped"),
        ("sources.x = { text = 'x' }", "sources.x: 'kind' is missing"),
        (f"rules.rice-blast.set = 0x{'f' * 9000}", "thousands of digits"),
        (f"rules.rice-blast.set = '{'x' * 9000}'", "unknown set 'xxxx"),
        (f"{'x' * 9000} = 1", "unknown key 'xxxx"),
        ('rules."rice\\u001b\\nblast".set = "x"', "rules.rice��blast: is not shipped"),
        ("charts.x = { value = 'last(x)' }", "charts.x: 'title' is missing"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_file_and_leaves_the_packs_in_force(
    tmp_path, text, says
):
    path = write(tmp_path, text)

    rules, told = overlay.read(tmp_path)

    assert any(says in line for line in told)
    assert all(line.startswith(f"{path}: ") for line in told)
    assert all(line.isprintable() and len(line) < 1200 for line in told)
    assert rules.keys() == packs().keys()
    assert all(rule.origin == "pack" for rule in rules.values())
    with pytest.raises(ConfigError) as fault:
        overlay.merged(tmp_path)
    assert fault.value.faults == told


@pytest.mark.parametrize(
    ("text", "says", "most"),
    [
        ("".join(f"[rules.a{n}]\n" for n in range(301)), "rules: 301 tables; at mo", 1),
        ("".join(f"a{n} = 1\n" for n in range(5000)), "unknown key 'a0'", 300),
        (
            "[sets.a]\nstate = 'proposed'\n[sets.a.numbers]\n"
            + "".join(f"a{n} = {{value=1,unit='1',source='q'}}\n" for n in range(301)),
            "sets.a.numbers: 301 of them; at most 300",
            1,
        ),
        (
            "[rules.rice-blast]\n" + "".join(f"a{n} = 1\n" for n in range(5000)),
            "rules.rice-blast: unknown key",
            200,
        ),
    ],
)  # fmt: skip
def test_a_file_of_thousands_of_faults_is_not_told_to_its_end(
    tmp_path, text, says, most
):
    write(tmp_path, text)

    told = faults(tmp_path)

    assert says in told[0]
    assert len(told) <= most


def test_one_broken_rule_never_stops_another(tmp_path):
    write(tmp_path, SEVERE + '\n[rules.rice-blast]\nseverity = "fatal"\n' + OWN)

    rules, told = overlay.read(tmp_path)

    assert len(told) == 1
    assert rules["rice-water-low"].table.severity == "critical"
    assert rules["rice-blast"].origin == "pack"
    assert rules["my-water"].origin == "site"


def test_a_broken_set_is_told_once_however_many_rules_use_it(tmp_path):
    write(tmp_path, LOW.replace("-10", "nan") + OWN)

    rules, told = overlay.read(tmp_path)

    assert len(told) == 1
    assert rules["rice-water-low"].numbers["low"] == -15
    assert "my-water" not in rules


def test_what_an_edit_breaks_goes_on_as_it_was(tmp_path):
    path = write(tmp_path, APPROVED + LOW + SEVERE + OWN)
    other = write(tmp_path, '[rules.rice-blast]\nseverity = "warning"\n', "b.toml")
    before = overlay.merged(tmp_path)
    other.write_text(HEAD + '[rules.rice-blast]\nseverity = "critical"\n')
    path.write_text(path.read_text() + "\n[[[")

    rules, told = overlay.read(tmp_path, before)

    assert len(told) == 1
    for name in ("rice-water-low", "rice-water-soon", "my-water"):
        assert rules[name] is before[name]
    assert rules["rice-blast"].table.severity == "critical"


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("critical", "fatal"),
        lambda text: text.replace("value = -10", "value = nan"),
    ],
)
def test_an_edited_rule_or_set_that_is_wrong_goes_on_as_it_was(tmp_path, edit):
    path = write(tmp_path, APPROVED + LOW + SEVERE)
    before = overlay.merged(tmp_path)
    path.write_text(edit(path.read_text()))

    rules, told = overlay.read(tmp_path, before)

    assert len(told) == 1
    assert rules["rice-water-low"] is before["rice-water-low"]


def test_a_file_that_is_taken_away_takes_its_changes_along(tmp_path):
    path = write(tmp_path, SEVERE + OWN)
    before = overlay.merged(tmp_path)
    path.unlink()

    rules, told = overlay.read(tmp_path, before)

    assert (rules, told) == (dict(packs_as_laid()), [])


def packs_as_laid() -> dict[str, Rule]:
    return overlay.merged(None)


def test_a_folder_that_is_gone_leaves_all_as_it_was(tmp_path):
    write(tmp_path, OWN)
    before = overlay.merged(tmp_path)

    rules, (told,) = overlay.read(tmp_path / "gone", before)

    assert rules == before
    assert told.endswith("gone: cannot be listed: No such file or directory")


def test_a_name_in_two_files_is_taken_from_the_first(tmp_path):
    write(tmp_path, SEVERE, "a.toml")
    write(tmp_path, SEVERE.replace("critical", "notice"), "b.toml")

    rules, (told,) = overlay.read(tmp_path)

    assert f"b.toml: rules.rice-water-low: stands in {tmp_path}/a.toml too" in told
    assert rules["rice-water-low"].table.severity == "critical"


def test_a_file_that_another_system_named_in_capitals_is_read(tmp_path):
    write(tmp_path, SEVERE, name="SITE.TOML")

    assert overlay.merged(tmp_path)["rice-water-low"].table.severity == "critical"


def test_a_file_of_another_version_is_left_out_whole(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text("version = 2\n" + SEVERE)

    rules, told = overlay.read(tmp_path)

    assert told == [f"{path}: version: 2: expected 1"]
    assert rules["rice-water-low"].origin == "pack"


def test_pipes_and_loops_in_the_folder_are_told_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.toml")
    (tmp_path / "b.toml").symlink_to("b.toml")
    write(tmp_path, SEVERE, "c.toml")

    rules, told = overlay.read(tmp_path)

    assert len(told) == 2
    assert rules["rice-water-low"].table.severity == "critical"


def test_a_pack_laid_over_itself_changes_nothing():
    laid = overlay.lay(pack_files())

    assert laid.faults == []
    assert laid.differences == []
    assert {rule.origin for rule in laid.rules.values()} == {"pack"}


@pytest.mark.slow
@pytest.mark.parametrize("instead", ["", "x = [", "odd = {{}}", "{key} = 0x{long}"])
def test_no_line_of_a_file_can_be_so_wrong_that_more_than_its_own_is_lost(
    tmp_path, instead
):
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for at in range(0, len(lines), 4):
        key = lines[at].partition(" = ")[0]
        odd = instead.format(key=key, long="f" * 5000)
        text = "\n".join([*lines[:at], odd, *lines[at + 1 :]])
        (tmp_path / "site.toml").write_text(text, encoding="utf-8")

        rules, told = overlay.read(tmp_path)

        assert packs().keys() <= rules.keys()
        assert all(line.startswith(f"{tmp_path}/site.toml: ") for line in told)
