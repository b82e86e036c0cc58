import pytest

from rules.models.methane import WATER_FACTOR, reduction_percent, water_factor


def test_the_factors_of_the_programme() -> None:
    # nongnghiep.vn d378569: one drainage spares 29 %, AWD 45 %
    assert water_factor("single_drainage") == 0.71
    assert (reduction_percent("single_drainage"), reduction_percent("awd")) == (29, 45)


def test_no_regime_emits_more_than_continuous_flooding() -> None:
    assert max(WATER_FACTOR.values()) == water_factor("continuous_flooding") == 1


def test_an_unknown_regime_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match="known: continuous_flooding"):
        water_factor("sometimes")
