import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.magarey import (
    PATHOGENS,
    Pathogen,
    longest_need,
    response,
    spells,
    wet_hours_needed,
)

NAN = float("nan")
FLOWERS = PATHOGENS["Botrytis cinerea, flowers"]  # 1 h at 25 °C
APPLE = PATHOGENS["Phytophthora cactorum"]  # 2 to 5 h, 1 to 35 °C
pathogens = st.sampled_from(sorted(PATHOGENS)).map(PATHOGENS.__getitem__)


@pytest.mark.parametrize(
    ("name", "celsius", "hours"),  # computed with the R package infect
    [
        ("Plasmopara viticola", 24.0, 2.3186),
        ("Botrytis cinerea, flowers", 30.0, 1.3584),
        ("Phytophthora cactorum", 20.0, 2.3358),
    ],
)
def test_a_fungus_needs_the_hours_of_the_oracle(
    name: str, celsius: float, hours: float
) -> None:
    assert wet_hours_needed(PATHOGENS[name], celsius) == pytest.approx(hours, abs=5e-5)


def test_an_unmeasured_longest_need_comes_of_the_shortest() -> None:
    assert longest_need(1.0) == pytest.approx(6.8)


@given(pathogens, st.floats(-20, 50))
def test_the_response_lies_between_none_and_all(fungus: Pathogen, t: float) -> None:
    f = response(fungus, t)

    assert 0 <= f <= 1
    assert (f > 0) == (fungus.tmin_c < t < fungus.tmax_c) or f == 0


@given(pathogens, st.floats(-20, 50), st.floats(0, 10))
def test_nearer_to_the_optimum_never_needs_longer(
    fungus: Pathogen, t: float, step: float
) -> None:
    nearer = min(t + step, fungus.topt_c) if t < fungus.topt_c else t
    nearer = nearer if t < fungus.topt_c else max(t - step, fungus.topt_c)

    assert wet_hours_needed(fungus, nearer) <= wet_hours_needed(fungus, t) + 1e-9


def test_the_need_stays_between_its_bounds_or_is_endless() -> None:
    warmth = np.linspace(-10, 45, 200)

    needed = wet_hours_needed(APPLE, warmth)

    inside = (warmth > 1) & (warmth < 35)
    assert needed.shape == warmth.shape
    assert np.isinf(needed[~inside]).all()
    assert (needed[inside] >= APPLE.wmin_h).all()
    assert (needed[inside] <= APPLE.wmax_h).all()
    assert isinstance(wet_hours_needed(APPLE, 2.0), float)


def test_a_short_break_joins_two_spells_and_a_long_one_does_not() -> None:
    wet = [0, 1, 1, 0, 1, 0, 0, 1, 0]

    found = spells(APPLE, wet, [25.0] * 9, dry_limit_h=1)

    assert [(one.first, one.last, one.wet_hours) for one in found] == [
        (1, 4, 3),
        (7, 7, 1),
    ]
    assert [one.infects for one in found] == [True, False]


def test_an_unknown_hour_ends_a_spell_that_is_then_not_whole() -> None:
    found = spells(APPLE, [1, NAN, 1, 0, 0, 1], [25.0, NAN, 25.0, NAN, NAN, 25.0], 3)

    assert [(one.wet_hours, one.is_whole) for one in found] == [(1, False), (2, False)]


def test_only_the_wet_hours_have_a_temperature_that_counts() -> None:
    (found,) = spells(FLOWERS, [1, 0, 1], [20.0, 99.0, 30.0], dry_limit_h=1)

    assert found.mean_c == 25.0
    assert found.infects


def test_a_dry_series_has_no_spell() -> None:
    assert spells(FLOWERS, [0, 0], [NAN, NAN], 0) == []


@pytest.mark.parametrize(
    ("wet", "temperature", "limit", "says"),
    [
        ([], [], 0, "equal series"),
        ([1, 0], [20.0], 0, "equal series"),
        ([0.5], [20.0], 0, "wet hours are 1"),
        ([1], [NAN], 0, "temperature of wet hours"),
        ([1], [20.0], -1, "dry_limit_h"),
    ],
)
def test_hours_that_are_none_are_refused(
    wet: list[float], temperature: list[float], limit: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        spells(FLOWERS, wet, temperature, limit)


def test_a_pathogen_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="temperatures must rise"):
        Pathogen(tmin_c=10, topt_c=5, tmax_c=30, wmin_h=1, wmax_h=2)
    with pytest.raises(ValueError, match="wet hours must rise"):
        Pathogen(tmin_c=1, topt_c=5, tmax_c=30, wmin_h=3, wmax_h=2)
    with pytest.raises(ValueError, match="temperature is nan"):
        response(FLOWERS, NAN)
