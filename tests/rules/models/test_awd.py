import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.awd import Facts, Hold, Phase, State, held, settled, step
from rules.models.water import to_do

HOUR = 3_600_000
levels = st.lists(st.floats(-25, 12), min_size=1, max_size=40)


def _phases(
    heights: Iterable[float | None],
    days: float | None = 30,
    hold: Hold | None = None,
    safe_cm: float = -15.0,
) -> str:
    state, seen = None, ""
    for number, level in enumerate(heights):
        facts = Facts(
            at_ms=number * HOUR, level_cm=level, days_to_flowering=days, hold=hold
        )
        state = step(state, facts, safe_cm)
        seen += state.phase.name[0] if state else "."
    return seen


@pytest.mark.parametrize(
    ("heights", "phases"),
    [
        ([4, 1, -1.5, -9, -15, -16, -14.9, -8, 3, 5], "FFDDTTRRRF"),
        ([3, -2, -8, 2], "FDDF"),  # rain
        ([-15, -14, -10, -11], "TRRD"),  # the water stopped short
        ([-15, -14, -13, -15.5], "TRRT"),  # and fell again
        ([0.4, -0.4, 0.4, -0.9, 0.9], "FFFFF"),  # ripples
        ([-0.4, 0.4, -0.4, 0.9], "DDDD"),
        ([-15, -14.6, -15.3, -14.4], "TTTT"),  # noise takes no request back
        ([-20], "T"),
        ([None, None, 4, None, -2], "..FFD"),
    ],
)
def test_a_field_goes_through_its_cycle(
    heights: list[float | None], phases: str
) -> None:
    assert _phases(heights) == phases


def test_around_flowering_water_is_asked_for_a_deadband_below_five_centimetres() -> (
    None
):
    assert _phases([6, 4.5, 4.1, 3.9, 4.5, 4.9, 5, 4.2], days=3) == "FFFTTRFF"


def test_the_window_of_flowering_opens_a_request_and_closes_it() -> None:
    state = None
    seen = []
    for day in (9, 8, 7, -7, -8):
        facts = Facts(at_ms=-day, level_cm=-3.0, days_to_flowering=day)
        state = step(state, facts)
        assert state is not None
        seen.append(state.phase)

    dry, asked = Phase.DRYING, Phase.TRIGGER
    assert seen == [dry, dry, asked, asked, dry]


def test_a_rest_asks_for_nothing_and_a_pond_may_not_fall_dry() -> None:
    assert _phases([2, -3, -16], hold="rest") == "FDD"
    assert _phases([2, 0.5, 0, -3], hold="pond") == "FFTT"


def test_the_cautious_preset_asks_earlier() -> None:
    assert _phases([-9, -10], safe_cm=-10) == "DT"


def test_an_unknown_flowering_is_told_where_it_decides() -> None:
    def look(level: float, hold: Hold | None = None) -> State:
        facts = Facts(at_ms=0, level_cm=level, days_to_flowering=None, hold=hold)
        state = step(None, facts)
        assert state is not None
        return state

    assert [look(cm).is_sure for cm in (6, 0, -15)] == [True, False, True]
    assert look(0, hold="rest").is_sure


def test_a_phase_remembers_its_begin_and_its_furthest_level() -> None:
    state = None
    for number, level in enumerate([-15.0, -17.0, -16.5]):
        facts = Facts(at_ms=number, level_cm=level, days_to_flowering=30)
        state = step(state, facts)

    assert state == State(phase=Phase.TRIGGER, since_ms=0, seen_ms=2, turn_cm=-17.0)


@given(levels, st.one_of(st.none(), st.integers(-100, 100)))
def test_a_field_at_the_safe_line_is_asked_for_or_filling(
    heights: list[float], days: int | None
) -> None:
    phases = _phases(heights, days)

    for level, phase in zip(heights, phases, strict=True):
        if to_do(level, days) == "irrigate_to_5cm" and level <= -15:
            assert phase in "TR"


@given(st.floats(-20, 8), st.lists(st.floats(-0.49, 0.49), max_size=40))
def test_noise_within_the_deadband_changes_the_phase_once_at_most(
    level: float, noise: list[float]
) -> None:
    phases = _phases([level, *(level + one for one in noise)])

    assert sum(a != b for a, b in pairwise(phases)) <= 1


def test_the_middle_of_three_readings_drops_a_jump() -> None:
    assert settled([-3.0, -3.1]) is None
    assert settled([0.0, -3.0, 99.0, -3.2]) == -3.0


def test_holds_run_out() -> None:
    assert [held(days) for days in (13, 14)] == ["rest", None]
    assert [held(None, days) for days in (4, 5)] == ["pond", None]
    assert [held(None, None, days) for days in (2, 3)] == ["pond", None]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"level_cm": float("nan")}, "water level is nan"),
        ({"level_cm": float("inf")}, "water level is inf"),
        ({"days_to_flowering": float("nan")}, "days to flowering"),
        ({"at_ms": 5}, "sort them"),
    ],
)
def test_bad_facts_are_refused(facts: dict[str, float], says: str) -> None:
    good = {"at_ms": 6, "level_cm": 2.0, "days_to_flowering": 30.0}
    state = State(phase=Phase.FLOODED, since_ms=0, seen_ms=5, turn_cm=2.0)

    with pytest.raises(ValueError, match=says):
        step(state, Facts(**{**good, **facts}))  # type: ignore[arg-type]  # by name


def test_a_safe_line_above_the_surface_is_refused() -> None:
    with pytest.raises(ValueError, match="below the surface"):
        step(None, Facts(at_ms=0, level_cm=2.0, days_to_flowering=30), safe_cm=15)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["awd", "methane", "crops", "soils"])
def test_what_the_gateway_may_run_needs_no_numpy(module: str) -> None:
    code = f"import sys, rules.models.{module}; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
