"""Which rules on which plots a back-test judges."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from gateway import plots as wired
from gateway import rulebook
from gateway.config import Config
from rules import overlay, rule
from rules.engine import Key
from rules.history import Place
from rules.plot import Plot
from rules.rule import Chart, Rule
from telemetry.settings import ConfigError, unknown

OWN_PLOT: Final = "plot"  # the id of a plot that the command line tells
_ALL: Final = "all"


def rules(
    names: Sequence[str], config: Config | None
) -> tuple[list[Rule], list[Chart]]:
    """The rules of these names, each once, and the curves of packs that were named.

    Raises
    ------
    ConfigError
        No rule, pack or file is called so, or a file has faults.
    """
    known = rule.packs() if config is None else rulebook.known(config)
    packs: dict[str, dict[str, Rule]] = {}
    for name, each in known.items():
        packs.setdefault(Path(each.file).stem, {})[name] = each
    found: dict[str, Rule] = {}
    faults: list[str] = []
    for name in names:
        if name == _ALL:
            found |= known
        elif name in known:
            found[name] = known[name]
        elif name in packs:
            found |= packs[name]
        elif name.endswith(".toml"):
            found |= _of_file(Path(name), faults)
        else:
            near = unknown(name, [*known, *packs, _ALL])
            faults.append(f"{name!r} is no rule, pack or FILE.toml; {near}")
    if faults:
        raise ConfigError(faults)
    shipped = [p for p in rule.pack_files() if p.stem in names or _ALL in names]
    charts = [each for path in shipped for each in rule.charts(path).values()]
    return list(found.values()), charts


def _of_file(path: Path, faults: list[str]) -> dict[str, Rule]:
    """What a file says of its own, or changes of the packs."""
    laid = overlay.lay([path])
    faults += laid.faults
    own = {name: each for name, each in laid.rules.items() if each.origin != "pack"}
    if not own and not laid.faults:
        faults.append(f"{path}: neither adds nor changes a rule")
    return own


# --- plots ---------------------------------------------------------------------


def plots(
    args: argparse.Namespace, config: Config | None
) -> tuple[list[Plot], Mapping[Key, str]]:
    """The plots that are judged, and which sensor each reads.

    Raises
    ------
    ConfigError
        It is not said which plot, or it is unknown.
    """
    if config is None or args.crop is not None:
        return _told_plot(args)
    plots = wired.plots(config)
    names = {plot.id for plot in plots}
    if args.plot is not None and args.plot not in names:
        raise ConfigError([f"--plot {args.plot!r}: {unknown(args.plot, names)}"])
    chosen = wired.chosen(config)
    kept = [plot for plot in plots if args.plot in (None, plot.id)]
    if not kept:
        raise ConfigError([f"{args.config}: has no plot; write [plots.NAME]"])
    if args.data is not None and len(kept) > 1:
        raise ConfigError(["--data is of one plot: say which by --plot"])
    return kept, chosen | _used(args.use, [plot.id for plot in kept])


def _told_plot(args: argparse.Namespace) -> tuple[list[Plot], Mapping[Key, str]]:
    if args.crop is None:
        raise ConfigError(["say which plot: -c FILE --plot ID, or --crop rice …"])
    plot = Plot(
        id=args.plot or OWN_PLOT,
        name=args.plot or "thửa thử",
        crop=args.crop,
        method=args.method,
        sown=args.sown,
        duration_days=args.duration,
        heading=args.heading,
        season=args.season,
        soil=args.soil,
        field_capacity=args.field_capacity,
        elevation_m=args.elevation,
        leaf_wetness=args.leaf_wetness,
    )
    return [plot], _used(args.use, [plot.id])


def _used(given: Sequence[str], plots: Sequence[str]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for text in given:
        quantity, mark, sensor = text.partition("=")
        if not mark or not sensor:
            raise ConfigError([f"--use {text!r}: write it as QUANTITY=SENSOR"])
        found |= {(plot, quantity): sensor for plot in plots}
    return found


def there(
    chosen: Mapping[Key, str], places: Iterable[Place], used: Sequence[str]
) -> dict[Key, str]:
    """Choices of sensors that the past has; those of a config may be of others.

    Raises
    ------
    ConfigError
        A sensor that was named by ``--use`` is not in the past.
    """
    known = {(place.quantity, place.sensor) for place in places}
    faults = [
        f"--use {text!r}: not in the past; {unknown(text, map('='.join, known))}"
        for text in used
        if tuple(text.split("=", 1)) not in known
    ]
    if faults:
        raise ConfigError(faults)
    return {key: name for key, name in chosen.items() if (key[1], name) in known}
