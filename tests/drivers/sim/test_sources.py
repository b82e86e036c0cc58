"""Values to pretend with."""

import pytest

from drivers.sim.sources import Curve, scripted
from drivers.sim.world import HOUR_MS, HOURS, World
from telemetry.quantity import QUANTITIES, Kind

MONTH_MS = HOURS * HOUR_MS
RAMP = ((0.0, 10.0), (100.0, 20.0))


@pytest.mark.parametrize(
    ("at_s", "value"), [(-5, 10.0), (0, 10.0), (25, 12.5), (100, 20.0), (500, 20.0)]
)
def test_a_curve_runs_straight_between_its_points(at_s: float, value: float) -> None:
    assert Curve(points=RAMP).at(at_s) == value


@pytest.mark.parametrize(("at_s", "value"), [(0, 10.0), (99, 10.0), (100, 20.0)])
def test_a_stepped_curve_holds_until_the_next_point(at_s: float, value: float) -> None:
    assert Curve(points=RAMP, step=True).at(at_s) == value


def test_nan_in_a_script_is_a_gap() -> None:
    curve = Curve(points=((0.0, 1.0), (10.0, float("nan"))), step=True, repeat_s=20)

    assert [curve.at(at_s) for at_s in (5, 15, 25)] == [1.0, None, 1.0]


def test_points_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="points need times that rise"):
        Curve(points=((10.0, 1.0), (0.0, 2.0)))


def test_a_script_stands_before_the_field_and_counts_from_its_start() -> None:
    curves = {("soil-a", "soil_moisture"): Curve(points=RAMP)}

    source = scripted(curves, World(1).value, 5_000_000)

    assert source("soil-a", "soil_moisture", 5_050_000) == 15.0
    assert source("soil-b", "soil_moisture", 0) == World(1).value(
        "soil-b", "soil_moisture", 0
    )


def test_the_same_seed_gives_the_same_field_and_another_seed_another() -> None:
    fields = [World(seed).value("s", "air_temperature", HOUR_MS) for seed in (4, 4, 5)]

    assert fields[0] == fields[1] != fields[2]


@pytest.mark.slow
@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_the_field_stays_within_what_is_possible(quantity: str) -> None:
    world = World(2)

    values = [world.value("s", quantity, n * HOUR_MS // 3) for n in range(3 * HOURS)]

    about = QUANTITIES[quantity]
    assert all(value is None or about.is_possible(value) for value in values)


@pytest.mark.parametrize(
    "quantity", sorted(q.name for q in QUANTITIES.values() if q.kind is Kind.COUNTER)
)
def test_totals_never_fall_not_even_where_the_month_begins_again(quantity: str) -> None:
    world = World(2)
    instants = range(0, 2 * MONTH_MS + 5 * HOUR_MS, HOUR_MS // 2)

    values = [world.value("s", quantity, at_ms) for at_ms in instants]

    known = [value for value in values if value is not None]
    assert known == sorted(known)


def test_the_paddy_falls_dry_and_is_flooded_again() -> None:
    world = World(2)
    levels = [world.value("s", "water_level", n * HOUR_MS) or 0.0 for n in range(HOURS)]

    assert min(levels) < -13.0
    assert max(levels[levels.index(min(levels)) :]) > 4.0


def test_nights_are_dark() -> None:
    assert World(0).value("s", "solar_radiation", 18 * HOUR_MS) == 0.0  # 1 h local time
