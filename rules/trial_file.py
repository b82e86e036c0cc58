"""Tests of rules from a file: read and checked as strictly as rules are.

A file lies beside the packs (``rules/packs/tests``) or anywhere, and names the rules
that it is of; ``rules.trial_tables`` has its form.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from rules import overlay, rule, tables
from rules.rule import Rule
from rules.trial import Trial
from rules.trial_ready import trial
from rules.trial_tables import TrialFile, TrialTable
from telemetry import settings
from telemetry.settings import ConfigError, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one file, and the rules that they are of."""

    path: Path
    rules: Mapping[str, Rule]
    trials: tuple[Trial, ...]


def shipped() -> list[Path]:
    """The files that are shipped with the packs."""
    folder = Path(str(files("rules").joinpath("packs", "tests")))
    return sorted(folder.glob("*.toml"))


def load(path: Path) -> Suite:
    """Read the tests of a file.

    Raises
    ------
    ConfigError
        With every fault of the file: place, fact and remedy.
    """
    written = tables.read(path)
    try:
        file = settings.fit(written, TrialFile)
        rules = _rules(file, path.parent)
        faults: list[str] = []
        trials = [trial(each, file.defaults, rules, faults) for each in file.test]
        faults += _doubles(file.test)
    except ConfigError as fault:
        faults = fault.faults
    if faults:
        raise ConfigError(f"{path}: {fault}" for fault in faults)
    ready = tuple(each for each in trials if each is not None)
    return Suite(path=path, rules=rules, trials=ready)


# --- the rules that are tested -----------------------------------------------------


def _rules(file: TrialFile, folder: Path) -> dict[str, Rule]:
    """Every rule that the file names, of the packs where it names none."""
    paths = [_pack(name) for name in _list(file.pack)]
    paths += [folder / name for name in _list(file.rules)]
    if not paths:
        return _packs()
    found: dict[str, Rule] = {}
    for path in paths:
        more = _of(path)
        for name in found.keys() & more.keys():
            msg = f"rules: {name} stands in {path} and in another file; name one"
            raise ConfigError([msg])
        found |= more
    return found


def _of(path: Path) -> dict[str, Rule]:
    if "\0" in str(path):
        raise ConfigError(["rules: a path has no NUL in it"])
    if path.is_dir():
        return overlay.merged(path)
    return rule.load(path)


@cache
def _packs() -> dict[str, Rule]:
    return rule.packs()


def _pack(name: str) -> Path:
    known = {path.stem: path for path in rule.pack_files()}
    if name not in known:
        raise ConfigError([f"pack: unknown pack {name!r}; {unknown(name, known)}"])
    return known[name]


def _list(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _doubles(tests: Iterable[TrialTable]) -> Iterator[str]:
    names = [each.name for each in tests]
    if not names:
        yield "test: there is none; write [[test]]"
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"test {name!r}: is the name of two tests; tell them apart"
