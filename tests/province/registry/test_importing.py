"""canhdong-province import: all of it or nothing, and every fault with its place."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from province.registry.reading import read
from province.registry.sheets import sheets
from province.registry.store import Registry
from tests.province.registry.conftest import EXAMPLES, Take

COOPS = "coop,name,commune\n"
PLOTS = "coop,plot,name,locality,commune,area_m2,elevation_m\n"
SEASONS = "coop,season,plot,crop,variety,sown,harvested\n"
LOTS = "lot,coop,seasons,harvested,kg\n"
RECIPIENTS = "name,email,role,coops\n"

COOP = COOPS + "htx-a,Hợp tác xã A,21400\n"
PLOT = PLOTS + "htx-a,p1,thửa 1,xứ đồng Giữa,21400,500,\n"
SEASON = SEASONS + "htx-a,s1,p1,rice,,2026-01-05,2026-04-20\n"


def lines(told: str) -> list[str]:
    return told.splitlines()


# --- what goes in ------------------------------------------------------------------


def test_the_examples_go_in_and_are_unchanged_a_second_time(take: Take) -> None:
    code, first, _ = take()
    again, second, _ = take()

    assert (code, again) == (0, 0)
    assert "plots: 5 added, 0 changed, 0 unchanged" in first
    assert [line for line in lines(second) if "0 added, 0 changed" not in line] == []
    assert len(lines(second)) == 5


def test_a_change_is_told_with_what_it_was(take: Take, registry: Registry) -> None:
    row = "htx-moduc,p17,thửa 17,xứ đồng Cây Gạo,21400,2500.5,\n"

    code, out, _ = take(plots=PLOTS + row)

    assert code == 0
    assert "plots: 0 added, 1 changed, 0 unchanged" in out
    assert "changed htx-moduc p17: area_m2 2400 → 2500.5, elevation_m 6 → no" in out
    plot = registry.plot("htx-moduc", "p17")
    assert plot is not None
    assert (plot.area_m2, plot.elevation_m) == (2500.5, None)
    assert len(registry.plots("htx-moduc")) == 3


def test_files_may_lack_what_the_registry_has(take: Take, registry: Registry) -> None:
    season = "htx-moduc,dx2027-p17,p17,rice,,2026-12-20,\n"

    assert take(seasons=SEASONS + season)[0] == 0
    assert len(registry.seasons("htx-moduc", "p17")) == 3


def test_a_lots_seasons_become_those_of_the_row(take: Take, registry: Registry) -> None:
    row = "LS-TOI-26-01,htx-lyson,hanh2026-t2 toi2026-t1,2026-05-12,\n"

    _, out, _ = take(lots=LOTS + row)
    lot = registry.lot("LS-TOI-26-01")

    assert "seasons toi2026-t1 → hanh2026-t2 toi2026-t1" in out
    assert lot is not None
    assert [one.plot.plot for one in lot.seasons] == ["t1", "t2"]
    assert lot.kg is None


@pytest.mark.slow
def test_a_recipient_can_be_taken_out(take: Take, registry: Registry) -> None:
    row = "Văn phòng,truc-ban@example.com,office,-\n"

    _, out, _ = take(recipients=RECIPIENTS + row)
    _, again, _ = take(recipients=RECIPIENTS + row)

    assert "coops * → nothing" in out
    assert "0 added, 0 changed, 0 unchanged" in again
    assert registry.recipients("htx-moduc", "office") == []


def test_a_spreadsheets_form_is_taken(take: Take, place: str) -> None:
    text = '\ufeffCoop ; name;COMMUNE;;\r\nhtx-a;"Hợp tác xã A";21400;;\r\n;;;;\r\n'

    code, out, err = take(cooperatives=text.replace("E;;", "E").replace("0;;", "0"))
    registry = Registry(place)

    assert (code, err) == (0, "")
    assert "cooperatives: 1 added" in out
    assert registry.cooperatives()[0].name == "Hợp tác xã A"

    registry.close()


def test_a_dry_run_writes_nothing_and_makes_no_file(take: Take, place: str) -> None:
    code, out, _ = take(dry=True)

    assert code == 0
    assert "cooperatives: 2 added" in out
    assert lines(out)[-1] == "nothing is written: a dry run"
    assert not Path(place).exists()


def test_one_fault_keeps_everything_out(take: Take, place: str) -> None:
    code, out, err = take(
        cooperatives=COOP, plots=PLOT, seasons=SEASON.replace("2026-01-05", "5/1/2026")
    )
    registry = Registry(place)

    assert (code, out) == (2, "")
    assert len(lines(err)) == 1
    assert registry.is_empty

    registry.close()


# --- what is told ------------------------------------------------------------------

FAULTS: list[tuple[dict[str, str | bytes], str]] = [
    # a file
    (
        {"cooperatives": COOP.encode("cp1258", "replace")},
        'cooperatives.csv: row 2: byte 29, 0xe1, is not UTF-8; save it as "CSV UTF-8"',
    ),
    (
        {"cooperatives": COOP.encode("utf-16")},
        "cooperatives.csv: row 1: byte 0, 0xff, is not UTF-8",
    ),
    (
        {"cooperatives": ""},
        "cooperatives.csv: is empty; its first row must be coop,name,commune,"
        " or take it away",
    ),
    (
        {"plot": PLOT},
        "plot.csv: is none of the files that are read; did you mean 'plots.csv'?",
    ),
    (
        {"cooperatives": COOP + '"htx-b,B,21400\n'},
        "cooperatives.csv: row 3: unexpected end of data; a text with a quote",
    ),
    # the header
    (
        {"cooperatives": COOP.replace("commune", "comune")},
        "cooperatives.csv: row 1: column 'comune' is unknown; did you mean 'commune'?",
    ),
    (
        {"cooperatives": "coop,commune\nhtx-a,21400\n"},
        "cooperatives.csv: row 1: column 'name' is missing",
    ),
    (
        {"cooperatives": COOP.replace("name,", "name,name,")},
        "cooperatives.csv: row 1: column 'name' stands twice; keep one",
    ),
    *(
        (
            {"cooperatives": COOP, "plots": PLOT.replace("_m\n", f"_m,{name}\n")},
            f"plots.csv: row 1: column {name!r} looks like what is of a person",
        )
        for name in ("chủ hộ", "so_dien_thoai", "farmer_name", "household", "cccd")
    ),
    # a row
    (
        {"cooperatives": COOP + "htx-b,Hợp tác xã B, chi nhánh 1,21400\n"},
        "cooperatives.csv: row 3: has 4 cells, the header 3; a text with a comma",
    ),
    (
        {"cooperatives": COOP + "\nhtx-b,B\n"},
        "cooperatives.csv: row 4: has 2 cells, the header 3",
    ),
    (
        {"cooperatives": COOP + "htx-a,khác,21400\n"},
        "cooperatives.csv: row 3, column 'coop': 'htx-a' stands in row 2 already",
    ),
    # a cell
    (
        {"cooperatives": COOPS + "HTX-A,A,21400\n"},
        "row 2, column 'coop': 'HTX-A' is no name of a-z, 0-9, _ and -, at most 40"
        " characters; did you mean 'htx-a'?",
    ),
    (
        {"cooperatives": COOPS + "htx-a,,21400\n"},
        "row 2, column 'name': is empty; it must be given",
    ),
    (
        {"cooperatives": COOPS + "htx-a,A\u200b,21400\n"},
        "column 'name': 'A\\u200b' holds U+200B, which cannot be seen",
    ),
    (
        {"cooperatives": COOPS + "htx-a,A 0912 345 678,21400\n"},
        "holds a phone number; what is of a person stays out of the registry",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT.replace("thửa 1", "ruộng ông Năm")},
        "plots.csv: row 2, column 'name': 'ruộng ông Năm' names a household",
    ),
    (
        {"cooperatives": COOPS + "htx-a,A,21401\n"},
        "column 'commune': '21401' is no code of a commune; did you mean 21400"
        " (Xã Mộ Đức, Quảng Ngãi)?",
    ),
    (
        {"cooperatives": COOPS + "htx-a,A,Mộ Đức\n"},
        "'Mộ Đức' is no code of a commune; did you mean 21400 (Xã Mộ Đức",
    ),
    (
        {"cooperatives": COOPS + "htx-a,A,23425\nhtx-b,B,24100\n"},
        "24100 (Xã Ia Dreh, Gia Lai) is not in Quảng Ngãi (51)",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT.replace("500,", '"1.250,5",')},
        "column 'area_m2': '1.250,5' is no number; write digits with a point",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT.replace("500,", "nan,")},
        "column 'area_m2': 'nan' is no number",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT.replace("500,", "0,")},
        "column 'area_m2': '0' is not above 0",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT.replace("500,", "500,8848")},
        "column 'elevation_m': '8848' m is outside -20..3200",
    ),
    (
        {"seasons": SEASON.replace("2026-04-20", "20/12/2026")},
        "column 'harvested': '20/12/2026' is no date; write it as year-month-day,"
        " such as 2026-12-20 (in a spreadsheet: cell format yyyy-mm-dd)",
    ),
    (
        {"seasons": SEASON.replace("2026-04-20", "2026-02-30")},
        "column 'harvested': '2026-02-30' is no date: day is out of range for month",
    ),
    (
        {"seasons": SEASON.replace("2026-04-20", "0206-04-20")},
        "'0206-04-20' is outside the years 1950..2099",
    ),
    (
        {"lots": LOTS + "MD-LUA-DONGXUAN-2026-01,htx-a,s1,2026-04-20,\n"},
        "column 'lot': 'MD-LUA-DONGXUAN-2026-01' has 23 characters; a label has place"
        " for 20",
    ),
    (
        {"lots": LOTS + "lô 1,htx-a,s1,2026-04-20,\n"},
        "column 'lot': 'lô 1' has other signs than A-Z, 0-9 and -",
    ),
    (
        {"lots": LOTS + "L1,htx-a,,2026-04-20,\n"},
        "column 'seasons': is empty; it must be given",
    ),
    (
        {"recipients": RECIPIENTS + "Tổ kỹ thuật,ky-thuat,technician,*\n"},
        "column 'email': 'ky-thuat' is no mail address",
    ),
    (
        {"recipients": RECIPIENTS + "Tổ,a@example.com,technican,*\n"},
        "column 'role': 'technican' is no role; did you mean 'technician'?",
    ),
    (
        {"recipients": RECIPIENTS + "Tổ,a@example.com,office,htx-a *\n"},
        "column 'coops': 'htx-a *' has a sign beside names",
    ),
    (
        {
            "recipients": RECIPIENTS
            + "Tổ,a@example.com,office,*\nTổ,A@example.com,office,*\n"
        },
        "row 3, column 'email': 'a@example.com' stands in row 2 already",
    ),
    # a reference
    (
        {"cooperatives": COOP, "plots": PLOT.replace("htx-a", "htx-b")},
        "plots.csv: row 2, column 'coop': 'htx-b' is not in cooperatives.csv nor in"
        " the registry; did you mean 'htx-a'?",
    ),
    (
        {"cooperatives": COOP, "plots": PLOT, "seasons": SEASON.replace("p1", "p2")},
        "seasons.csv: row 2, column 'plot': 'htx-a' 'p2' is not in plots.csv",
    ),
    (
        {"cooperatives": COOP, "lots": LOTS + "L1,htx-a,s1 s2,2026-04-20,\n"},
        "lots.csv: row 2, column 'seasons': 'htx-a' 's2' is not in seasons.csv",
    ),
    (
        {"recipients": RECIPIENTS + "Tổ,a@example.com,office,htx-x\n"},
        "column 'coops': 'htx-x' is not in cooperatives.csv nor in the registry;"
        " write it into cooperatives.csv",
    ),
    # seasons and lots
    (
        {"seasons": SEASON.replace("2026-04-20", "2025-04-20")},
        "column 'harvested': 2025-04-20 is before it was sown, 2026-01-05",
    ),
    (
        {"seasons": SEASON + "htx-a,s2,p1,rice,,2026-04-19,\n"},
        "row 3, column 'sown': 's1' (row 2) stands until 2026-04-20, and 's2' (row 3)"
        " is sown 2026-04-19 on the same plot; correct one of the dates",
    ),
    (
        {
            "seasons": SEASONS + "htx-a,s1,p1,rice,,2026-01-05,\n"
            "htx-a,s2,p1,rice,,2026-05-19,\n"
        },
        "'s1' (row 2) stands without a harvest date, and 's2' (row 3) is sown",
    ),
    (
        {
            "cooperatives": COOP,
            "plots": PLOT,
            "seasons": SEASON,
            "lots": LOTS + "L1,htx-a,s1,2026-01-04,\n",
        },
        "lots.csv: row 2, column 'harvested': 2026-01-04 is before its season 's1' was"
        " sown, 2026-01-05",
    ),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry to copy, which is quicker than to make one for each fault."""
    file = tmp_path_factory.mktemp("registry") / "registry.db"
    Registry(str(file)).close()
    return file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "told"), FAULTS, ids=[told[:40] for _, told in FAULTS]
)
def test_a_fault_is_told_with_row_column_and_remedy(
    files: dict[str, str | bytes], told: str, take: Take, empty: Path, place: str
) -> None:
    shutil.copy(empty, place)

    code, out, err = take(**files)

    assert (code, out) == (2, "")
    assert told in err


def test_all_faults_of_all_files_come_at_once(take: Take) -> None:
    _, _, err = take(
        cooperatives=COOPS + "HTX,A,1\n",
        plots=PLOTS + "htx-a,p1,,xứ đồng,21400,x,\n",
        recipients=RECIPIENTS + "Tổ,a@b,boss,\n",
    )

    places = [
        line.partition(": ")[0] + line.partition(": ")[2][:24] for line in lines(err)
    ]
    assert len(places) == 7
    assert [line.partition(".")[0] for line in lines(err)] == [
        *("cooperatives", "cooperatives", "plots", "plots", "plots"),
        *("recipients", "recipients"),
    ]


def test_seasons_are_held_against_those_in_the_registry(
    take: Take, registry: Registry
) -> None:
    season = "htx-moduc,chen,p17,rice,,2026-08-01,2026-08-20\n"

    code, _, err = take(seasons=SEASONS + season)

    assert code == 2
    assert "row 2, column 'sown': 'ht2026-p17' (the registry) stands until" in err
    assert len(registry.seasons("htx-moduc", "p17")) == 2


def test_an_earlier_open_season_is_blamed_beside_one_in_the_registry(
    take: Take, registry: Registry
) -> None:
    season = "htx-moduc,xuan,p17,rice,,2025-06-01,\n"

    _, _, err = take(seasons=SEASONS + season)

    assert "row 2, column 'harvested': 'xuan' (row 2) stands without a harvest" in err


def test_a_corrected_season_no_longer_overlaps_with_itself(
    take: Take, registry: Registry
) -> None:
    moved = "htx-moduc,ht2026-p17,p17,rice,HT1,2026-05-25,2026-09-02\n"

    assert take(seasons=SEASONS + moved)[0] == 0


def test_a_season_may_be_sown_on_the_day_of_a_harvest(take: Take) -> None:
    next_one = "htx-a,s2,p1,rice,,2026-04-20,\n"

    assert take(cooperatives=COOP, plots=PLOT, seasons=SEASON + next_one)[0] == 0


def test_a_lot_stays_with_its_cooperative(take: Take, registry: Registry) -> None:
    row = "LS-TOI-26-01,htx-moduc,hanh2026-p3,2026-11-30,\n"

    _, _, err = take(lots=LOTS + row)

    assert "'LS-TOI-26-01' is a lot of 'htx-lyson' in the registry" in err


def test_what_a_broken_file_has_is_not_said_to_be_missing(take: Take) -> None:
    _, _, err = take(
        cooperatives=COOP.replace("commune", "comune"),
        plots=PLOT.replace(",500,", ",?,"),
        seasons=SEASON,
    )

    assert len(lines(err)) == 2  # the column, the area; neither coop nor plot


def test_a_directory_that_has_nothing_is_told(take: Take, tmp_path: Path) -> None:
    assert "has no CSV file" in take(folder=tmp_path)[2]
    assert "is not there; name the" in take(folder=tmp_path / "nowhere")[2]
    assert "is a file; name the" in take(folder=EXAMPLES / "plots.csv")[2]


def test_without_a_registry_the_config_is_told(take: Take, tmp_path: Path) -> None:
    file = tmp_path / "province.toml"
    text = file.read_text().replace("registry =", "# registry =")
    file.write_text(text)

    code, _, err = take()

    assert code == 2
    assert 'names none; write registry = "registry.db"' in err


def test_a_province_that_is_none_is_told(take: Take, tmp_path: Path) -> None:
    file = tmp_path / "province.toml"
    file.write_text(file.read_text().replace('"51"', '"50"'))

    assert "province: '50' is none of the 34" in take()[2]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_make_reading_fall(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(COOP.encode() + data)

    reading = read(sheets("51")[0], file)

    assert reading.rows or reading.faults
