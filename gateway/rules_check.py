"""``canhdong rules check``: every fault of rule files, and what is odd in them."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway import check_plots, rulebook
from gateway.config import Config
from rules import lint, overlay, rule, tables
from rules.overlay import Laid
from rules.rule import Rule
from telemetry import settings
from telemetry.settings import ConfigError

EXIT_MISTAKE: Final = 2
TESTS: Final = "tests"  # beside the files of rules, as in rules/packs


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what it takes."""
    command.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="rules to lay over those shipped, or a folder; else the site's folder",
    )
    command.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="gateway.toml"
    )


def run(args: argparse.Namespace) -> int:
    """Tell all faults, all oddities, and each rule in a line."""
    config = None if args.config is None else settings.load(args.config, Config)
    faults: list[str] = []
    paths = _paths(args.files, config, faults)
    laid = overlay.lay(paths)
    faults += laid.faults
    shown = _shown(laid, paths) if args.files else laid.rules
    on = shown.keys() & _on(laid, config, faults).keys()
    for name, each in shown.items():
        print(_line(each, is_on=name in on))
    for warning in [*_warnings(laid, shown, paths), *_plot_notes(config)]:
        print(f"note: {warning}")
    for fault in faults:
        print(fault, file=sys.stderr)
    count = f"{len(shown)} rules, {len(on)} on, {len(faults)} faults"
    print(count)
    return EXIT_MISTAKE if faults else 0


def _paths(
    given: Sequence[Path], config: Config | None, faults: list[str]
) -> Sequence[Path]:
    folder = None if config is None else config.rules.folder
    try:
        if not given:
            return overlay.toml_files(folder)
        each = (overlay.toml_files(p) if p.is_dir() else [p] for p in given)
        return [path for some in each for path in some]
    except ConfigError as fault:
        faults += fault.faults
        return []


def _on(laid: Laid, config: Config | None, faults: list[str]) -> Mapping[str, Rule]:
    if config is None:
        return {name: each for name, each in laid.rules.items() if each.ships_on}
    faults += rulebook.switch_faults(config, laid.rules)
    return rulebook.switched(config, laid.rules)


def _shown(laid: Laid, paths: Iterable[Path]) -> dict[str, Rule]:
    """The rules that these files say or change."""
    mine = {str(path) for path in paths}
    return {n: each for n, each in laid.rules.items() if mine & {*each.files}}


def _line(each: Rule, *, is_on: bool) -> str:
    switch = "on " if is_on else "off"
    why = f": {each.table.off}" if each.table.off and not is_on else ""
    return f"{switch}  {each.state:<8}  {each.id}{why}"


def _warnings(
    laid: Laid, shown: Mapping[str, Rule], paths: Sequence[Path]
) -> Iterator[str]:
    packs = rule.packs()
    for name, each in shown.items():
        odd = list(lint.of_rule(each))
        if name in packs and each.origin == "changed":
            odd += lint.of_change(each, packs[name])
        yield from (f"{each.file}: rules.{name}: {one}" for one in odd)
    sets = {each.table.set: each.given for each in shown.values()}
    yield from lint.of_sets(sets, laid.rules.values(), laid.charts.values())
    folders = {path.parent for path in (*rule.pack_files(), *paths)}
    named = lint.tested(_tests(folders))
    yield from lint.of_tests(
        (each for each in shown.values() if each.origin != "changed"), named
    )


def _tests(folders: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """The tests beside the files of rules; what is wrong with one it says itself."""
    for folder in folders:
        for path in sorted((folder / TESTS).glob("*.toml")):
            try:
                yield tables.read(path)
            except ConfigError:
                continue


def _plot_notes(config: Config | None) -> Iterator[str]:
    return iter(()) if config is None else check_plots.season_notes(config)
