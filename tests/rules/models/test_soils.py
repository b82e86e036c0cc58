import pytest

from rules.models.soils import TEXTURES, Soil, middle


def test_the_evaporable_water_of_the_table_fits_its_water_contents() -> None:
    # TEW printed for Ze 0.10 m; the corners FC, WP of a row span it within 2 mm,
    # but for silty clay, whose wet corner (0.42, 0.17) the book does not combine
    for name, row in TEXTURES.items():
        soil = middle(name)

        slack = 2.5 if name in {"silty-clay", "sand", "loamy-sand"} else 2
        assert row.tew_mm.low - slack <= soil.tew_mm <= row.tew_mm.high + slack


def test_finer_soil_holds_no_less_at_wilting_until_clay() -> None:
    lows = [row.wilting_point.low for row in TEXTURES.values()]

    assert lows == sorted(lows)


def test_a_water_content_in_percent_is_told() -> None:
    with pytest.raises(ValueError, match="in percent"):
        Soil(theta_fc=23, theta_wp=10, rew_mm=8)


@pytest.mark.parametrize(
    "soil",
    [
        {"theta_fc": 0.10, "theta_wp": 0.23, "rew_mm": 8},
        {"theta_fc": float("nan"), "theta_wp": 0.1, "rew_mm": 8},
        {"theta_fc": 0.23, "theta_wp": 0.1, "rew_mm": 18},
        {"theta_fc": 0.23, "theta_wp": 0.1, "rew_mm": float("nan")},
        {"theta_fc": 0.23, "theta_wp": 0.1, "rew_mm": 8, "ze_m": 0},
    ],
)
def test_what_is_no_soil_is_refused(soil: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="soil: "):
        Soil(**soil)


def test_an_unknown_texture_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match="known: sand, loamy-sand"):
        middle("mud")
