from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.plot import Plot
from rules.stages import STAGES_OF, days_to_heading, heading_of, stage_on

SOWN = date(2025, 12, 23)  # the middle of the province's Đông Xuân calendar
RICE = Plot(id="p17", name="thửa 17", crop="rice", sown=SOWN, duration_days=106)


def test_rice_of_the_winter_season_heads_within_the_calendars_fortnight() -> None:
    heading = heading_of(RICE)

    assert heading is not None
    assert date(2026, 3, 1) <= heading <= date(2026, 3, 15)


@pytest.mark.parametrize(
    ("age", "stage"),
    [
        (-1, None),
        (0, "seedling"),
        (17, "seedling"),
        (18, "tillering"),
        (55, "booting"),
        (85, "heading"),
        (90, "heading"),
        (95, "ripening"),
        (119, "ripening"),
        (120, None),
    ],
)
def test_a_rice_of_120_days_grows_as_the_table_says(
    age: int, stage: str | None
) -> None:
    rice = replace(RICE, duration_days=120)

    assert stage_on(rice, SOWN + timedelta(days=age)) == stage


def test_a_seen_heading_moves_the_stages_on_both_its_sides() -> None:
    late = replace(RICE, duration_days=120, heading=SOWN + timedelta(days=100))

    stages = [stage_on(late, SOWN + timedelta(days=age)) for age in (94, 100, 106, 119)]

    assert stages == ["booting", "heading", "ripening", "ripening"]
    assert days_to_heading(late, SOWN + timedelta(days=93)) == 7


@pytest.mark.parametrize(
    "unclear",
    [
        replace(RICE, sown=None),
        replace(RICE, duration_days=None),
        replace(RICE, crop="garlic"),
        replace(RICE, crop="tobacco"),
        replace(RICE, heading=SOWN),
        replace(RICE, heading=SOWN + timedelta(days=200)),
    ],
)
def test_a_stage_is_unknown_where_its_grounds_are(unclear: Plot) -> None:
    assert stage_on(unclear, date(2026, 2, 1)) is None


def test_only_rice_has_a_heading_unless_one_was_seen() -> None:
    onion = replace(RICE, crop="onion")
    seen = replace(onion, crop="rice", sown=None, heading=date(2026, 3, 3))

    assert heading_of(onion) is None
    assert days_to_heading(onion, SOWN) is None
    assert heading_of(seen) == date(2026, 3, 3)


@given(
    crop=st.sampled_from([crop for crop in STAGES_OF if STAGES_OF[crop]]),
    duration=st.integers(60, 400),
    seen=st.none() | st.floats(0.4, 0.9),
)
def test_stages_come_in_order_and_fill_the_season(
    crop: str, duration: int, seen: float | None
) -> None:
    heading = None if seen is None else SOWN + timedelta(days=round(seen * duration))
    plot = replace(RICE, crop=crop, duration_days=duration, heading=heading)

    stages = [stage_on(plot, SOWN + timedelta(days=age)) for age in range(duration)]

    assert list(dict.fromkeys(stages)) == list(STAGES_OF[crop])
