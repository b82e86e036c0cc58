from hypothesis import given
from hypothesis import strategies as st

from rules.models.water import to_do


def test_five_centimetres_are_kept_for_a_week_on_either_side_of_flowering() -> None:
    answers = [to_do(2.0, days) for days in (8, 7, 0, -7, -8)]

    keep = "irrigate_to_5cm"
    assert answers == ["hold", keep, keep, keep, "hold"]


def test_the_cautious_preset_irrigates_earlier() -> None:
    assert to_do(-10.0, 30) == "hold"
    assert to_do(-10.0, 30, safe_cm=-10.0) == "irrigate_to_5cm"


def test_an_unknown_flowering_is_told_only_where_it_decides() -> None:
    assert [to_do(cm, None) for cm in (-15.0, -3.0, 5.0)] == [
        "irrigate_to_5cm",
        None,
        "hold",
    ]


@given(st.floats(-40, 30), st.floats(0, 30), st.integers(-100, 100))
def test_less_water_never_asks_for_less(cm: float, less: float, days: int) -> None:
    if to_do(cm, days) == "irrigate_to_5cm":
        assert to_do(cm - less, days) == "irrigate_to_5cm"
