import pytest

from telemetry import topics
from telemetry.quantity import INSECT_COUNTS, QUANTITIES, Kind
from telemetry.reading import Flag, Reading
from telemetry.series import Series
from telemetry.topics import Identity

SOIL = {
    "quantity": "soil_moisture", "coop": "htx-moduc", "gateway": "g1",
    "plot": "p17", "sensor": "soil-a1", "z": -10,
}  # fmt: skip


def test_the_names_of_version_1_are_all_there():
    assert list(QUANTITIES) == [
        "soil_moisture", "soil_temperature", "soil_conductivity", "soil_ph",
        "water_level", "water_conductivity", "air_temperature", "relative_humidity",
        "leaf_wetness", "air_pressure", "solar_radiation", "wind_speed", "wind_gust",
        "illuminance", "co2", "battery_voltage", "supply_voltage",
        "enclosure_temperature", "wind_direction", "rain_total", "water_volume",
        "pulse_count", "trap_beam_breaks", "poll_count", "trap_count", "pest_density",
        "pest_per_tiller", "plants_affected", "pump_state",
    ]  # fmt: skip


def test_every_quantity_is_described_whole():
    for quantity in QUANTITIES.values():
        assert quantity.low < quantity.high
        assert quantity.about.endswith(".")
        assert quantity.unit
        assert quantity.ucum
        assert quantity.rec20
    assert {
        q.name for q in QUANTITIES.values() if q.kind is Kind.AMOUNT
    } == INSECT_COUNTS


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quantity": "soil_wetness"}, "unknown quantity"),
        ({"coop": "HTX"}, "coop"),
        ({"sensor": "a/b"}, "sensor"),
        ({"plot": ""}, "plot"),
        ({"plot": "p" * 41}, "plot"),
        ({"z": 5001}, "z 5001"),
        ({"pest": "LAPHEG", "stage": "adult"}, "neither pest nor stage"),
        ({"quantity": "trap_count"}, "needs pest"),
        ({"quantity": "trap_count", "pest": "LAPHEG"}, "needs stage"),
        ({"quantity": "trap_count", "pest": "moth,x", "stage": "adult"}, "needs pest"),
    ],
)
def test_a_series_that_the_wire_could_not_carry_is_refused(change, why):
    with pytest.raises(ValueError, match=why):
        Series(**(SOIL | change))


@pytest.mark.parametrize(("value", "flag"), [(None, Flag.GOOD), (1.0, Flag.MISSING)])
def test_a_value_and_a_gap_exclude_each_other(value, flag):
    with pytest.raises(ValueError, match="soil-a1"):
        Reading("soil-a1", "soil_moisture", 1, value, flag)


def test_topics_read_back():
    here = Identity("htx-moduc", "g1")

    assert topics.parse(here.topic(topics.UP_HELLO)) == (here, "up/hello")
    assert here.all_down == "canhdong/v1/htx-moduc/g1/down/+"


@pytest.mark.parametrize(
    "topic",
    [
        "", "canhdong/v1", "canhdong/v2/a/b/up/z", "canhdong/v1/a/b/up",
        "canhdong/v1/A/b/up/z", "canhdong/v1/a/b/side/z", "canhdong/v1/a/b/up/z/y",
        "x/canhdong/v1/a/b/up/z", "canhdong/v1/a//up/z", "$SYS/broker",
    ],
)  # fmt: skip
def test_what_is_not_one_of_our_topics_is_none(topic):
    assert topics.parse(topic) is None
