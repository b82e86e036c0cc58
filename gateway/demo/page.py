"""``report.html``: the story on one page that needs nothing but itself.  Pure.

Vietnamese first.  What comes from outside is escaped where it enters the page.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from drivers.sim.story import DAYS
from gateway.demo.chart import Band, Threshold, catches, levels
from gateway.demo.count import Episode, Report
from gateway.demo.gather import Told
from gateway.demo.words import vi
from rules.text import HERE

THRESHOLDS: Final = (Threshold(-10.0, "−10"), Threshold(-15.0, "−15 (IRRI)"))


def render(told: Told) -> str:
    """The page."""
    text = files("gateway.demo").joinpath("page.html").read_text("utf-8")
    return Template(text).substitute(
        dates=escape(_dates(told)),
        water=levels(
            told.water,
            title="Mực nước thửa 17",
            thresholds=THRESHOLDS,
            bands=[*told.outages, *_of(told, "p17")],
        ),
        trap=catches(
            told.nights,
            title="Bẫy đèn thửa 3",
            bands=_of(told, "p3"),
        ),
        soil=levels(
            told.soil,
            title="Độ ẩm đất thửa 21",
            bands=[*told.outages, *told.unplugged],
        ),
        counts=_counts(told.report),
        alerts="\n".join(map(_article, told.report.by_reader)) or _NO_ALERT,
        lot=_lot(told.report.lot),
    )


_NO_ALERT: Final = '<p>Không có cảnh báo. <span class="en">No alert.</span></p>'


def _dates(told: Told) -> str:
    first = told.begin.astimezone(HERE)
    last = first + timedelta(days=DAYS - 1)
    return f"{first:%d/%m} – {last:%d/%m/%Y}"


def _of(told: Told, plot: str) -> list[Band]:
    """Episodes that a farmer of ``plot`` was told."""
    return [
        band
        for episode, band in told.episodes
        if episode.plot == plot and episode.alert.audience == "field"
    ]


def _counts(report: Report) -> str:
    n = report.readings
    told = [
        ("trả lời", "answered", n.answered),
        ("đã ghi ở trạm", "committed", n.committed),
        ("tỉnh xác nhận", "confirmed", n.stored),
        ("mất", "lost", n.lost),
        ("trùng", "twice", n.duplicate),
    ]
    if n.cut_off:
        told.insert(1, ("chưa kịp ghi khi trạm tắt", "cut off by a kill", n.cut_off))
    rows = [[f"{vi_} {_soft(en_)}", vi(value)] for vi_, en_, value in told]
    outage = report.outage
    if outage.drained_in_s is not None:
        words = f"chờ trong lúc mất đường truyền {_soft('waited over the outage')}"
        rows.append([words, vi(outage.buffered)])
    verdict = ("good", "Các số khớp", "the counts agree")
    if not report.agrees:
        verdict = ("bad", "Các số KHÔNG khớp", "the counts do NOT agree")
    kind, said_vi, said_en = verdict
    last = f'<p><b class="{kind}">{said_vi}</b> {_soft(said_en)}</p>'
    return _table([], rows) + last


def _article(episode: Episode) -> str:
    alert = episode.alert
    kind = "technician" if alert.audience == "technician" else "field"
    states = " → ".join(episode.states)
    return (
        f'<article class="{kind}"><h3>{escape(alert.title_vi or alert.rule)}'
        f" [{escape(episode.code)}]</h3>"
        f"<p>{escape(alert.vi)}</p><p><b>{escape(alert.do_vi)}</b></p>"
        f'<p class="en">{escape(alert.title_en)}: {escape(alert.en)}'
        f" {escape(alert.do_en)}</p>"
        f'<p class="en">{escape(alert.source)} · {escape(states)}</p></article>'
    )


def _lot(lot: Mapping[str, Any] | None) -> str:
    """What ``canhdong-province lot --json`` says, as tables."""
    if lot is None:
        return ""
    parts = [
        f"<h2>Lô {escape(str(lot['lot']))}</h2>"
        '<p class="en">What the lot went through in its season, as the province'
        " has it; its gateway stands in the field for these eight days</p>"
    ]
    parts += [_season(season) for season in lot["seasons"]]
    return "\n".join(parts)


def _season(season: Mapping[str, Any]) -> str:
    head = (
        f"{season['plot_name']}, {season['locality']}: {season['crop']},"
        f" {season['from'][:10]} – {season['to'][:10]}"
    )
    titles = ["", f"giá trị {_soft('value')}", "min", "max", f"đủ {_soft('stored')}"]
    rows = [
        [
            f"{escape(one['quantity_vi'])} {_z(one['z'])} {_soft(escape(one['unit']))}",
            f"{_soft(escape(one['measure_vi']))} {_number(one['value'])}",
            *(_number(one[key]) for key in ("min", "max")),
            _number(one.get("coverage_since_first_pct"), " %"),
        ]
        for one in season["measured"]
    ]
    codes = ", ".join(str(alert.get("code", "")) for alert in season["alerts"])
    told = f"<p>Cảnh báo: {escape(codes or 'không có')} {_soft('alerts')}</p>"
    table = f'<div class="wide">{_table(titles, rows)}</div>'
    return f"<p>{escape(head)}</p>{table}{told}"


def _z(z: int) -> str:
    return escape(f"z {z} cm") if z else ""


def _number(value: object, unit: str = "") -> str:
    return vi(value, 1) + unit if isinstance(value, int | float) else "—"


def _soft(text: str) -> str:
    return f'<span class="en">{text}</span>'


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{f'<tr>{head}</tr>' if titles else ''}{body}</table>"
