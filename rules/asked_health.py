"""What the technician's rules ask: a sensor's own health, and the link's."""

from rules.asked_windows import COVERED
from rules.history import HOUR_MS, Run
from rules.quality.stuck import LEAST_CHANGE
from rules.scope import Scope
from rules.text import Instant
from rules.vocabulary import Value
from telemetry.reading import Flag


def silent(scope: Scope) -> Value:
    """Polls without an answer up to now, of the channel that has most of them."""
    return _run_of(scope, Flag.MISSING)


def impossible(scope: Scope) -> Value:
    """Values that cannot be, one after another up to now."""
    return _run_of(scope, Flag.FAIL)


def well(scope: Scope) -> Value:
    """Whether every channel has just given a value that can be."""
    runs = [scope.history.run(place) for place in scope.of_sensor()]
    known = [run for run in runs if run is not None]
    if not known:
        return None
    return all(run.flag not in (Flag.MISSING, Flag.FAIL) for run in known)


def stuck(scope: Scope) -> Value:
    """Hours without the least change, where the quantity always changes a little."""
    watched = [p for p in scope.of_sensor() if p.quantity in LEAST_CHANGE]
    longest = None if watched else 0.0
    for place in watched:
        limit = LEAST_CHANGE[place.quantity]
        found = scope.hours(place, round(limit.within_h * HOUR_MS))
        if len(found) < COVERED * limit.within_h:
            continue
        low, high = min(h.low for h in found), max(h.high for h in found)
        flat_h = limit.within_h if limit.is_flat(low, high) else 0.0
        longest = max(longest or 0.0, flat_h)
    return longest


def moving(scope: Scope) -> Value:
    """Whether every such channel has changed, by as many hours as were measured."""
    known = []
    for place in scope.of_sensor():
        limit = LEAST_CHANGE.get(place.quantity)
        if limit is None:
            continue
        found = scope.hours(place, round(limit.within_h * HOUR_MS))
        if found:
            low, high = min(h.low for h in found), max(h.high for h in found)
            known.append(not limit.is_flat(low, high))
    return all(known) if known else None


def below_limit(scope: Scope) -> Value:
    """Whether a channel is below the limit that its table gives (``alarm_below``)."""
    watched = [p for p in scope.of_sensor() if p.alarm_below is not None]
    known = [(scope.last(place), place.alarm_below) for place in watched]
    if not watched:
        return False
    if any(value is None for value, _ in known):
        return None
    return any(
        value < limit
        for value, limit in known
        if value is not None and limit is not None
    )


def _run_of(scope: Scope, flag: Flag) -> Value:
    longest: Run | None = None
    is_known = False
    for place in scope.of_sensor():
        run = scope.history.run(place)
        if run is None:
            continue
        is_known = True
        if run.flag == flag and (longest is None or run.length > longest.length):
            longest = run
    if longest is None:
        return 0.0 if is_known else None
    if scope.now.utc_ms is not None:
        since_ms = scope.now.utc_ms - (scope.now.ms - longest.since_ms)
        scope.facts["since"] = Instant(since_ms)
    return float(longest.length)


# --- the gateway ---------------------------------------------------------------


def link_down(scope: Scope) -> Value:
    """Hours for which the province has not answered."""
    if scope.link_down_ms is None:
        return None
    if scope.now.utc_ms is not None:
        scope.facts["since"] = Instant(scope.now.utc_ms - scope.link_down_ms)
    return scope.link_down_ms / HOUR_MS


def connected(scope: Scope) -> Value:
    """Whether the province answers; after a start it does not until it has."""
    return None if scope.link_down_ms is None else scope.link_down_ms == 0
