"""The tests that the packs ship with: they hold, and leave no rule out."""

from functools import cache

import pytest

from rules import trial, trial_file, trial_verdict
from rules.rule import packs

SUITES = {path.stem: trial_file.load(path) for path in trial_file.shipped()}
CASES = [
    pytest.param(name, at, id=f"{name}: {each.name}")
    for name, suite in SUITES.items()
    for at, each in enumerate(suite.trials)
]


@cache
def followed(name: str, at: int) -> trial.Course:
    suite = SUITES[name]
    of = suite.trials[at]
    return trial.follow(of, [suite.rules[rule] for rule in of.rules])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "at"), CASES)
def test_a_pack_tells_what_its_test_expects_and_nothing_else(name: str, at: int):
    faults = trial_verdict.faults(SUITES[name].trials[at], followed(name, at))

    assert faults == [], "\n".join(faults)


@pytest.mark.slow
def test_every_rule_that_is_shipped_fires_in_a_test_and_is_quiet_in_one():
    fires, quiet = set(), set()
    for case in CASES:
        name, at = case.values
        of = SUITES[name].trials[at]
        fires |= {each.rule for each in of.expected}
        quiet |= trial_verdict.proven_quiet(of, followed(name, at))

    assert sorted(packs().keys() - fires) == [], "fires in no test"
    assert sorted(packs().keys() - quiet) == [], "is quiet in no test"
