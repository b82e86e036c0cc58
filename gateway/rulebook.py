"""Which rules watch the field of a config: those shipped, one's own, on and off."""

from collections.abc import Collection, Iterator, Mapping

from gateway.config import Config
from rules import overlay
from rules.rule import Rule
from telemetry.settings import ConfigError, unknown


def known(config: Config) -> dict[str, Rule]:
    """Every rule by its id; the site's own files are laid over those shipped.

    Raises
    ------
    ConfigError
        With every fault of the files.
    """
    return overlay.merged(config.rules.folder)


def read(
    config: Config, before: Mapping[str, Rule]
) -> tuple[dict[str, Rule], list[str]]:
    """Every rule that can be used, and what is wrong with the rest or the switches.

    What stands in the folder never stops the daemon: what is broken there is told,
    and goes on as it was ``before``, or else as it is shipped.
    """
    found, faults = overlay.read(config.rules.folder, before)
    return found, faults or list(switch_faults(config, found))


def chosen(config: Config) -> dict[str, Rule]:
    """The rules that are on: all that ship on, ``on`` added, ``off`` taken out."""
    return switched(config, known(config))


def switched(config: Config, rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Those of ``rules`` that are on by the config."""
    return {
        name: each
        for name, each in rules.items()
        if (each.ships_on or name in config.rules.on) and name not in config.rules.off
    }


def faults(config: Config) -> Iterator[str]:
    """What is wrong with rules and their switches."""
    try:
        names = known(config)
    except ConfigError as fault:
        yield from fault.faults
        return
    yield from switch_faults(config, names)


def switch_faults(config: Config, names: Collection[str]) -> Iterator[str]:
    """What is wrong with ``on`` and ``off`` where these rules are known."""
    for key in ("on", "off"):
        for name in getattr(config.rules, key):
            if name not in names:
                yield f"rules.{key}: unknown rule {name!r}; {unknown(name, names)}"
    for name in set(config.rules.on) & set(config.rules.off):
        yield f"rules: {name} is in on and in off; keep one"
