"""Recordings as rows."""

import gzip
from pathlib import Path

import pytest

from drivers.sim.rows import Column, Layout, Reader, Row, utc_ms
from telemetry.settings import ConfigError

MOIST, LEVEL = ("soil-a", "soil_moisture"), ("tube", "water_level")
MIDNIGHT = utc_ms("2022-05-01")

SOIL = """TIMESTAMP,VWC
2022-05-01 08:00:00,31.2
2022-05-01 08:15:00,NAN
2022-05-01 08:30:00,30.9
"""
WELL = """TIMESTAMP,Depth
2022-05-01 08:00:00,66.3
2022-05-01 08:30:00,65.9
"""


def layout(**columns: Column) -> Layout:
    return Layout(
        where="map.toml",
        time_column="TIMESTAMP",
        time_format="%Y-%m-%d %H:%M:%S",
        utc_offset_ms=8 * 3_600_000,
        gaps=frozenset({"", "NAN"}),
        columns=columns,
    )


@pytest.fixture
def soil(tmp_path: Path) -> Path:
    path = tmp_path / "soil.csv"
    path.write_text(SOIL)
    return path


@pytest.fixture
def well(tmp_path: Path) -> Path:
    path = tmp_path / "well.csv.gz"
    path.write_bytes(gzip.compress(WELL.encode()))
    return path


def test_local_times_become_utc_and_gaps_none(soil: Path) -> None:
    reader = Reader(layout(VWC=Column(spot=MOIST)), (soil,))

    found = list(reader.rows())

    assert found == [
        Row(MIDNIGHT, {MOIST: 31.2}),
        Row(MIDNIGHT + 900_000, {MOIST: None}),
        Row(MIDNIGHT + 1_800_000, {MOIST: 30.9}),
    ]


def test_files_are_joined_on_time_and_a_missing_row_is_a_gap(
    soil: Path, well: Path
) -> None:
    columns = layout(VWC=Column(spot=MOIST), Depth=Column(spot=LEVEL, offset=-40))

    found = [row.values for row in Reader(columns, (soil, well)).rows()]

    assert [values[MOIST] for values in found] == [31.2, None, 30.9]
    levels = [values[LEVEL] for values in found]
    assert levels == [pytest.approx(26.3), None, pytest.approx(25.9)]


def test_amounts_are_counted_up_over_gaps(soil: Path) -> None:
    column = Column(spot=MOIST, scale=10, accumulate=True)

    found = [row.values[MOIST] for row in Reader(layout(VWC=column), (soil,)).rows()]

    assert found == [312.0, None, 621.0]


def test_the_window_includes_its_begin_and_not_its_end(soil: Path) -> None:
    begin, end = MIDNIGHT + 900_000, MIDNIGHT + 1_800_000
    reader = Reader(layout(VWC=Column(spot=MOIST)), (soil,), begin, end)

    assert [row.utc_ms for row in reader.rows()] == [begin]


def test_stamps_that_repeat_or_run_back_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "soil.csv"
    path.write_text(SOIL + "2022-05-01 08:30:00,1\n2022-05-01 08:15:00,2\n")
    reader = Reader(layout(VWC=Column(spot=MOIST)), (path,))

    found = [row.values[MOIST] for row in reader.rows()]

    assert found == [31.2, None, 30.9]
    assert reader.passed_over == 2


def test_a_column_that_no_file_has_is_told_with_the_nearest_name(soil: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Reader(layout(VCW=Column(spot=MOIST)), (soil,))

    assert caught.value.faults == [
        "map.toml: columns.VCW: no such column in soil.csv; did you mean 'VWC'?"
    ]


def test_a_column_of_two_files_is_refused(soil: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(SOIL)

    with pytest.raises(ConfigError, match=r"VWC: stands in soil\.csv and other\.csv"):
        Reader(layout(VWC=Column(spot=MOIST)), (soil, other))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2022-05-01 08:45:00,dry", r"soil\.csv:5: column 'VWC': 'dry' is no number"),
        ("2022-05-01 08:45:00,nan", r"soil\.csv:5: column 'VWC': 'nan' is no number"),
        ("01/05/22 08:45,30.1", r"soil\.csv:5: column 'TIMESTAMP': '01/05/22 08:45'"),
        ("2022-05-01 08:45:00", r"soil\.csv:5: 1 cells under 2 columns"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_line(
    tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "soil.csv"
    path.write_text(SOIL + line + "\n")
    reader = Reader(layout(VWC=Column(spot=MOIST)), (path,))

    with pytest.raises(ConfigError, match=message):
        list(reader.rows())


@pytest.mark.parametrize(
    ("name", "word"), [("none.csv", "cannot be read"), ("empty.csv", "is empty")]
)
def test_a_file_that_gives_nothing_is_told(
    tmp_path: Path, name: str, word: str
) -> None:
    (tmp_path / "empty.csv").write_text("")

    with pytest.raises(ConfigError, match=word):
        Reader(layout(VWC=Column(spot=MOIST)), (tmp_path / name,))


def test_a_file_that_is_cut_short_is_told(well: Path) -> None:
    well.write_bytes(well.read_bytes()[:-12])

    with pytest.raises(ConfigError, match=r"well\.csv\.gz:?\d*: cannot be read: Compr"):
        list(Reader(layout(Depth=Column(spot=LEVEL)), (well,)).rows())
