"""Oddities of rules: told of the site's, absent from the packs."""

import pytest

from rules import lint, overlay, tables
from rules.rule import load, pack_files, packs
from tests.rules.test_rule import GOOD, written


def told(folder, old: str = "", new: str = "") -> list[str]:
    assert old in GOOD
    (rule,) = load(written(folder, GOOD.replace(old, new, 1))).values()
    return list(lint.of_rule(rule))


def test_the_packs_have_no_oddity():
    laid = overlay.lay([])
    sets = {rule.table.set: rule.given for rule in laid.rules.values()}
    folders = {path.parent / "tests" for path in pack_files()}
    tests = [tables.read(path) for each in folders for path in each.glob("*.toml")]

    odd = [(r.id, each) for r in laid.rules.values() for each in lint.of_rule(r)]
    odd += lint.of_sets(sets, laid.rules.values(), laid.charts.values())
    odd += lint.of_tests(laid.rules.values(), lint.tested(tests))

    assert odd == []


def test_a_good_rule_has_none(tmp_path):
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('vi = "Tưới nước"', 'vi = "Tuoi nuoc ngay"', "do.vi: 'Tuoi nuoc ngay' has no"),
        ('en = "Irrigate"', 'en = "Walk the field"', "do: 'walk the field' is said in"),
        ("{value} từ", f"{'rất ' * 40}từ", "more than 160; say it shorter"),
    ],
)
def test_an_odd_text_is_told(tmp_path, old, new, says):
    (line,) = told(tmp_path, old, new)

    assert says in line


def test_numbers_that_nobody_uses_are_told(tmp_path):
    (rule,) = load(written(tmp_path, GOOD)).values()

    found = list(lint.of_sets({"awd": rule.given}, [rule], []))

    assert [line.partition(":")[0] for line in found] == [
        "sets.awd.numbers.warm",
        "sets.awd.numbers.long",
    ]


def test_an_id_of_the_packs_with_another_meaning_is_told(tmp_path):
    own = 'version = 1\n[rules.rice-water-low]\nwhen = "last(water_level) <= soon"\n'
    rule = overlay.lay([written(tmp_path, own)]).rules["rice-water-low"]

    (line,) = lint.of_change(rule, packs()["rice-water-low"])

    assert line.startswith("when: the pack's rule of this id means another thing")


def test_a_number_that_nobody_approved_is_told_with_what_it_does(tmp_path):
    own = "version = 1\n[sets.safe-awd.numbers.low]\nvalue = -10\nsource = 'irri-awd'\n"
    rule = overlay.lay([written(tmp_path, own)]).rules["rice-water-low"]

    (line,) = lint.of_change(rule, packs()["rice-water-low"])

    assert "nobody has approved them, so the rule ships off now" in line


def test_rules_that_no_test_names_are_told(tmp_path):
    (rule,) = load(written(tmp_path, GOOD)).values()
    tests = [{"test": [{"expect": [{"rule": "a"}], "quiet": ["b"]}, 3]}, {"test": 5}]

    named = lint.tested(tests)

    assert named == {"a", "b"}
    assert list(lint.of_tests([rule], named)) == [
        "rules.my-water: no test names it; see canhdong rules test"
    ]
