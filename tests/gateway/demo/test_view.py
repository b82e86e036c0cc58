"""A terminal gets a screen, a log gets lines."""

import io

from pytest_mock import MockerFixture
from rich.console import Console

from gateway.demo.card import Ending
from gateway.demo.count import Outage, Readings, Report
from gateway.demo.screen import Snapshot
from gateway.demo.view import Lines, Screen, open_view
from gateway.demo.words import Words

FLOWING, CUT = Words("đang gửi", "readings flow"), Words("mất", "link cut")
ENDING = Ending(
    report=Report(
        readings=Readings(
            answered=1,
            committed=1,
            stored=1,
            lost=0,
            duplicate=0,
            missing_flagged=0,
        ),
        outage=Outage(),
    ),
    page="/demo/report.html",
    commands=[],
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_kind_of_output_chooses_the_view() -> None:
    assert isinstance(open_view(Terminal()), Screen)
    assert isinstance(open_view(io.StringIO()), Lines)


def test_a_log_gets_a_line_when_the_story_goes_on_and_every_few_seconds(
    mocker: MockerFixture,
) -> None:
    out = io.StringIO()
    now_s = mocker.patch("gateway.demo.view.machine_s")

    with Lines(out) as view:
        for at_s, note in ((0, FLOWING), (1, FLOWING), (2, CUT), (4, CUT), (7, CUT)):
            now_s.return_value = at_s
            view.show(Snapshot(day=at_s), note)

    assert [line[:6] for line in out.getvalue().splitlines()] == [
        "ngày 1",
        "ngày 3",
        "ngày 8",
    ]


def test_the_outcome_stands_below_the_last_screen() -> None:
    out = Terminal()

    with Screen(Console(file=out, width=90, force_terminal=True)) as view:
        view.show(Snapshot(), FLOWING)
        view.close(ENDING)

    shown = out.getvalue()
    assert shown.index("readings flow") < shown.index("lost 0, twice 0")


def test_a_log_ends_with_the_outcome() -> None:
    out = io.StringIO()

    Lines(out).close(ENDING)

    assert "Mất 0, trùng 0 · lost 0, twice 0" in out.getvalue().splitlines()
