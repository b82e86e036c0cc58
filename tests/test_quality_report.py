"""The report on recorded measurements takes any file of a form that it knows."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import quality_report
from tests.recorded_forms import FORMS


def written(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_plain_file_of_a_quantity_is_held_to_its_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"2024-01-01T00:{m:02}:00,{25 + m % 2 / 10}" for m in range(60)]
    rows[30] = "2024-01-01T00:30:00,99"
    file = written(tmp_path / "a.csv", "time,value", *rows)

    code = quality_report.main([f"--data={file}", "--quantity=air_temperature"])

    told = capsys.readouterr().out
    assert code == 0
    assert "air_temperature" in told
    assert " 1   1.667%" in told  # the one of sixty


def test_a_plain_file_of_something_else_teaches_its_own_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"2024-01-{1 + h // 24:02}T{h % 24:02}:00,{8 + h % 7 / 100}" for h in range(600)
    ]
    rows[500] = rows[500].rpartition(",")[0] + ",12"
    file = written(tmp_path / "a.csv", "time,ph", *rows)

    assert quality_report.main([f"--data={file}"]) == 0
    assert "spike" in capsys.readouterr().out


def test_a_loggers_clock_is_judged_with_and_without_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "Measurement Time,Port 1 ECT/RT-1 Temperature °C Temp"
    hours = ["12:00 AM", "02:00 AM", "04:00 AM", "12:00 PM", "08:00 AM"]
    file = written(
        tmp_path / "2014_1__x.csv", head, *(f"03/12/14 {hour},1.0" for hour in hours)
    )
    labels = written(
        tmp_path / "labels.csv",
        "f,new_date,reading,hours_skipped,change",
        "2014_1/x.txt,2014-03-12 08:00:00,6,-6,1",
    )
    clock = [f"--data={file}", "--form=clock"]

    assert quality_report.main(clock) == 0
    assert "-6 h back; no label" in capsys.readouterr().out
    assert quality_report.main([*clock, f"--labels={labels}"]) == 0
    assert "-6 h back; labelled -6 h, corrected" in capsys.readouterr().out


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_is_no_such_file_is_refused_in_one_line(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "a.csv", "when,what", "yesterday,much")

    code = quality_report.main([f"--data={file}", f"--form={form}", "--quantity=co2"])

    told = capsys.readouterr().err
    assert code == 2
    assert told.startswith("quality-report: ")
    assert told.count("\n") == 1


def test_an_empty_file_and_none_at_all_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = written(tmp_path / "a.csv", "time,value")

    assert quality_report.main([f"--data={empty}"]) == 2
    assert quality_report.main([f"--data={tmp_path / 'b.csv'}"]) == 2
    assert capsys.readouterr().err.count("quality-report: ") == 2


HOURS = [f"2024-01-{1 + h // 24:02}T{h % 24:02}:00,{20 + h % 3}" for h in range(72)]
TABLE = "\n".join(["time,moisture", *HOURS]) + "\n"


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (lambda t: "\ufeff" + t, 0),  # as spreadsheets write it
        (lambda t: t.replace("\n", "\r\n"), 0),
        (lambda t: t.replace(",21\n", "+07:00,21,9,9\n"), 0),
        (lambda t: t[: t.rindex(",")], 0),  # cut off within the last row
        (lambda t: t.replace("T05:00", "T05:07"), 0),
        (lambda t: t.replace("2024-01-03", "9999-01-03"), 0),
        (lambda t: "\n".join(t.splitlines()[:2]), 0),
        (lambda t: t.replace(":00,", ":07,"), 0),  # no full hour
        (lambda t: "", 2),
        (lambda t: t.replace(",", ";"), 2),
        (lambda t: t.replace("2024-01-02", "02/01/2024"), 2),
        (lambda t: t.replace("2024-01-02T", "17040672"), 2),  # seconds since 1970
        (lambda t: t.replace(",22", ",much"), 2),
        (lambda t: t + '"' + "9" * 200_000, 2),
        (lambda t: t.encode("utf-16"), 2),
    ],
)
def test_a_damaged_file_is_reported_on_or_refused_in_one_line(
    damage: Callable[[str], str | bytes],
    wanted: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = damage(TABLE)
    file = tmp_path / "a.csv"
    file.write_bytes(given if isinstance(given, bytes) else given.encode())

    code = quality_report.main([f"--data={file}", "--quantity=soil_moisture"])

    assert code == wanted
    assert capsys.readouterr().err.count("\n") == (1 if wanted else 0)


def test_a_packed_file_that_breaks_off_or_is_none_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = gzip.compress(TABLE.encode())
    for given in (packed[:-30], TABLE.encode(), packed[:40] + b"\xff" * 20):
        (tmp_path / "a.csv.gz").write_bytes(given)

        assert quality_report.main([f"--data={tmp_path / 'a.csv.gz'}"]) == 2
        assert "a.csv.gz is damaged" in capsys.readouterr().err


def test_labels_without_their_columns_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "a.csv", "Measurement Time", "03/12/14 12:00 AM")
    labels = written(tmp_path / "labels.csv", "file,hours", "a,6")

    given = [f"--data={file}", "--form=clock", f"--labels={labels}"]

    assert quality_report.main(given) == 2
    assert "no column 'f'" in capsys.readouterr().err
