"""Gathering the facts of a lot from registry, ledger and store.

Registry and time join readings to a season; no tag of a reading names one.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from province.channels import Gateways, gateways
from province.communes import commune
from province.episodes import Episode, episodes
from province.ledger import Ledger
from province.lot.facts import Lot, Season
from province.lot.measured import measured
from province.registry import records
from province.stores.base import Store
from province.tally import NS_OF_MS, Scope
from rules.text import HERE

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def gather(
    about: records.Lot, *, ledger: Ledger, store: Store, at_ms: int, is_simulated: bool
) -> Lot:
    """Gather what is known of a lot at ``at_ms``. [UTC]"""
    with ledger.reading() as connection:
        known = gateways(connection, about.coop.coop)
        told = episodes(connection, coop=about.coop.coop)
    return Lot(
        about=about,
        at_ms=at_ms,
        is_simulated=is_simulated,
        seasons=[
            _season(grown, about.harvested, at_ms, known, told, store)
            for grown in about.seasons
        ],
    )


def midnight_ns(day: date) -> int:
    """Begin of a local day. [ns since 1970]"""
    begin = datetime.combine(day, time(), HERE)
    return (begin - _EPOCH) // timedelta(microseconds=1) * 1000


def _season(
    grown: records.Season,
    harvested: date,
    at_ms: int,
    known: Gateways,
    told: Iterable[Episode],
    store: Store,
) -> Season:
    # What was picked before the season's end has not seen that end.
    last = min(harvested, grown.harvested or harvested)
    start_ns = midnight_ns(grown.sown)
    end_ns = min(midnight_ns(last + timedelta(days=1)), at_ms * NS_OF_MS)
    end_ns = max(start_ns, end_ns)  # sown tomorrow: nothing yet
    plot = grown.plot.plot
    season = Season(
        grown=grown,
        commune=_commune(grown.plot.commune),
        start_ns=start_ns,
        end_ns=end_ns,
        measured=[],
        alerts=[one for one in told if _touches(one, plot, start_ns, end_ns, known)],
        strangers=[],
    )
    if end_ns == start_ns:
        return season
    scope = Scope(coop=grown.coop, plot=plot, start_ns=start_ns, end_ns=end_ns)
    seen = store.series(scope)
    senders = {one.series.gateway for one in seen}
    return replace(
        season,
        measured=measured(scope, seen, known, store),
        strangers=sorted(one for one in senders if not known.is_known(one)),
    )


def _commune(code: str) -> str:
    found = commune(code)
    return code if found is None else f"{found.name}, {found.province.name}"


def _touches(
    one: Episode, plot: str, start_ns: int, end_ns: int, known: Gateways
) -> bool:
    """Whether an episode is of this plot, its sensors or its weather, and this time."""
    if one.begin_ms * NS_OF_MS >= end_ns:
        return False
    if one.until_ms is not None and one.until_ms * NS_OF_MS < start_ns:
        return False
    if one.plot:
        return one.plot == plot
    channels = known.channels.get(one.identity.gateway, ())
    here = [on.sensor for on in channels if on.plot == plot]
    if one.audience == "field":  # the weather of all plots of a gateway
        return bool(here)
    return one.subject in here
