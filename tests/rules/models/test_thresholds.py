import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.thresholds import (
    SETS,
    Threshold,
    infestation_class,
    stem_borer_at_heading,
    threshold,
)

ALL = [one for each in SETS.values() for one in each]


@pytest.mark.parametrize(
    ("egg_masses", "action"),
    [(0.0, "none"), (0.19, "none"), (0.2, "spray_once"), (0.99, "spray_once"),
     (1.0, "spray_twice")],
)  # fmt: skip
def test_stem_borer_at_heading_is_sprayed_by_its_egg_masses(
    egg_masses: float, action: str
) -> None:
    assert stem_borer_at_heading(egg_masses) == action


@pytest.mark.parametrize(
    ("species", "density", "level"),
    [
        ("leptocorisa", 2.9, "none"),
        ("leptocorisa", 3.0, "light"),
        ("leptocorisa", 6.0, "light"),
        ("leptocorisa", 12.0, "medium"),
        ("leptocorisa", 12.1, "heavy"),
        ("black_green_bug", 20.0, "light"),
        ("black_green_bug", 40.0, "medium"),
        ("black_green_bug", 41.0, "above_medium"),
    ],
)
def test_an_area_has_the_class_of_its_bugs(
    species: str, density: float, level: str
) -> None:
    assert infestation_class(species, density) == level


def test_every_threshold_names_its_source_and_unit_and_rises() -> None:
    for one in ALL:
        lows = [level.low for level in one.levels]
        assert one.source
        assert one.unit
        assert one.printed
        assert lows == sorted(set(lows))


def test_sources_that_disagree_stay_apart() -> None:
    by_set = {
        name: threshold(
            name, "Cnaphalocrocis medinalis", "tillering", "% of leaves damaged"
        ).levels[0].low
        for name in ("ba-ria-vung-tau", "litsinger-2006")
    }  # fmt: skip

    assert by_set == {"ba-ria-vung-tau": 10, "litsinger-2006": 15}


@given(st.sampled_from(ALL), st.floats(0, 1e4), st.floats(0, 1e4))
def test_more_insects_never_have_a_lower_level(
    one: Threshold, a: float, b: float
) -> None:
    order = ["none", *(level.name for level in one.levels)]

    few, many = (order.index(one.level(count)) for count in sorted((a, b)))

    assert few <= many


@pytest.mark.parametrize("count", [float("nan"), float("inf"), -1.0])
def test_what_is_no_count_is_refused(count: float) -> None:
    with pytest.raises(ValueError, match="must be 0 or more"):
        stem_borer_at_heading(count)


def test_a_threshold_nobody_has_is_refused_and_never_guessed() -> None:
    with pytest.raises(ValueError, match="is unknown; known: nam-dinh"):
        threshold("national", "Nilaparvata lugens", "booting")
    with pytest.raises(ValueError, match="none; choose another set"):
        threshold("kerala", "thrips", "booting")
    with pytest.raises(ValueError, match="several; name the unit"):
        threshold("litsinger-2006", "Cnaphalocrocis medinalis", "vegetative")
