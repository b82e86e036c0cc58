import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.crops import CROPS, Salt
from rules.models.salinity import from_irrigation, holds_to, relative_yield, stress

BEAN = 1.0, 19.0, 1.15  # threshold, slope, Ky; FAO-56 example 39

tolerant = st.sampled_from([c.salt for c in CROPS.values() if c.salt])


def test_the_bean_of_example_39_with_salt_and_drought() -> None:
    # FAO-56 p. 182: Dr 0, 50, 60 mm of TAW 110, RAW 44
    water = np.clip((110 - np.array([0, 50, 60])) / 66, 0, 1)

    both = stress(np.full(3, 1.5), *BEAN, water)

    assert both == pytest.approx([0.92, 0.83, 0.69], abs=0.008)


@given(tolerant, st.floats(0, 60), st.floats(0, 60))
def test_more_salt_never_yields_more(salt: Salt, a: float, b: float) -> None:
    crop = salt.threshold.low, salt.slope.high
    less, more = sorted((a, b))

    assert 0 <= relative_yield(more, *crop) <= relative_yield(less, *crop) <= 100


@given(tolerant)
def test_half_of_the_yield_is_left_where_the_formula_ends(salt: Salt) -> None:
    crop = salt.threshold.low, salt.slope.low

    assert relative_yield(holds_to(*crop), *crop) == pytest.approx(50)


def test_stress_beyond_half_the_yield_is_refused_with_the_bound() -> None:
    with pytest.raises(ValueError, match=r"ECe .* from 0 to 3\.63"):
        stress(4.0, *BEAN)


def test_water_concentrates_by_how_little_is_leached() -> None:
    half = from_irrigation(np.array([1.0, 2.0]), 0.15)

    assert half == pytest.approx([1.533, 3.067], abs=0.001)
    assert from_irrigation(1.0, 0.05) > from_irrigation(1.0, 0.3)


def test_no_leaching_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="leaching fraction"):
        from_irrigation(1.0, 0.0)


@pytest.mark.parametrize("ece", [-0.1, float("nan"), float("inf")])
def test_what_is_no_conductivity_is_refused(ece: float) -> None:
    with pytest.raises(ValueError, match="ECe"):
        relative_yield(ece, 1.7, 12)
