from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rules.models.epirice import (
    Epidemic,
    age_response,
    epidemic,
    temperature_response,
    wet_day,
)
from rules.models.epirice_diseases import DISEASES, LEAF_BLAST

NAMES = sorted(DISEASES)
DAYS = 120


def steady(name: str, temperature: float, wet: bool = True) -> Epidemic:
    """A season of equal days."""
    days = np.ones(DAYS)
    return epidemic(
        DISEASES[name], temperature * days, (95.0 if wet else 60.0) * days, 0 * days
    )


def test_a_month_of_blast_is_that_of_the_authors_program() -> None:
    """epicrop's day 60 of a season at 22 °C, wet every day, and its whole area."""
    found = epidemic(LEAF_BLAST, [22.0] * DAYS, [92.0] * DAYS, [0.0] * DAYS)

    assert found.healthy[59] == pytest.approx(21149.36, abs=0.01)
    assert found.diseased[59] == pytest.approx(551.6675, abs=1e-4)
    assert found.audpc == pytest.approx(1.539131, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_dry_season_has_only_the_first_site(name: str) -> None:
    found = steady(name, 26.0, wet=False)

    assert found.diseased.max() == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_before_its_onset_there_is_no_disease(name: str) -> None:
    found = steady(name, 26.0)
    onset = DISEASES[name].onset_d

    assert not found.diseased[:onset].any()
    assert found.diseased[onset] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_optimum_of_its_table_is_the_worst_season(name: str) -> None:
    best = max(DISEASES[name].by_temperature, key=lambda point: point[1])[0]

    areas = {t: steady(name, float(t)).audpc for t in range(8, 47)}

    assert areas[int(best)] == max(areas.values())
    assert areas[8] == pytest.approx(areas[46])


def test_blast_has_its_optimum_at_20_and_not_at_the_printed_25() -> None:
    assert temperature_response(LEAF_BLAST, 20.0) == 1.0
    assert temperature_response(LEAF_BLAST, 25.0) == 0.6


def test_rain_makes_a_day_wet_as_humid_air_does() -> None:
    found = wet_day(np.array([90.0, 89.9, 50.0, 50.0]), np.array([0.0, 0, 5.0, 4.9]))

    assert found.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_the_oldest_crop_of_the_tables_is_of_day_120() -> None:
    for disease in DISEASES.values():
        assert age_response(disease, 120.0) > 0
        assert age_response(disease, 120.5) == 0


def test_fields_side_by_side_are_those_alone() -> None:
    warmth = np.stack([np.full(DAYS, 22.0), np.full(DAYS, 26.0)], axis=1)
    humidity = np.stack([np.full(DAYS, 95.0), np.tile([95.0, 80.0], DAYS // 2)], axis=1)

    both = epidemic(LEAF_BLAST, warmth, humidity, np.zeros_like(warmth))

    for field in (0, 1):
        alone = epidemic(
            LEAF_BLAST, warmth[:, field], humidity[:, field], np.zeros(DAYS)
        )
        assert both.healthy[:, field].tolist() == alone.healthy.tolist()
        assert both.audpc[field] == pytest.approx(alone.audpc)
        assert isinstance(alone.audpc, float)


weather = st.tuples(
    arrays(float, DAYS, elements=st.floats(5, 45)),
    arrays(float, DAYS, elements=st.floats(30, 100)),
    arrays(float, DAYS, elements=st.floats(0, 200)),
)


@pytest.mark.slow
@given(st.sampled_from(NAMES), weather)
def test_sites_are_never_lost_or_negative(name: str, days: Any) -> None:
    found = epidemic(DISEASES[name], *days)

    assert (found.healthy >= 0).all()
    assert (np.diff(found.diseased) >= -1e-9).all()
    assert (np.diff(found.removed) >= -1e-9).all()
    assert (found.intensity >= 0).all()
    assert (found.intensity <= 1).all()


@pytest.mark.slow
# Dying lesions take healthy sites along: in bacterial blight, whose new infections
# go by their share to the fourth power, an early wet day can cost 0.2 % of the last.
@given(
    st.sampled_from([name for name in NAMES if name != "bacterial_blight"]),
    weather,
    st.integers(0, DAYS - 1),
)
def test_one_more_wet_day_never_makes_less_disease(
    name: str, days: Any, day: int
) -> None:
    temperature, humidity, rain = days
    wetter = rain.copy()
    wetter[day] += 5.0

    plain = epidemic(DISEASES[name], temperature, humidity, rain)
    more = epidemic(DISEASES[name], temperature, humidity, wetter)

    assert more.diseased[-1] >= plain.diseased[-1] * (1 - 1e-9)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (([], [], []), "0 days"),
        (([25.0], [90.0], [0.0]), "1 days"),
        (([25.0] * 122, [90.0] * 122, [0.0] * 122), "122 days"),
        ((25.0, 90.0, 0.0), "equal series"),
        (([25.0] * 9, [90.0] * 8, [0.0] * 9), "equal series"),
        (([25.0, float("nan")], [90.0] * 2, [0.0] * 2), r"temperature: 1 of 2"),
        (([25.0] * 2, [90.0, 101.0], [0.0] * 2), r"humidity: 1 of 2"),
        (([25.0] * 2, [90.0] * 2, [0.0, -1.0]), r"rain: 1 of 2"),
        (([25.0, float("inf")], [90.0] * 2, [0.0] * 2), r"temperature: 1 of 2"),
    ],
)
def test_a_season_that_is_none_is_refused(days: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        epidemic(LEAF_BLAST, *days)
