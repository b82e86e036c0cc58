"""One test of a file, checked and made ready to run.

Which rules run in it is as on a gateway: those that ship on, and those that the test
names; with ``quiet = "all"`` every one.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from rules.models.soils import TEXTURES
from rules.plot import Plot
from rules.rule import Rule
from rules.stages import CROPS
from rules.trial import Expected, Trial
from rules.trial_field import MOST_MS, Made, made
from rules.trial_tables import Defaults, ExpectTable, PlotTable, TrialTable
from rules.trial_times import instant, offset, since, span
from telemetry.settings import unknown

MOST_STEPS: Final = 1_000_000  # looks and polls of one test
LEAST_MS: Final = 60_000  # rules watch nothing that moves within a minute
DAY_MS: Final = 86_400_000
EARLIEST_MS: Final = instant("2000-01-01 00:00") or 0  # what calendars are for
LATEST_MS: Final = instant("2099-12-31 23:59") or 0


def trial(
    table: TrialTable,
    defaults: Defaults,
    rules: Mapping[str, Rule],
    faults: list[str],
) -> Trial | None:
    """Make a test ready; ``None`` and ``faults`` where it cannot be."""
    mine: list[str] = []
    start_ms = _start(table.start or defaults.start, mine)
    every_ms = _every(table.every or defaults.every, mine)
    plot = table.plot or defaults.plot or PlotTable()
    mine += _plot_faults(plot)
    mine += _named_faults(table, rules)
    ready = None
    if start_ms is not None and every_ms is not None:
        field = made(
            table,
            defaults.sensors,
            plot=plot.id,
            start_ms=start_ms,
            every_ms=every_ms,
            most=MOST_STEPS,
            faults=mine,
        )
        ready = _whole(table, plot, rules, field, (start_ms, every_ms), mine)
    faults += (f"test {table.name!r}: {fault}" for fault in mine)
    return ready


def _whole(
    table: TrialTable,
    plot: PlotTable,
    rules: Mapping[str, Rule],
    field: Made,
    times: tuple[int, int],
    faults: list[str],
) -> Trial:
    start_ms, every_ms = times
    until_ms = _until(table, field, start_ms, faults)
    if until_ms // every_ms + 1 > MOST_STEPS - field.polls:
        faults.append(f"has more than {MOST_STEPS} looks and polls; take longer steps")
    expected = [
        _expected(at, each, start_ms, every_ms, until_ms, faults)
        for at, each in enumerate(table.expect)
    ]
    is_all = table.quiet == "all"
    named = {*_quiet(table), *table.rests, *(each.rule for each in table.expect)}
    on = [n for n, each in rules.items() if is_all or n in named or each.ships_on]
    return Trial(
        name=table.name,
        start_ms=start_ms,
        until_ms=until_ms,
        every_ms=every_ms,
        plot=_plot(plot),
        chosen={(plot.id, q): s for q, s in plot.sensors.items()},
        series=field.series,
        full_scale=field.full_scale,
        link=field.link,
        rules=tuple(on),
        expected=tuple(each for each in expected if each is not None),
        is_all_quiet=is_all,
        quiet=frozenset(_quiet(table)),
        rests=frozenset(table.rests),
    )


def _quiet(table: TrialTable) -> list[str]:
    return (
        []
        if table.quiet == "all"
        else ([table.quiet] if isinstance(table.quiet, str) else table.quiet)
    )


def _start(text: str | None, faults: list[str]) -> int | None:
    found = None if text is None else instant(text)
    if found is None:
        told = "is missing" if text is None else f"{text!r} is no local time"
        faults.append(f"start: {told}; write it as 2027-01-20 00:00")
    elif not EARLIEST_MS <= found <= LATEST_MS:
        faults.append(f"start: {text!r} is not within 2000 to 2099")
    return found


def _every(text: str | None, faults: list[str]) -> int | None:
    found = None if text is None else span(text)
    if found is None or not LEAST_MS <= found <= DAY_MS:
        told = "is missing" if text is None else f"{text!r} is none from 1m to 1d"
        faults.append(f"every: {told}; write the step as 1h or 15m")
        return None
    return found


def _until(table: TrialTable, field: Made, start_ms: int, faults: list[str]) -> int:
    """The last look since the start; the last poll where it is not said. [ms]"""
    last_ms, until = field.last_ms, table.until
    found = last_ms if until is None else since(until, start_ms)
    if found is None or found < 0:
        faults.append(f"until: {until!r} is no time after start; write it as +5d")
    elif max(found, last_ms) > MOST_MS:
        faults.append(f"until: the test goes on for more than {MOST_MS // DAY_MS} days")
    elif found < last_ms:
        faults.append(f"until: the series go on to {offset(last_ms)}; end there")
    return max(found or 0, last_ms)


def _expected(
    at: int,
    table: ExpectTable,
    start_ms: int,
    every_ms: int,
    until_ms: int,
    faults: list[str],
) -> Expected | None:
    mine: list[str] = []
    from_ms = since(table.from_, start_ms)
    to_ms = None if table.to is None else since(table.to, start_ms)
    within_ms = every_ms if table.within is None else span(table.within)
    for key, text, ms in (("from", table.from_, from_ms), ("to", table.to, to_ms)):
        if text is None:
            continue
        if ms is None:
            mine.append(f"{key}: {text!r} is no time; write it as +7d02h")
        elif not 0 <= ms <= until_ms:
            mine.append(f"{key}: {text} is not within the test")
    if from_ms is not None and to_ms is not None and to_ms < from_ms:
        mine.append(f"to: {table.to} is before {table.from_}")
    if within_ms is None:
        mine.append(f"within: {table.within!r} is no span; write it as 2h")
    faults += (f"expect[{at}].{fault}" for fault in mine)
    if mine or from_ms is None or within_ms is None:
        return None
    return Expected(
        rule=table.rule,
        subject=table.on,
        from_ms=from_ms,
        to_ms=to_ms,
        within_ms=within_ms,
        states=None if table.states is None else tuple(table.states),
        says=table.says,
    )


# --- what must agree -----------------------------------------------------------------


def _plot_faults(plot: PlotTable) -> Iterator[str]:
    if plot.crop not in CROPS:
        yield f"plot.crop: unknown crop {plot.crop!r}; {unknown(plot.crop, CROPS)}"
    if plot.soil and plot.soil not in TEXTURES:
        yield f"plot.soil: unknown soil {plot.soil!r}; {unknown(plot.soil, TEXTURES)}"


def _named_faults(table: TrialTable, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Rules that there are not, are named twice, or none at all."""
    if not (table.expect or table.quiet or table.rests):
        yield 'expects nothing; write [[test.expect]], or quiet = "all"'
    told = [("rule", each.rule) for each in table.expect]
    told += [("quiet", name) for name in _quiet(table)]
    told += [("rests", name) for name in table.rests]
    for key, name in told:
        if name not in rules:
            yield f"{key}: unknown rule {name!r}; {unknown(name, rules)}"
    keys: dict[str, set[str]] = {}
    for key, name in told:
        keys.setdefault(name, set()).add(key)
    yield from (
        f"{name} is named under {' and '.join(sorted(of_it))}; keep one"
        for name, of_it in keys.items()
        if len(of_it) > 1
    )


def _plot(table: PlotTable) -> Plot:
    given = {key: getattr(table, key) for key in table.__struct_fields__}
    del given["sensors"]
    return Plot(**given)
