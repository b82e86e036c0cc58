"""What a person may say of a count, and the one clear line where it is wrong."""

import pytest

from gateway.observe_words import MINUTE_MS, OLDEST_MS, late_or_early, read
from gateway.pests import PESTS
from telemetry import wire
from telemetry.observer import COUNTED, METHODS, ROLES, observer_of, sensor_of
from telemetry.quantity import QUANTITIES
from telemetry.series import NAME
from telemetry.settings import ConfigError

PLOTS = ("p17", "p18", "lao-3")
GOOD = {
    "plot": "p17",
    "quantity": "pest_density",
    "value": "12",
    "pest": "NILALU",
    "stage": "nymph",
    "method": "frame",
    "role": "technician",
    "at": "2026-11-22 07:30",
}
AT_0730_MS = 1_795_307_400_000


def told(**changed: str) -> str:
    with pytest.raises(ConfigError) as refused:
        read(GOOD | changed, PLOTS, PESTS)
    (line,) = refused.value.faults
    return line


def test_a_count_is_a_reading_of_a_series_of_its_own():
    one = read(GOOD, PLOTS, PESTS)

    assert (one.value, one.minute_ms) == (12.0, AT_0730_MS)
    assert one.head("htx-moduc", "g1") == (
        "pest_density,coop=htx-moduc,gw=g1,plot=p17,sensor=by-technician-frame,z=0,"
        "pest=NILALU,stage=nymph"
    )


def test_what_is_not_said_is_the_usual():
    some = {name: GOOD[name] for name in ("plot", "quantity", "value", "pest")}

    one = read(some, PLOTS, PESTS)

    assert (one.stage, one.method, one.role) == ("all", "frame", "technician")
    assert one.minute_ms is None


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-22 07:30", "2026-11-22 07:30:59", "22/11/2026 07:30",
        "22/11/2026 7:30", "2026-11-22T07:30", "2026-11-22T00:30Z",
        "2026-11-22T07:30+07:00",
    ],
)  # fmt: skip
def test_an_instant_is_a_minute_of_vietnamese_time_unless_it_has_a_zone(at):
    assert read(GOOD | {"at": at}, PLOTS, PESTS).minute_ms == AT_0730_MS


def test_a_trap_of_a_day_is_that_of_the_night_that_begins_on_it():
    trap = GOOD | {"quantity": "trap_count", "at": "21/11/2026", "stage": "adult"}

    one = read(trap, PLOTS, PESTS)

    dusk = read(trap | {"at": "21/11/2026 18:00"}, PLOTS, PESTS)
    assert one == dusk
    assert one.method == "frame"


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12.0), ("12,5", 12.5), ("12.5", 12.5), ("0,125", 0.125), ("0.125", 0.125),
     ("1500", 1500.0), ("12,50", 12.5), (" 3 ", 3.0)],
)  # fmt: skip
def test_numbers_are_read_with_point_or_comma(text, value):
    assert read(GOOD | {"value": text}, PLOTS, PESTS).value == value


def test_the_water_has_neither_pest_nor_stage():
    water = GOOD | {"quantity": "water_level", "value": "-5,2", "pest": "", "stage": ""}

    one = read(water | {"method": ""}, PLOTS, PESTS)

    assert (one.value, one.pest, one.stage, one.method) == (-5.2, None, None, "visual")


@pytest.mark.parametrize("value", [("rầy nâu", "NILALU"), ("nilalu", "NILALU")])
def test_names_may_be_said_in_vietnamese(value):
    said = {
        "pest": value[0],
        "stage": "ấu trùng",
        "method": "KHUNG",
        "role": "Nông dân",
    }

    one = read(GOOD | said, PLOTS, PESTS)

    assert (one.pest, one.stage, one.method) == (value[1], "nymph", "frame")
    assert one.role == "farmer"


@pytest.mark.parametrize(
    ("changed", "vi", "en"),
    [
        ({"plot": "p177"}, "thửa 'p177' không có; có phải p17?", "did you mean p17?"),
        ({"plot": ""}, "thiếu thửa; có p17, p18, lao-3", "is missing; known: p17"),
        ({"quantity": "pest_densty"}, "có phải pest_density?", "mean pest_density?"),
        ({"value": "many"}, "không phải là số", "'many' is no number; write it like"),
        ({"value": "nan"}, "không phải là số", "is no number"),
        ({"value": ""}, "không phải là số", "is no number"),
        ({"value": "１２"}, "không phải là số", "is no number"),
        ({"value": "1.200"}, "hiểu được hai cách", "can be read in two ways"),
        ({"value": "1,200"}, "hiểu được hai cách", "can be read in two ways"),
        ({"value": "-1"}, "ngoài khoảng 0…1000000 per m²", "beyond 0…1000000"),
        ({"pest": "NILALV"}, "có phải NILALU?", "did you mean NILALU?"),
        ({"pest": ""}, "thiếu mã EPPO", "pest: is missing"),
        ({"stage": "grub"}, "có adult, all, egg", "'grub' is unknown; known: adult"),
        ({"method": "framme"}, "có phải frame?", "did you mean frame?"),
        ({"role": "officers"}, "có phải officer?", "did you mean officer?"),
        ({"at": "yesterday"}, "không phải ngày giờ", "is no date and time; write"),
        ({"at": "32/11/2026 07:30"}, "không phải ngày giờ", "is no date and time"),
        ({"at": "1795302600"}, "không phải ngày giờ", "is no date and time"),
        ({"at": "22/11/2026"}, "thiếu giờ; viết như 22/11/2026 07:30", "has no hour"),
        ({"z": "1.5"}, "không phải số cm nguyên", "is no whole cm"),
        ({"quantity": "water_level", "stage": ""}, "để trống", "leave it empty"),
    ],
)
def test_a_slip_is_one_line_with_its_remedy_vietnamese_first(changed, vi, en):
    line = told(**changed)

    said_vi, _, said_en = line.partition(" · ")
    assert vi in said_vi
    assert en in said_en


def test_a_device_is_asked_for_what_people_cannot_see():
    assert "unknown; known: pest_density" in told(quantity="soil_ph", pest="", stage="")


def test_every_fault_of_a_row_is_told_at_once():
    with pytest.raises(ConfigError) as refused:
        read(GOOD | {"plot": "x", "value": "x", "at": "x"}, PLOTS, PESTS)

    assert len(refused.value.faults) == 3


@pytest.mark.parametrize(
    ("off_ms", "says"),
    [
        (5 * MINUTE_MS, None),
        (6 * MINUTE_MS, "is 6 minutes later"),
        (-OLDEST_MS, None),
        (-OLDEST_MS - MINUTE_MS, "is 60 days old, more than 60"),
        (-366 * 86_400_000, "is 366 days old"),
    ],
)
def test_what_was_not_yet_or_too_long_ago_is_refused(off_ms, says):
    found = late_or_early(AT_0730_MS + off_ms, AT_0730_MS)

    assert (found is None) if says is None else (says in (found or ""))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", METHODS)
def test_a_sensor_of_people_is_a_name_that_travels(role, method):
    sensor = sensor_of(role, method)

    assert NAME.fullmatch(sensor)
    assert observer_of(sensor) == (role, method)


@pytest.mark.parametrize("quantity", COUNTED)
def test_every_quantity_that_people_tell_makes_a_line_of_the_wire(quantity):
    is_count = quantity in ("water_level", "water_conductivity")
    given = {"pest": "", "stage": ""} if is_count else {}

    head = read(GOOD | given | {"quantity": quantity}, PLOTS, PESTS).head("c", "g1")

    line = wire.render_line(head, 1.0, 1, AT_0730_MS)
    assert line.startswith(f"{quantity},coop=c,gw=g1,plot=p17,sensor=by-technician-")
    assert COUNTED[quantity] in METHODS
    assert quantity in QUANTITIES
