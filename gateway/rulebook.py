"""Which rules watch the field of a config: those shipped, one's own, on and off."""

from collections.abc import Iterator
from pathlib import Path

from gateway.config import Config
from rules import rule
from rules.rule import Rule
from telemetry.settings import ConfigError, unknown


def known(config: Config) -> dict[str, Rule]:
    """Every rule by its id; one's own replace those shipped under the same id.

    Raises
    ------
    ConfigError
        With every fault of the files.
    """
    found = rule.packs()
    folder = config.rules.folder
    if folder is None:
        return found
    own: dict[str, Rule] = {}
    faults: list[str] = []
    for path in _files(folder):
        try:
            more = rule.load(path)
        except ConfigError as fault:
            faults += fault.faults
            continue
        faults += (
            f"{path}: rules.{name}: stands in another file of this folder too; keep one"
            for name in own.keys() & more.keys()
        )
        own |= more
    if faults:
        raise ConfigError(faults)
    return found | own


def _files(folder: Path) -> list[Path]:
    """The rule files of a folder; one that cannot be listed is not an empty one."""
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == ".toml")
        odd = [p for p in found if not p.is_file()]  # a pipe would be waited for
    except OSError as fault:
        raise ConfigError(
            [f"rules.folder: {folder}: cannot be listed: {fault.strerror}"]
        ) from None
    if odd:
        raise ConfigError([f"{path}: is not a file that can be read" for path in odd])
    return found


def chosen(config: Config) -> dict[str, Rule]:
    """The rules that are on: all but the proposed, ``on`` added, ``off`` taken out."""
    return {
        name: each
        for name, each in known(config).items()
        if (each.ships_on or name in config.rules.on) and name not in config.rules.off
    }


def faults(config: Config) -> Iterator[str]:
    """What is wrong with rules and their switches."""
    try:
        names = known(config)
    except ConfigError as fault:
        yield from fault.faults
        return
    for key in ("on", "off"):
        for name in getattr(config.rules, key):
            if name not in names:
                yield f"rules.{key}: unknown rule {name!r}; {unknown(name, names)}"
    for name in set(config.rules.on) & set(config.rules.off):
        yield f"rules: {name} is in on and in off; keep one"
