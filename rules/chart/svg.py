"""A chart drawn: panels over one time, with the episodes behind all of them.  Pure."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from rules.backtest import Bar
from rules.chart.axes import DAY_MS, LEFT, RIGHT, WIDTH, Scale, Time, box, short, word
from rules.chart.sight import Panel
from rules.history import HOUR_MS, Hour

HEIGHT: Final = 74.0  # of one panel
HEAD: Final = 13.0  # for its title
STRIP: Final = 13.0  # for the codes of the episodes
FOOT: Final = 12.0  # for the days
HOURS_UP_TO: Final = 20 * 24  # h of a chart whose line goes from hour to hour
EAST_MS: Final = 7 * HOUR_MS  # Asia/Ho_Chi_Minh: days begin at its midnight
GAP_BINS: Final = 3  # empty ones that break a line; as many as make a value stale
LETTERS: Final = 7.0  # high are the words at a limit
ASIDE: Final = 70.0  # where the words of a limit stand that is close to another
CODE_WIDTH: Final = 15.0  # of an episode's three letters
EMPTY_ZERO: Final = (
    "mm",
    "insects",
    "1",
    "°d",
    "h",
)  # units whose scale begins at zero


def drawn(panels: Sequence[Panel], bars: Sequence[Bar], time: Time, title: str) -> str:
    """The whole picture."""
    height = STRIP + len(panels) * (HEIGHT + HEAD) + FOOT
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {round(height, 1)}" role="img"'
        f' aria-label="{escape(title)}">',
        *_episodes(bars, time, height - FOOT),
        *_ticks(time, height),
    ]
    for number, panel in enumerate(panels):
        top = STRIP + number * (HEIGHT + HEAD) + HEAD
        parts += _panel(panel, time, top)
    return "\n".join([*parts, "</svg>"])


def _episodes(bars: Sequence[Bar], time: Time, bottom: float) -> Iterator[str]:
    free_from = LEFT
    for bar in bars:
        first = time.x(bar.since_ms)
        last = time.x(time.until_ms if bar.until_ms is None else bar.until_ms)
        kind = f"episode {escape(bar.severity)}"
        yield box(
            kind, first, STRIP - 3, last - first, bottom - STRIP + 3, bar.title.vi
        )
        yield box(f"strip {escape(bar.severity)}", first, STRIP - 3, last - first, 3)
        if first >= free_from:  # a code that would lie on another is in the table
            yield word("code", min(first, WIDTH - CODE_WIDTH), STRIP - 5, bar.code)
            free_from = first + CODE_WIDTH


def _ticks(time: Time, height: float) -> Iterator[str]:
    for at_ms, text in time.ticks():
        x = time.x(at_ms)
        yield (
            f'<line class="grid" x1="{x}" x2="{x}" y1="{STRIP}" y2="{height - FOOT}"/>'
        )
        yield word("day", min(x + 2, WIDTH - 20), height - 3, text)


def _panel(panel: Panel, time: Time, top: float) -> Iterator[str]:
    scale = Scale.around(
        list(_values(panel)),
        top,
        HEIGHT - 4,
        from_zero=panel.unit in EMPTY_ZERO or bool(panel.bars),
    )
    yield word("name", LEFT, top - 3, f"{panel.title.vi}, {panel.unit}")
    yield word("name en", WIDTH - RIGHT, top - 3, panel.title.en)
    yield from scale.lines()
    for since, until, value in panel.bars:
        x, y = time.x(since), scale.y(value)
        yield box("bar", x, y, time.x(until) - x, scale.y(0.0) - y, short(value))
    yield from _line(panel, time, scale)
    for curve in panel.curves:
        yield _path("line", ((time.x(at), scale.y(value)) for at, value in curve))
    for curve in panel.bounds:
        yield _path("bound", ((time.x(at), scale.y(value)) for at, value in curve))
    for at, value in panel.dots:
        yield _dot(time.x(at), scale.y(value))
    yield from _reaches(panel, time, scale)
    yield from _limits(panel, scale)


def _values(panel: Panel) -> Iterator[float]:
    for hour in panel.hours:
        yield hour.mean
    for _, _, value in panel.bars:
        yield value
    for _, value in panel.dots:
        yield value
    for curve in (*panel.curves, *panel.bounds):
        for _, value in curve:
            yield value
    for _, value in panel.limits:
        yield value


def _limits(panel: Panel, scale: Scale) -> Iterator[str]:
    x, above = LEFT + 2, -LETTERS
    for name, value in sorted(panel.limits, key=lambda limit: -limit[1]):
        y, right = scale.y(value), WIDTH - RIGHT
        x = x + ASIDE if y - above < LETTERS else LEFT + 2
        above = y
        text = name if panel.unit in name else f"{name} {short(value)}"
        yield f'<line class="limit" x1="{LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        is_high = y - scale.top < LETTERS  # there the panel's title stands above it
        yield word("limit", x, y + LETTERS - 1 if is_high else y - 1.5, text)


def _reaches(panel: Panel, time: Time, scale: Scale) -> Iterator[str]:
    for one in panel.reaches:
        begin, level = (time.x(one.at_ms), scale.y(one.value)), scale.y(one.level)
        yield _path("lead", [begin, (time.x(one.best_ms), level)])
        ends = [(time.x(one.earliest_ms), level), (time.x(one.latest_ms), level)]
        yield _path("lead ends", ends)


def _line(panel: Panel, time: Time, scale: Scale) -> Iterator[str]:
    """Hourly means; over a season daily ones, on the span of the hourly."""
    if not panel.hours:
        return
    is_short = time.until_ms - time.since_ms <= HOURS_UP_TO * HOUR_MS
    width_ms = HOUR_MS if is_short else DAY_MS
    gap_bins = max(GAP_BINS, panel.gap_ms // width_ms)
    for piece in _pieces(panel.hours, width_ms, gap_bins):
        if len(piece) == 1:  # a line of one point would not be seen
            at, mean, _, _ = piece[0]
            yield _dot(time.x(at), scale.y(mean))
            continue
        if width_ms > HOUR_MS:
            above = [(time.x(at), scale.y(high)) for at, _, _, high in piece]
            below = [(time.x(at), scale.y(low)) for at, _, low, _ in reversed(piece)]
            yield _path("span", [*above, *below])
        yield _path("line", ((time.x(at), scale.y(mean)) for at, mean, _, _ in piece))


def _pieces(
    hours: Sequence[Hour], width_ms: int, gap_bins: int
) -> Iterator[list[tuple[int, float, float, float]]]:
    """Hours gathered into bins: middle, mean, low, high; a gap begins a new piece."""
    bins: dict[int, list[Hour]] = {}
    for hour in hours:
        bins.setdefault((hour.begin_ms + EAST_MS) // width_ms, []).append(hour)
    piece: list[tuple[int, float, float, float]] = []
    before = None
    for number, some in bins.items():
        if before is not None and number - before > gap_bins:
            yield piece
            piece = []
        before = number
        mean = sum(hour.mean for hour in some) / len(some)
        low, high = min(h.mean for h in some), max(h.mean for h in some)
        middle_ms = number * width_ms + width_ms // 2 - EAST_MS
        piece.append((middle_ms, mean, low, high))
    yield piece


def _dot(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="1.5"/>'


def _path(
    kind: str, points: "Sequence[tuple[float, float]] | Iterator[tuple[float, float]]"
) -> str:
    told_ = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline class="{kind}" points="{told_}"/>'
