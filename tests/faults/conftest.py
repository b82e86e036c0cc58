"""Fault tests: marked by their folder, told in a table by id.

A test says its figure with ``record_property("figure", "3 of 3 stored")``; the id is
in the name of its file (``test_f05_one_eio.py``).  ``CANHDONG_FAULTS=full`` asks for
more rounds, see ``rounds``.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
RESULTS: Final = {"passed": "held", "failed": "FAILED", "skipped": "left out"}
WIDTHS: Final = (5, 62, 10)  # of id, title and result, in characters

Row = tuple[str, str, str, str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder breaks something on purpose."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.fault)


@pytest.fixture(scope="session")
def is_full() -> bool:
    """Whether the long form was asked for: ``make faults ARGS=--full``."""
    return os.environ.get("CANHDONG_FAULTS") == "full"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each fault test: id, what it says, result, figure."""
    rows = sorted(_rows(terminalreporter))
    if not rows:
        return
    terminalreporter.section("faults")
    for row in (("id", "what holds", "result", "figure"), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, WIDTHS, strict=False))
        terminalreporter.write_line(f"{' '.join(cells)} {row[3]}".rstrip())


def _rows(reporter: pytest.TerminalReporter) -> Iterator[Row]:
    for outcome, word in RESULTS.items():
        for report in reporter.stats.get(outcome, []):
            name = Path(report.nodeid.partition("::")[0]).name
            found = re.match(r"test_(f\d\d)_", name)
            if "faults/" not in report.nodeid or (
                report.when != "call" and outcome == "passed"
            ):
                continue
            told = dict(report.user_properties)
            title = report.nodeid.rpartition("::")[2].removeprefix("test_")
            yield (
                found[1].upper() if found else "–",
                title.replace("_", " "),
                word,
                str(told.get("figure", _why(report))),
            )


def _why(report: pytest.TestReport) -> str:
    """The reason of a skip, else nothing."""
    where = report.longrepr
    if not isinstance(where, tuple):
        return ""
    return str(where[2]).removeprefix("Skipped: ")
