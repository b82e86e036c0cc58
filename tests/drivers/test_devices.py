import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.cwt_soil_thc_s import CWT_SOIL_THC_S
from drivers.devices.rg15 import RG15, read
from drivers.line import LineReader, LineReport
from drivers.registers import decode

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
