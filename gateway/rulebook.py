"""Which rules watch the field of a config: those shipped, one's own, on and off."""

from collections.abc import Iterator

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
    if not folder.is_dir():
        raise ConfigError([f"rules.folder: {folder} is not a folder"])
    faults: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found |= rule.load(path)
        except ConfigError as fault:
            faults += fault.faults
    if faults:
        raise ConfigError(faults)
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
