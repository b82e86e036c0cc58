import pytest

from rules.models.crops import CROPS, Lengths, Span
from rules.stages import STAGES_OF

NOT_READ = {
    "garlic": "lengths",
    "watermelon": "lengths",
    "onion-green": "roots_m",
}
"""Cells for which no source was read: they stay empty."""


def test_every_crop_whose_coefficients_are_known_has_a_full_row() -> None:
    gaps = {
        (name, cell)
        for name, crop in CROPS.items()
        for cell in ("lengths", "kc", "kcb", "height_m", "roots_m", "p")
        if crop.kc is not None and not getattr(crop, cell)
    }

    assert gaps == {*NOT_READ.items(), ("onion-green", "p")}


def test_the_stages_of_the_gateway_are_those_of_the_table() -> None:
    common = [name for name in STAGES_OF if name in CROPS and name != "rice"]
    sown = [name for name in common if STAGES_OF[name]]

    assert {name: tuple(STAGES_OF[name].values()) for name in sown} == {
        name: CROPS[name].lengths[0] for name in sown
    }
    assert len(sown) == 14


def test_every_figure_is_of_a_possible_size() -> None:
    for crop in CROPS.values():
        for k in (crop.kc, crop.kcb):
            assert k is None or all(0.1 <= one <= 1.3 for one in k)
        spans = [crop.roots_m, crop.ky, crop.salt and crop.salt.threshold]
        assert all(span.low <= span.high for span in spans if span)
        assert crop.p is None or 0.2 <= crop.p <= 0.65


def test_a_basal_coefficient_is_never_above_the_single_one() -> None:
    for crop in CROPS.values():
        if crop.kc and crop.kcb:
            assert all(b <= k for b, k in zip(crop.kcb, crop.kc, strict=True))


def test_the_table_says_what_p_of_rice_is_a_share_of() -> None:
    assert CROPS["rice"].p_of == "saturation"
    assert {crop.p_of for name, crop in CROPS.items() if name != "rice"} == {
        "available"
    }


def test_the_bean_of_example_39_is_in_the_table() -> None:
    salt = CROPS["bean"].salt

    assert salt is not None
    assert (salt.threshold, salt.slope) == (Span(1.0, 1.0), Span(19, 19))


def test_scaled_stages_fill_the_season_in_the_same_shares() -> None:
    scaled = Lengths(30, 30, 60, 30).scaled_to(105)

    assert scaled.total == pytest.approx(105)
    assert scaled.mid / scaled.initial == pytest.approx(2)


@pytest.mark.parametrize("days", [0, -5, float("nan"), float("inf")])
def test_a_season_of_no_length_is_refused(days: float) -> None:
    with pytest.raises(ValueError, match="give days above 0"):
        Lengths(30, 30, 60, 30).scaled_to(days)
