"""``canhdong rules backtest``: what rules would have said over a recorded past."""

import argparse
import sys
from typing import Final

from gateway import backtest_arguments, backtest_subject, backtest_table, check
from gateway.past_choice import begin_ms, found
from gateway.past_found import recorded
from rules import backtest
from rules.chart.page import render
from rules.history import HOUR_MS
from rules.recorded import Recorded
from rules.scope import DAY_MS
from rules.text import local_day
from telemetry.settings import ConfigError

LEAST_H: Final = 0.02  # h between two looks; a gateway's own are 5 min apart
MOST_H: Final = 24  # h; a rule that looks at yesterday looks once a day
MOST_LOOKS: Final = 200_000  # 22 years of hours; minutes of work

add_arguments = backtest_arguments.add_arguments


def run(args: argparse.Namespace) -> int:
    """Run rules over a past and print what came of it."""
    config = None if args.config is None else check.load(args.config)
    rules, charts = backtest_subject.rules(args.rules, config)
    plots, chosen = backtest_subject.plots(args, config)
    given = found(args, config, plots[0].id)
    past, assumed = recorded(given, is_strict=args.strict)
    chosen = backtest_subject.there(chosen, past.places, args.use)
    notes = [*given.notes, *assumed]
    for note in notes:
        print(f"  {note}", file=sys.stderr)
    since_ms, until_ms = _span(args, past)
    report = backtest.run(
        rules,
        plots,
        past,
        since_ms=since_ms,
        until_ms=until_ms,
        every_ms=round(args.every * HOUR_MS),
        chosen=chosen,
    )
    for line in backtest_table.lines(report):
        print(line)
    if args.chart is not None:
        title = str(args.data.name if args.data else args.store or args.config)
        page = render(
            report,
            plots,
            past,
            title=title,
            notes=notes,
            charts=charts,
            chosen=chosen,
        )
        args.chart.write_text(page, encoding="utf-8")
        print(f"{args.chart}: {len(page.encode()) // 1000} kB")
    return 0


def _span(args: argparse.Namespace, past: Recorded) -> tuple[int, int]:
    """From the first look to the last, on whole hours. [ms since 1970]"""
    first_ms, last_ms = past.first_ms, past.last_ms
    if args.since is not None:
        first_ms = max(first_ms, begin_ms(args.since))
    if args.until is not None:
        last_ms = min(last_ms, begin_ms(args.until) + DAY_MS - 1)
    first_ms = -(-first_ms // HOUR_MS) * HOUR_MS
    last_ms = last_ms // HOUR_MS * HOUR_MS
    if not LEAST_H <= args.every <= MOST_H:
        raise ConfigError([f"--every {args.every:g}: give {LEAST_H} to {MOST_H} hours"])
    if last_ms < first_ms:
        raise ConfigError(["nothing to look at: see --from, --to and --every"])
    looks = (last_ms - first_ms) / (args.every * HOUR_MS)
    if looks > MOST_LOOKS:
        span = f"{local_day(first_ms)} to {local_day(last_ms)}"
        why = f"{span} are {looks:.0f} looks, more than {MOST_LOOKS}: give --from, --to"
        raise ConfigError([f"{why}; one wrong date makes a past long"])
    return first_ms, last_ms
