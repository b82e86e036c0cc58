"""A back-test as one page that needs nothing but itself, Vietnamese first.  Pure.

What comes from outside is escaped where it enters the page.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from rules.asking import reason
from rules.backtest import Bar, Report, busiest_week
from rules.chart.axes import Time, told
from rules.chart.panels import of_chart, panels
from rules.chart.sight import Sight
from rules.chart.svg import drawn
from rules.engine import Key
from rules.history import HOUR_MS
from rules.plot import Plot
from rules.recorded import Recorded
from rules.rule import Chart, Rule
from rules.telling import named
from rules.text import Instant, local, say

MOST_ON: Final = 0.30  # of the days; a rule that is on longer tells nothing (design)
FEW: Final = 3  # rules, each of which is drawn although it was quiet
MOST_EPISODES: Final = 60  # listed of one rule; more are counted

SEVERITIES_VI: Final = {
    "notice": "lưu ý",
    "warning": "cảnh báo",
    "critical": "khẩn cấp",
}
_OPEN: Final = "còn tiếp · open"


def render(
    report: Report,
    plots: Sequence[Plot],
    recorded: Recorded,
    *,
    title: str,
    notes: Iterable[str] = (),
    charts: Iterable[Chart] = (),
    chosen: Mapping[Key, str] | None = None,
) -> str:
    """The page of a report; ``title`` says of what record it is.

    ``charts`` are curves of packs that no rule speaks of.
    """
    time = Time(report.since_ms, report.until_ms)
    over = {plot.id: Sight(plot, recorded, time, chosen or {}) for plot in plots}
    shared = [Sight(plot, recorded, time, is_shared=True) for plot in plots[:1]]
    sections = [
        _section(sight, rule, report)
        for rule in report.rules.values()
        for sight in (shared if rule.table.per == "gateway" else over.values())
        if _is_shown(report, rule, sight)
    ]
    sections += [_chart(over[plot.id], each) for each in charts for plot in plots]
    text = files("rules.chart").joinpath("page.html").read_text("utf-8")
    return Template(text).substitute(
        title=escape(title),
        head=_head(report, plots, title),
        summary=_summary(report),
        rules="\n".join(sections),
        resting=_resting(report),
        notes=_notes(notes),
    )


def _is_shown(report: Report, rule: Rule, sight: Sight) -> bool:
    """Whether the rule has a picture: it spoke, or few were asked."""
    one = report.judged.get((rule.id, sight.subject))
    if rule.table.audience != "field" or one is None or not one.looks:
        return False
    return len(report.rules) <= FEW or bool(report.of(rule.id, sight.subject))


def _head(report: Report, plots: Sequence[Plot], title: str) -> str:
    begin, end = local(report.since_ms), local(report.until_ms)
    fields = "; ".join(f"{named(plot)} ({plot.crop})" for plot in plots)
    return (
        f"<p><b>{escape(title)}</b>: {begin:%d/%m/%Y} – {end:%d/%m/%Y},"
        f" {told(report.looks)} lần xem {_soft('looks')}. {escape(fields)}.</p>"
        '<p class="key">Nền: <i style="background:var(--notice-strip)"></i>lưu ý'
        '<i style="background:var(--warning-strip)"></i>cảnh báo'
        '<i style="background:var(--critical-strip)"></i>khẩn cấp'
        '<i style="background:var(--lead)"></i>ngày dự báo</p>'
        '<p class="key en">Background: notice, warning, critical; predicted'
        " day with its interval; dashed lines are the rule's own limits</p>"
    )


def _summary(report: Report) -> str:
    titles = [
        f"quy tắc {_soft('rule')}",
        f"đợt {_soft('episodes')}",
        f"nhiều nhất / tuần {_soft('a week')}",
        f"ngày có {_soft('days on')}",
        f"đúng {_soft('precision')}",
    ]
    judged = [key for key, one in report.judged.items() if one.looks]
    spoke = [key for key in judged if report.of(*key)]
    rows = "".join(_row(report, *key) for key in spoke)
    head = "".join(f"<th>{title}</th>" for title in titles)
    table = f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
    quiet = dict.fromkeys(
        rule for rule, subject in judged if (rule, subject) not in spoke
    )
    names = ", ".join(f"{_title(report, rule)} {_soft(rule)}" for rule in quiet)
    silent = f"<p>Im lặng {_soft('quiet')}: {names}.</p>" if names else ""
    return (
        f"{table if spoke else ''}{silent}"
        '<p class="en">Đúng: chưa ai thăm đồng để trả lời, nên để trống. Precision is'
        " left open: nobody went to see.</p>"
    )


def _title(report: Report, rule: str) -> str:
    return escape(report.rules[rule].table.title.vi)


def _row(report: Report, rule: str, subject: str) -> str:
    one, share = report.judged[rule, subject], report.on_share(rule, subject) or 0.0
    bars = report.of(rule, subject)
    kind = "over" if share > MOST_ON else ""
    days = f"{len(one.days_on)}/{len(one.days)} ({told(100 * share)} %)"
    cells = [
        f"{_title(report, rule)} {_soft(escape(f'{rule} · {subject}'))}",
        str(len(bars)),
        str(busiest_week(bars)),
        f'<span class="{kind}">{days}</span>',
        "?",
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _section(sight: Sight, rule: Rule, report: Report) -> str:
    table, bars = rule.table, report.of(rule.id, sight.subject)
    shown = panels(sight, rule, bars)
    picture = drawn(shown, bars, sight.time, table.title.vi) if shown else ""
    state = "" if rule.state != "proposed" else " · đề xuất, chưa được duyệt"
    return (
        f"<h2>{escape(table.title.vi)} · {escape(sight.name)}</h2>"
        f'<p class="en">{escape(table.title.en)} ({escape(rule.id)}{state})</p>'
        f"<p><code>{escape(' '.join(rule.when.text.split()))}</code></p>"
        f"{picture}{_episodes(bars)}{_why_not(report, rule, sight.subject)}"
    )


def _chart(sight: Sight, chart: Chart) -> str:
    """A curve for people to look at, of a pack that makes no rule of it."""
    crops, title = chart.table.crops, chart.table.title
    shown = of_chart(sight, chart) if sight.plot.crop in crops or not crops else []
    if not shown:
        return ""
    return (
        f"<h2>{escape(title.vi)} · {escape(named(sight.plot))}</h2>"
        f'<p class="en">{escape(title.en)}: chỉ để xem, không cảnh báo · to look at,'
        f" no alert</p>{drawn(shown, (), sight.time, title.vi)}"
    )


def _episodes(bars: Sequence[Bar]) -> str:
    if not bars:
        return '<p>Không có đợt nào. <span class="en">No episode.</span></p>'
    rows = "".join(_episode(bar) for bar in bars[:MOST_EPISODES])
    more = len(bars) - MOST_EPISODES
    rest = f"<p>… và {more} đợt nữa {_soft('and so many more')}</p>" if more > 0 else ""
    return (
        f"<details><summary>{len(bars)} đợt {_soft('episodes')}</summary>"
        f'<div class="wide"><table>{rows}</table></div>{rest}</details>'
    )


def _episode(bar: Bar) -> str:
    until = _OPEN if bar.until_ms is None else say(Instant(bar.until_ms), "vi")
    said = bar.events[0].say if bar.events else bar.title
    hours = (
        "" if bar.until_ms is None else f"{(bar.until_ms - bar.since_ms) // HOUR_MS} h"
    )
    doubt = " · độ tin thấp" if bar.is_doubtful else ""
    return (
        f"<tr><td><b>{escape(bar.code)}</b></td><td class='said'>"
        f"{escape(say(Instant(bar.since_ms), 'vi'))} → {escape(until)} {hours}<br>"
        f"{escape(said.vi)}<br><span class='en'>{escape(said.en)}</span></td>"
        f"<td>{SEVERITIES_VI[bar.severity]}{doubt}</td></tr>"
    )


def _why_not(report: Report, rule: Rule, subject: str) -> str:
    one = report.judged[rule.id, subject]
    if not one.resting:
        return ""
    shares = (
        f"{escape(why)}: {told(100 * count / report.looks)} %"
        for why, count in one.resting.most_common(3)
    )
    return f'<p class="en">Nghỉ · rests: {"; ".join(shares)}</p>'


def _resting(report: Report) -> str:
    """Rules that could judge nothing, and why."""
    told_ = [
        f"<li>{escape(rule)} · {escape(subject)}: {escape(reason(one.resting))}</li>"
        for (rule, subject), one in report.judged.items()
        if not one.looks and one.resting
    ]
    if not told_:
        return ""
    return (
        "<h2>Quy tắc không xét được</h2><p class='en'>Rules that could judge nothing"
        f" here, and why</p><ul class='en'>{''.join(told_)}</ul>"
    )


def _notes(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    if not items:
        return ""
    return (
        f"<h2>Về số liệu</h2><p class='en'>Of the data</p><ul class='en'>{items}</ul>"
    )


def _soft(text: str) -> str:
    return f'<span class="en">{text}</span>'
