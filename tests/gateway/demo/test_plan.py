"""The story's deeds and captions come on their days, in each scenario."""

from itertools import pairwise

import pytest

from drivers.sim.story import DAYS, SCENARIOS, Scenario
from gateway.demo.plan import CUT, DRAINED, caption, due


def deeds(scenario: Scenario) -> list[tuple[int, str]]:
    """Day of the story, from 1, and deed."""
    return [(int(deed.day) + 1, deed.what) for deed in due(scenario, -1.0, DAYS)]


def test_the_story_cuts_the_link_on_day_three_and_unplugs_a_probe_on_day_five() -> None:
    assert deeds("story") == [(3, "cut"), (4, "mend"), (5, "unplug"), (6, "plug")]


def test_a_quiet_field_is_left_alone_and_a_faulty_one_loses_a_probe_for_good() -> None:
    assert deeds("quiet") == []
    assert deeds("faults") == [(3, "unplug")]


def test_each_deed_is_due_once_however_one_looks() -> None:
    looks = [0.0, 2.2999, 2.3, 2.31, 8.5]

    found = [due("story", a, b) for a, b in pairwise(looks)]

    assert [[deed.what for deed in look] for look in found] == [
        [],
        ["cut"],
        [],
        ["mend", "unplug", "plug"],
    ]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_day_has_a_caption_that_fits_one_line(scenario: Scenario) -> None:
    for quarter in range(-1, 4 * DAYS):
        told = caption(scenario, quarter / 4, None)

        number = max(0, quarter) // 4 + 1
        assert told.vi.startswith(f"Ngày {number}: ")
        assert told.en.startswith(f"Day {number}: ")
        assert max(map(len, told)) <= 74


@pytest.mark.parametrize("link", [CUT, DRAINED])
def test_what_the_link_does_goes_before_the_story(link: tuple[str, str]) -> None:
    assert caption("story", 4.5, link) == (f"Ngày 5: {link[0]}", f"Day 5: {link[1]}")
