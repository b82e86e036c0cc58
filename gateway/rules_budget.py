"""``canhdong rules budget``: how often each rule speaks over the recorded sets."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from gateway.past_found import Found, recorded
from rules import budget, recorded_sets, rule
from rules.budget import Line
from rules.chart.page import render
from rules.recorded_sets import Site
from rules.recorded_sites import NOT_LAID, SITES

DATA: Final = Path("../shared/data")  # where a checkout of this project has them
EXIT_BEYOND: Final = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DIR",
        help=f"folder of the recorded sets (default {DATA})",
    )
    parser.add_argument(
        "--site", action="append", metavar="ID", choices=[s.id for s in SITES]
    )
    parser.add_argument(
        "--charts", type=Path, metavar="DIR", help="draw every plot into this folder"
    )


def run(args: argparse.Namespace) -> int:
    """Run every pack over every recorded set; 1 if a rule that ships on is beyond."""
    rules = list(rule.packs().values())
    if args.charts is not None:
        args.charts.mkdir(parents=True, exist_ok=True)
    found: list[Line] = []
    for site in SITES:
        if args.site is not None and site.id not in args.site:
            continue
        missing = site.missing(args.data)
        if missing is not None:
            print(missing)
            continue
        mine = list(_judged(site, args, rules))
        found += mine
        for text in _site(site, mine):
            print(text, flush=True)
    for folder, why in NOT_LAID.items():
        print(f"{folder}: no plot is laid over it: {why}")
    if not found:
        print(f"nothing of the recorded sets is in {args.data}: name it by --data DIR")
        return 0
    faults = list(budget.faults(found))
    for text in _totals(found):
        print(text)
    for text in budget.loud(found):
        print(f"LOUD    {text}")
    for fault in faults:
        print(f"BEYOND  {fault}", file=sys.stderr)
    if not faults:
        print(
            f"within the budget: no rule that ships on tells more than"
            f" {budget.MOST_A_WEEK} alerts a plot and week, none is on more than"
            f" {100 * budget.MOST_ON:.0f} % of the days"
        )
    return EXIT_BEYOND if faults else 0


def _judged(
    site: Site, args: argparse.Namespace, rules: Iterable[rule.Rule]
) -> Iterator[Line]:
    taking = recorded_sets.take(site, args.data)
    past, assumed = recorded(Found(taking.samples), is_strict=False)
    for laid, report in budget.judged(site, past, rules):
        yield from budget.lines(site, laid, report)
        if args.charts is not None:
            title = f"{site.id}: {site.about}"
            notes = [*taking.notes, *assumed]
            page = render(report, [laid.plot], past, title=title, notes=notes)
            path = args.charts / f"{site.id}-{laid.plot.name.replace(' ', '-')}.html"
            path.write_text(page, encoding="utf-8")


def _site(site: Site, some: list[Line]) -> Iterator[str]:
    yield f"\n{site.id}: {site.about}"
    plots: dict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in some:
        plots[line.laid.plot.name, line.laid.since_ms].append(line)
    for (name, _), lines in plots.items():
        laid = lines[0].laid
        yield (
            f"  {name}, sown {laid.plot.sown} ({laid.how}), {laid.days:.0f} days:"
            f" {budget.a_week(lines)} alerts a week at most"
        )
        quiet = [line.rule.id for line in lines if not line.bars]
        for line in lines:
            if line.bars:
                yield f"    {_told(line)}"
        if quiet:
            yield f"    quiet: {len(quiet)} rules"


def _told(line: Line) -> str:
    switch = "on" if line.rule.ships_on else "off"
    remark = "" if line.is_ours_to_judge else "  nobody waters there: not counted"
    if line.rule.table.kind == "daily":
        remark += "  a line a day"
    return (
        f"{line.rule.id:<28} {switch:<3} {len(line.bars):>4} episodes"
        f" {line.a_month:>5.1f} a month  {100 * line.share:>3.0f} % of"
        f" {line.days} days{remark}"
    )


def _totals(found: Iterable[Line]) -> Iterator[str]:
    """Every rule over all plots that it could judge."""
    by_rule: dict[str, list[Line]] = defaultdict(list)
    for line in found:
        by_rule[line.rule.id].append(line)
    head = "ships  plots  episodes  a month  days on  worst"
    yield f"\n{'rule':<28} {head}"
    for name, some in sorted(by_rule.items()):
        days = sum(line.laid.days for line in some)
        bars = sum(len(line.bars) for line in some)
        judged = sum(line.days for line in some)
        share = sum(line.days_on for line in some) / judged
        worst = max(line.share for line in some)
        switch = "on" if some[0].rule.ships_on else "off"
        yield (
            f"{name:<28} {switch:<5} {len(some):>6} {bars:>9}"
            f" {bars / days * budget.MONTH_DAYS:>8.2f} {100 * share:>6.1f} %"
            f" {100 * worst:>4.0f} %"
        )
