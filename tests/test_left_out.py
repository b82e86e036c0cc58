"""The last line of ``make test`` tells what was not run."""

from pathlib import Path

from tests.left_out import left_out

REPORT = (
    '<testsuites><testsuite><testcase name="a">{}</testcase></testsuite></testsuites>'
)


def report(folder: Path, *reasons: str) -> str:
    skips = "".join(f'<skipped message="{reason}"/>' for reason in reasons)
    path = folder / "report.xml"
    path.write_text(REPORT.format(skips))
    return str(path)


def test_nothing_left_out_is_said_too(tmp_path: Path) -> None:
    assert left_out(report(tmp_path)) == "left out: nothing"


def test_each_reason_is_told_once(tmp_path: Path) -> None:
    path = report(tmp_path, "needs set x", "needs root", "needs set x")

    assert left_out(path) == "left out: 3 tests: needs set x; needs root"
