import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.cwt_soil_thc_s import CWT_SOIL_THC_S
from drivers.devices.qdy30a import QDY30A
from drivers.devices.rg15 import RG15, read
from drivers.devices.s_ym_01 import S_YM_01
from drivers.devices.wn90lp import WN90LP
from drivers.devices.xy_md02 import XY_MD02
from drivers.line import LineReader, LineReport
from drivers.registers import decode, decoded
from drivers.rtu import is_whole
from drivers.spans import Span, plan

CASES = json.loads((Path(__file__).parent / "serial_cases.json").read_text("utf-8"))
THC_S = [
    case
    for case in CASES
    if case.get("device") == "cwt-soil-thc-s"
    and case["request_hex"].startswith("01030000")
]
OURS = {
    "soil_moisture_pct": "soil_moisture",
    "soil_temperature_c": "soil_temperature",
    "ec_us_cm": "soil_conductivity",
}


@pytest.mark.parametrize("case", THC_S, ids=lambda case: case["id"])
def test_the_soil_probe_reads_as_recorded(case: dict[str, Any]) -> None:
    # where the manual printed a wrong CRC, its payload still shows the scales
    expected = case["expected"].get("printed_payload", case["expected"])
    data = bytes.fromhex(case["bytes_hex"])[3:9]
    words = {n: int.from_bytes(data[2 * n : 2 * n + 2], "big") for n in range(3)}

    values = decode(CWT_SOIL_THC_S, words)

    assert values == {OURS[key]: value for key, value in expected["values"].items()}


def words_of(frame: bytes, start: int) -> dict[int, int]:
    """Words of an answer to a request that began at ``start``."""
    data = frame[3:-2]
    return {
        start + n: int.from_bytes(data[2 * n : 2 * n + 2], "big")
        for n in range(len(data) // 2)
    }


def recorded(name: str) -> dict[int, int]:
    (case,) = [case for case in CASES if case["id"] == name]
    start = int.from_bytes(bytes.fromhex(case["request_hex"])[2:4], "big")
    return words_of(bytes.fromhex(case["bytes_hex"]), start)


def test_the_level_transmitter_on_the_bench_tells_that_it_shows_5_m() -> None:
    # a unit in air, sunrise-labs/farmers-iot-toolkit, devlog.md of 2026-07-15
    frame = bytes.fromhex("01030e 0001 0003 0011 0001 001a 0000 1388 66d4")
    words = words_of(frame, 0)

    assert is_whole(frame)
    assert decode(QDY30A, words) == {"water_level": 2.6}
    assert QDY30A.full_scale is not None
    assert decoded(QDY30A.full_scale, words) == 500.0


def test_the_weather_head_reads_as_the_makers_example() -> None:
    # Ecowitt WS90ModbusRTU V1.0.6, example 2
    told = (1767, 13, 662, 60, 0, 0, 150, 0, 10010)

    values = decode(WN90LP, dict(enumerate(told, 0x165)))

    assert values == {
        "illuminance": 17_670,
        "air_temperature": 26.2,
        "relative_humidity": 60,
        "wind_speed": 0.0,
        "wind_gust": 0.0,
        "wind_direction": 150,
        "rain_total": 0.0,
        "air_pressure": 1001.0,
    }


def test_the_weather_head_is_asked_once_for_all() -> None:
    assert plan(WN90LP, WN90LP.channels) == (Span(0x165, 9),)


def test_a_broken_part_of_the_weather_head_is_no_value() -> None:
    assert decode(WN90LP, recorded("v052")) == {"air_temperature": None}


def test_the_air_probe_reads_as_recorded() -> None:
    both, cold = recorded("v044"), recorded("v045")

    assert decode(XY_MD02, both) == {"air_temperature": 30.5, "relative_humidity": 54.6}
    assert decode(XY_MD02, cold) == {"air_temperature": -20.5}


def test_the_leaf_is_wet_in_hundredths_of_a_per_cent() -> None:
    assert decode(S_YM_01, {0: 2500, 1: 10_000}) == {"leaf_wetness": 100.0}


def gauge(name: str) -> str:
    (case,) = [case for case in CASES if case["id"] == name]
    return bytes.fromhex(case["bytes_hex"]).decode("ascii").rstrip("\r\n")


def test_the_rain_gauge_gives_its_running_total() -> None:
    assert read(gauge("v013")) == LineReport(values={"rain_total": 54.85})


def test_a_dirty_lens_makes_the_total_suspect() -> None:
    assert read(gauge("v014")) == LineReport(
        values={"rain_total": 1.2}, is_suspect=True
    )


def test_a_line_of_another_type_of_gauge_is_not_taken() -> None:
    assert read(gauge("v015")) is None


def test_a_start_is_seen() -> None:
    assert read(gauge("v016")) == LineReport(is_restart=True)


def test_inches_become_millimetres() -> None:
    line = "Acc 0.001 in, EventAcc 0.010 in, TotalAcc 1.000 in, RInt 0.00 iph"

    assert read(line) == LineReport(values={"rain_total": 25.4})


def test_mixed_units_are_refused() -> None:
    line = "Acc 0.01 mm, EventAcc 0.10 mm, TotalAcc 1.000 in, RInt 0.00 mmph"

    assert read(line) is None


@given(st.integers(0, 71), st.characters(codec="ascii"))
def test_a_line_with_one_wrong_character_gives_a_well_formed_total_or_none(
    at: int, wrong: str
) -> None:
    line = gauge("v013")

    report = read(line[:at] + wrong + line[at + 1 :])

    if report is not None:
        assert report.is_restart or set(report.values) == set(RG15.channels)


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_lines_come_out_however_the_bytes_are_cut(data: bytes, size: int) -> None:
    reader = LineReader()

    lines = [
        line
        for begin in range(0, len(data), size)
        for line in reader.feed(data[begin : begin + size])
    ]

    assert not any("\n" in line or "\r" in line for line in lines)
    assert len(reader._held) <= 256
