"""Which checks a gateway's readings are held to, by plot, device and config."""

import pytest

from gateway import check, wiring
from gateway.flagging import Flagging
from rules.quality.flat_line import FlatLine
from rules.quality.spans import Span
from rules.quality.steps import Step
from telemetry.reading import Flag, Reading
from tests.gateway.test_check import GOOD, told

AIR = """
[buses.b1]
port = "/dev/ttyY"
[devices.hut]
driver = "xy-md02"
bus = "b1"
every_s = 60
[sensors.hut]
device = "hut"
plot = "p17"
z = 150
"""
QUALITY = "[sensors.hut.quality]\n"


def channels(folder, text: str):
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return wiring.channels(check.load(path))


def flags(found, quantity: str, values, *, every_s: float = 60) -> list[Flag]:
    flagging = Flagging(found, {})
    return [
        flagging.take(
            Reading(
                sensor="hut",
                quantity=quantity,
                boot_ms=round(number * every_s * 1000),
                value=value,
                flag=Flag.UNCHECKED,
            )
        )[2]
        for number, value in enumerate(values)
    ]


def test_what_the_climate_never_has_is_suspect_where_the_height_is_known(tmp_path):
    low = channels(tmp_path, GOOD + "elevation_m = 8\n" + AIR)
    high = channels(tmp_path, GOOD + "elevation_m = 1100\n" + AIR)
    nowhere = channels(tmp_path, GOOD + AIR)

    assert flags(low, "air_temperature", [4.0]) == [Flag.SUSPECT]
    assert flags(high, "air_temperature", [4.0]) == [Flag.GOOD]
    assert flags(nowhere, "air_temperature", [4.0]) == [Flag.GOOD]


def test_what_lies_still_for_longer_than_air_does_is_suspect(tmp_path):
    found = channels(tmp_path, GOOD + AIR)

    said = flags(found, "air_temperature", [25.0] * 14, every_s=3600)

    assert said == [Flag.GOOD] * 12 + [Flag.SUSPECT] * 2


def test_one_sensor_may_have_limits_of_its_own(tmp_path):
    own = (
        "air_temperature = { expected = [0, 30], step = [1, 2], "
        "flat = { change = 0.2, within_h = 6 } }\n"
        "relative_humidity = { rated = [0, 80], expected = false, flat = false }\n"
    )

    found = channels(tmp_path, GOOD + AIR + QUALITY + own)

    air = found["hut", "air_temperature"].checks
    assert (air.expected, air.step) == (Span(0, 30), Step(1, 2))
    assert air.flat == FlatLine(0.2, 6 * 3600)
    damp = found["hut", "relative_humidity"].checks
    assert (damp.expected, damp.rated, damp.flat) == (None, Span(0, 80), None)
    assert flags(found, "relative_humidity", [81.0]) == [Flag.SUSPECT]


def test_what_the_maker_vouches_for_may_be_corrected_for_rules_too(tmp_path):
    better = "relative_humidity = { rated = [0, 100] }\n"
    folder = tmp_path / "gateway.toml"
    folder.write_text(GOOD + AIR + QUALITY + better, encoding="utf-8")

    (damp,) = (
        place
        for place in wiring.places(check.load(folder))
        if place.quantity == "relative_humidity"
    )

    assert damp.rated == (0, 100)


def test_a_dry_tube_is_a_state_and_no_flat_line(tmp_path):
    tube = """
[devices.tube]
driver = "qdy30a"
bus = "b0"
address = 4
every_s = 300
[sensors.tube]
device = "tube"
plot = "p17"
zero = { value = 28, date = "2026-11-01", author = "N. V. A." }
"""
    found = channels(tmp_path, GOOD + tube)

    assert found["tube", "water_level"].checks.flat.may_rest(-28.0)
    assert not found["tube", "water_level"].checks.flat.may_rest(-20.0)


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        ("co2 = {}", "co2: is not measured here; known: air_temperature, relative"),
        ("air_temperature = { expected = [30, 0] }", "give the lower end first"),
        ("air_temperature = { expected = [-99, 0] }", "is not within possible"),
        ("air_temperature = { flat = true }", "flat: true says nothing; leave it out"),
        ("air_temperature = { step = [0, 2] }", "0 < suspect <= fail"),
        ("air_temperature = { step = [3] }", "expected array of length"),
        ("air_temperature = { step = [nan, 2] }", "nan"),
        ("air_temperature = { steps = [1, 2] }", "did you mean 'step'?"),
        ("air_temperature = { flat = { change = 1 } }", "'within_h' is missing"),
    ],
)
def test_limits_that_say_nothing_are_a_mistake(tmp_path, limits, fault):
    (found,) = told(tmp_path, GOOD + AIR + QUALITY + limits + "\n")

    assert found.startswith("sensors.hut.quality")
    assert fault in found
