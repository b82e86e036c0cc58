"""A plot by the name that people give it: the registry's, else its gateway's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from province.alerting import clean
from province.mail.letter import Notice, Place
from province.registry.store import Registry


def named(notice: Notice, registry: Registry, meta: Mapping[str, Any]) -> Notice:
    """Return ``notice`` with names for the plot whose id it has.

    ``meta`` is the gateway's ``up/meta`` and may hold anything.
    """
    coop, plot = notice.identity.coop, notice.place.plot
    cooperative = registry.cooperative(coop)
    coop_name = cooperative.name if cooperative else coop
    entry = registry.plot(coop, plot) if plot else None
    if entry is not None:
        place = Place(plot=entry.name, locality=entry.locality, coop=coop_name)
        return replace(notice, place=place)
    told = _told(meta, plot)
    return replace(
        notice,
        place=Place(
            plot=_text(told, "name") or plot,
            locality=_text(told, "locality"),
            coop=coop_name,
        ),
    )


def _told(meta: Mapping[str, Any], plot: str) -> Mapping[str, Any]:
    plots = meta.get("plots")
    told = plots.get(plot) if isinstance(plots, dict) else None
    return told if isinstance(told, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return clean(value) if isinstance(value, str) else ""
