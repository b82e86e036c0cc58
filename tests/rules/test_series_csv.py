"""A season's table as people send it: nothing odd passes in silence."""

import gzip
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from rules.series_csv import Season, read
from telemetry.settings import ConfigError

MIDNIGHT = 1_797_699_600_000  # 2026-12-20 00:00 in Viet Nam
HOUR = 3_600_000


@pytest.fixture
def season(tmp_path: Path):
    def made(*lines: str, name: str = "season.csv") -> Season:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read(path, "p17")

    return made


def notes(season: Season, word: str) -> list[str]:
    return [note for note in season.notes if word in note]


def series(season: Season, quantity: str) -> list[tuple[int, float | None, int]]:
    (found,) = [s for p, s in season.samples.items() if p.quantity == quantity]
    return found


def test_columns_are_named_by_quantity_and_sensor_and_depth(season):
    found = season(
        "time,tube:water_level,soil_moisture@-10,pest_density/NILALU/nymph",
        "2026-12-20 00:00,3.5,31.2,12",
        "2026-12-20 01:00,3.4,31.1,14",
    )

    places = {(p.sensor, p.quantity, p.z, p.pest, p.stage) for p in found.samples}
    assert places == {
        ("tube", "water_level", 0, None, None),
        ("soil-moisture", "soil_moisture", -10, None, None),
        ("pest-density", "pest_density", 0, "NILALU", "nymph"),
    }
    assert series(found, "water_level")[0] == (MIDNIGHT, 3.5, 1)
    assert {p.period_ms for p in found.samples} == {HOUR}
    assert found.notes == ()


def test_a_person_who_counted_is_known_by_the_sensors_name(season):
    found = season(
        "time,by-technician-frame:pest_density/NILALU/nymph",
        "2026-12-20 07:00,12",
    )

    (place,) = found.samples
    assert (place.role, place.method) == ("technician", "frame")


def test_a_long_table_has_flags(season):
    found = season(
        "time,sensor,quantity,value,flag,z",
        "2026-12-20 00:00,a1,soil_moisture,31.2,1,-10",
        "2026-12-20 01:00,a1,soil_moisture,31.3,3,-10",
        "2026-12-20 02:00,a1,soil_moisture,,9,-10",
        "2026-12-20 03:00,a1,soil_moisture,31.3,7,-10",
        "2026-12-20 03:00,a1,soil_moistur,31.3,1,-10",
    )

    flags = [flag for _, _, flag in series(found, "soil_moisture")]
    assert flags == [1, 3, 9, 1]
    assert notes(found, "flags that are none of")[0].endswith("1, first in line 5: '7'")
    assert "did you mean 'soil_moisture'?" in notes(found, "'soil_moistur'")[0]
    assert notes(found, "rows of nothing that is known")


def test_three_forms_of_stamps_meet_in_one_series_and_are_told(season):
    found = season(
        "time,air_temperature",
        "2026-12-20 00:00,20",
        "2026-12-19T18:00:00Z,21",
        "20/12/2026 02:00,22",
        f"{(MIDNIGHT + 3 * HOUR) // 1000},23",
        f"{MIDNIGHT + 4 * HOUR},24",
    )

    stamps = [ms for ms, _, _ in series(found, "air_temperature")]
    assert stamps == [MIDNIGHT + hour * HOUR for hour in range(5)]
    (note,) = notes(found, "several forms")
    for part in ("first in line 3", "first in line 4", "seconds", "milliseconds"):
        assert part in note
    assert "day/month/year" in notes(found, "20/12/2026")[0]


def test_stamps_without_a_zone_are_of_the_zone_that_is_given(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("time,co2\n2026-12-20 08:00,400\n")

    found = read(path, "p1", timezone(timedelta(hours=8)))

    assert series(found, "co2")[0][0] == MIDNIGHT + 7 * HOUR


def test_semicolons_a_decimal_comma_and_a_byte_order_mark_are_read(season):
    found = season("\ufefftime;air_temperature", "2026-12-20 00:00;21,5")

    assert series(found, "air_temperature") == [(MIDNIGHT, 21.5, 1)]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("NaN", "cells that say there is no value: 1, first in line 3: 'NaN'"),
        ("n/a", "cells that say there is no value: 1, first in line 3: 'n/a'"),
        ("inf", "cells that are no numbers, taken as missing: 1, first in line 3"),
        ('"21,5"', "cells that are no numbers, taken as missing: 1, first in line 3"),
        ("1_0", "cells that are no numbers, taken as missing: 1, first in line 3"),
        ("wet", "cells that are no numbers, taken as missing: 1, first in line 3"),
    ],
)
def test_what_is_no_number_is_a_poll_without_a_value(season, cell, told):
    found = season(
        "time,air_temperature", "2026-12-20 00:00,20", f"2026-12-20 01:00,{cell}"
    )

    assert series(found, "air_temperature")[1][1:] == (None, 9)
    assert notes(found, told)


def test_an_empty_cell_is_no_poll(season):
    found = season(
        "time,air_temperature,co2",
        "2026-12-20 00:00,20,",
        "2026-12-20 01:00,,400",
        "",
    )

    assert len(series(found, "air_temperature")) == len(series(found, "co2")) == 1
    assert found.notes == ()


def test_duplicates_rows_out_of_order_and_gaps_are_told_once_each(season):
    found = season(
        "time,air_temperature",
        "2026-12-20 02:00,22",
        "2026-12-20 00:00,20",
        "2026-12-20 01:00,21",
        "2026-12-20 01:00,21.5",
        "2026-12-20 03:00,23",
        "2026-12-21 03:00,23",
    )

    assert series(found, "air_temperature")[1] == (MIDNIGHT + HOUR, 21.5, 1)
    assert notes(found, "rows that go back in time, sorted: 1, first in line 3")
    assert notes(found, "stamps that stand twice: 1, first in line 5")
    assert notes(found, "the longest 24.0 h, up to line 7 (2026-12-21 03:00)")
    assert len(found.notes) == 3


def test_values_that_cannot_be_are_flagged_as_a_gateway_flags_them(season):
    found = season(
        "time,relative_humidity", "2026-12-20 00:00,80", "2026-12-20 01:00,180"
    )

    assert series(found, "relative_humidity")[1] == (MIDNIGHT + HOUR, 180.0, 4)
    assert notes(found, "values that cannot be, left out: 1, first 180 % in line 3")


def test_rain_by_the_row_becomes_a_total(season):
    found = season(
        "time,rain",
        "2026-12-20 00:00,0",
        "2026-12-20 01:00,2.5",
        "2026-12-20 02:00,NaN",
        "2026-12-20 03:00,1.5",
    )

    assert [v for _, v, _ in series(found, "rain_total")] == [0.0, 2.5, None, 4.0]


def test_a_counter_that_begins_anew_is_counted_on(season):
    found = season(
        "time,rain_total",
        "2026-12-20 00:00,100",
        "2026-12-20 01:00,102",
        "2026-12-20 02:00,1",
        "2026-12-20 03:00,3",
    )

    totals = [value for _, value, _ in series(found, "rain_total")]
    assert totals == [100.0, 102.0, 103.0, 105.0]
    assert notes(found, "begins of the counter anew: 1, first in line 4")


def test_a_catch_that_is_dated_by_a_day_is_of_its_night(season):
    found = season("time,trap_count/LAPHEG/adult", "2026-12-20,31")

    assert series(found, "trap_count")[0][0] == MIDNIGHT + 18 * HOUR


def test_columns_that_are_not_known_are_left_out_by_name(season):
    found = season(
        "time,air_temperatur,co2,Battery,co2,trap_count",
        "2026-12-20 00:00,20,400,12,401,3",
    )

    assert len(found.samples) == 1
    assert notes(found, "did you mean 'air_temperature'?")
    assert notes(found, "'Battery' is left out: no quantity has this name")
    assert notes(found, "'co2' stands twice")
    assert notes(found, "say which insect, as trap_count/NILALU/nymph")


def test_a_packed_table_is_read_too(tmp_path):
    path = tmp_path / "s.csv.gz"
    path.write_bytes(gzip.compress(b"time,co2\n2026-12-20 00:00,400\n"))

    assert len(read(path, "p1").samples) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no column of time"),
        (b"when,co2\n1,2\n", "no column of time in when, co2; name one column time"),
        (b"time,date,co2\n", "several columns of time"),
        (b"time,co2\n", "has no value"),
        (b"time,co2\n2026-13-40,400\n", "rows whose time cannot be read, left out: 1"),
        (b"time,Battery\n2026-12-20,12\n", "no quantity has this name"),
        (b"time,co2\n2026-12-20 00:00,\xff\xfe\n", "is not UTF-8"),
    ],
)
def test_a_table_of_no_use_is_refused_in_one_line(tmp_path, body, why):
    path = tmp_path / "s.csv"
    path.write_bytes(body)

    with pytest.raises(ConfigError) as fault:
        read(path, "p1")

    (line,) = fault.value.faults
    assert line.startswith(str(path))
    assert why in line
    assert "\n" not in line


def test_a_file_that_is_not_there_or_torn_off_is_told(tmp_path):
    torn = tmp_path / "t.csv.gz"
    torn.write_bytes(gzip.compress(b"time,co2\n" + b"2026-12-20,1\n" * 999)[:40])

    for path in (tmp_path / "none.csv", torn):
        with pytest.raises(ConfigError, match="cannot be read"):
            read(path, "p1")


def test_a_table_with_its_months_first_is_refused_since_half_of_it_would_be_read(
    season,
):
    with pytest.raises(ConfigError) as fault:
        season("time,air_temperature", "12/12/2026 00:00,20", "12/13/2026 00:00,21")

    (told,) = fault.value.faults
    assert "line 3: '12/13/2026 00:00' has its month first" in told


def test_a_sheets_day_number_is_no_time(season):
    found = season("time,air_temperature", "46376.5,31", "2026-12-20 00:00,20")

    assert [taken[0] for taken in series(found, "air_temperature")] == [MIDNIGHT]
    assert notes(found, "time cannot be read")
