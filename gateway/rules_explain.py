"""``canhdong rules explain``: one page on why an alert of this gateway was raised."""

import argparse
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateway import check, past_buffer, plots, rulebook
from gateway.alert_commands import episode_of
from gateway.config import Config
from gateway.past_found import SURE_FULL_SCALE_CM
from gateway.reader import Reader
from gateway.records import EpisodeRow
from gateway.segments import DISPUTE_MS, Segment
from gateway.timeline import Timeline
from gateway.watch import LOOK_EVERY_MS
from rules import backtest, explain, explain_page, explain_words
from rules.backtest import Bar
from rules.chart.axes import Time
from rules.chart.panels import panels
from rules.chart.sight import Sight
from rules.chart.svg import drawn
from rules.engine import GATEWAY, Engine, Key
from rules.explain import Explanation, Told
from rules.history import Place
from rules.plot import Plot
from rules.recorded import Recorded
from rules.rule import Rule
from rules.scope import DAY_MS, SHARED
from rules.text import Both
from telemetry.settings import ConfigError
from telemetry.verdict import UNSEEN

MOST_COURSE_MS: Final = 14 * DAY_MS  # of an episode that is looked for its end
BEFORE_MS, AFTER_MS = 5 * DAY_MS, DAY_MS  # what its chart shows of before and after

SCALE: Final = Both(
    "Tầm đo của ống đo mực nước do chính nó báo và không lưu lại; ở đây lấy 100 cm.",
    "A level sensor tells its full scale itself and that is not kept; taken as 100 cm.",
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what it takes."""
    command.add_argument("code", metavar="CODE", help="the alert's three characters")
    command.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="gateway.toml"
    )
    command.add_argument("--lang", choices=["vi", "en"], default="vi")
    command.add_argument(
        "--out", type=Path, metavar="X.html", help="one sheet of A4 instead of text"
    )


def run(args: argparse.Namespace) -> int:
    """Tell why."""
    config = check.load(args.config)
    found, picture = explained(config, episode_of(config, args.code))
    page = explain_words.page(found, args.lang)
    if args.out is None:
        print(explain_page.as_text(page))
        return 0
    args.out.write_text(explain_page.as_html(page, picture), encoding="utf-8")
    print(args.out)
    return 0


def explained(config: Config, episode: EpisodeRow) -> tuple[Explanation, str]:
    """Ask the rules of today about an episode, by what the buffer holds; a chart."""
    by_id = {plot.id: plot for plot in plots.plots(config)}
    plot = by_id.get(episode.subject)
    told, guesses = _told(config, episode)
    rule = rulebook.read(config, {})[0].get(episode.rule)
    if rule is None or not _is_there(config, rule, episode.subject):
        return explain.gone(told, plot), ""
    chosen = plots.chosen(config)
    within = told.since_ms - BEFORE_MS, _last_ms(rule, told)
    wanted = _wanted(rule, told.subject, chosen)
    past, notes = _past(config, wanted, within, guesses)
    if rule.needs is None or "full_scale" not in rule.needs.names:
        notes = [note for note in notes if note is not SCALE]
    of_plot = [plot] if plot is not None else []
    bar = _course(rule, of_plot, past, told, chosen)
    if bar is not None:
        over_ms = bar.until_ms if told.state == "resolved" else None
        told = replace(told, fired_ms=bar.fired_ms, until_ms=over_ms)
    engine = Engine([rule], of_plot, past, chosen=chosen, states={})
    found = explain.explain(engine, rule, told, past.at, plot)
    found = replace(found, notes=(*found.notes, *notes))
    if plot is None:
        return found, ""
    since_ms, end_ms = told.since_ms - BEFORE_MS, told.instants[-1] + AFTER_MS
    time = Time(since_ms, max(told.since_ms, min(end_ms, past.last_ms)))
    bars = [] if bar is None else [bar]
    sight = Sight(plot=plot, recorded=past, time=time, chosen=chosen)
    shown = panels(sight, rule, bars)
    return found, drawn(shown, bars, time, rule.table.title.vi) if shown else ""


def _told(config: Config, episode: EpisodeRow) -> tuple[Told, list[Segment]]:
    """The episode with the time as it is known by now, and by which guess if by one."""
    with closing(Reader(config.buffer_path)) as reader:
        boot = reader.boot_id(episode.boot)
        since_ms = Timeline(reader.segments()).utc_ms(boot, episode.since_ms)
    guesses = []
    if since_ms is None and episode.utc_ms is not None:
        since_ms = episode.utc_ms
        offset_ms = since_ms - episode.since_ms
        guesses = [Segment(0, boot, 0, offset_ms, "guess", DISPUTE_MS)]
    if since_ms is None:
        fact = f"{episode.code}: nobody knows yet at what time it began"
        raise ConfigError([f"{fact}; ask again once the province has answered"])
    told = Told(
        code=episode.code,
        rule=episode.rule,
        subject=episode.subject,
        severity=episode.severity,
        state=episode.state,
        since_ms=since_ms,
        vi=episode.vi,
        en=episode.en,
        verdict=episode.verdict or UNSEEN,
    )
    return told, guesses


def _is_there(config: Config, rule: Rule, subject: str) -> bool:
    known = {"plot": [*config.plots], "sensor": [*config.sensors]}
    return subject in known.get(rule.table.per, [GATEWAY])


def _wanted(
    rule: Rule, subject: str, chosen: dict[Key, str]
) -> Callable[[Place], bool]:
    """Which channels a rule can ask for on its subject."""
    if rule.table.per == "sensor":
        return lambda place: place.sensor == subject
    if rule.table.per == "gateway":
        return lambda _: True
    named = {sensor for (plot, _), sensor in chosen.items() if plot == subject}
    return lambda place: (
        place.plot == subject or place.quantity in SHARED or place.sensor in named
    )


def _last_ms(rule: Rule, told: Told) -> int:
    """Up to when an episode is followed. [ms since 1970]"""
    is_over = told.state == "resolved"
    return told.since_ms + (MOST_COURSE_MS if is_over else rule.hold_ms + DAY_MS)


def _past(
    config: Config,
    wanted: Callable[[Place], bool],
    within: tuple[int, int],
    guesses: list[Segment],
) -> tuple[Recorded, list[Both]]:
    try:
        found = past_buffer.read(config, wanted, within, guesses)
    except ConfigError as fault:  # its words and numbers are told all the same
        return Recorded({}), [Both(each, each) for each in fault.faults]
    levels = {place for place in found.samples if place.quantity == "water_level"}
    unknown = dict.fromkeys(levels - found.full_scale.keys(), SURE_FULL_SCALE_CM)
    past = Recorded(
        found.samples, hours=found.hours, full_scale={**found.full_scale, **unknown}
    )
    return past, [SCALE] if unknown else []


def _course(
    rule: Rule, of_plot: list[Plot], past: Recorded, told: Told, chosen: dict[Key, str]
) -> Bar | None:
    """Its course by the looks that a gateway takes, if it would begin as it did."""
    since_ms = told.since_ms
    report = backtest.run(
        [rule],
        of_plot,
        past,
        since_ms=since_ms,
        until_ms=min(_last_ms(rule, told), past.last_ms + LOOK_EVERY_MS),
        every_ms=LOOK_EVERY_MS,
        chosen=chosen,
    )
    bar = next(iter(report.of(rule.id, told.subject)), None)
    if bar is None or bar.since_ms != since_ms:
        return None
    return replace(bar, code=told.code)  # a back-test's own would be another
