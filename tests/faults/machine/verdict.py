"""What must hold when a world has drained."""

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from telemetry import topics, wire
from telemetry.messages import Ack, decode
from tests.faults.machine.station import G1, Taken, numbers_left
from tests.faults.machine.world import World

Point = tuple[str, int, int]
"""Sensor, stamp [ms] and the value's number."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A line that crossed the broker, and what its batch said of its stamp."""

    batch: str
    clock: str
    err_ms: int


@dataclass(slots=True)
class Stored:
    """What stands in the store."""

    stamps: dict[int, list[int]]  # of each value, in ms
    gaps: dict[str, list[int]]  # of each sensor
    merged: list[tuple[str, int, int, int]]  # sensor, low, high, n


def faults(world: World) -> list[str]:
    """Everything that is wrong, one line each."""
    committed = {
        one.id: one
        for card in [*world.gone, *world.damaged, *(s.card for s in world.stations)]
        for one in card.rows
    }
    stored = read_store(world)
    return [
        *lost(world, stored),
        *badly_merged(world, committed, stored),
        *doubled(stored),
        *unknown(committed, stored),
        *false_stamps(world, committed, stored),
        *out_of_order(world, stored),
        *alerts_lost(world),
        *acknowledged_for_nothing(world, stored),
    ]


def read_store(world: World) -> Stored:
    """Read the store behind its back."""
    stamps: defaultdict[int, list[int]] = defaultdict(list)
    gaps: defaultdict[str, list[int]] = defaultdict(list)
    merged = []
    with contextlib.closing(sqlite3.connect(world.centre.folder / "readings.db")) as db:
        for sensor, thin, ns, value, low, high, n in db.execute(
            "SELECT sensor, thin, stamp_ns, value, min, max, n FROM point"
            " JOIN series ON id = series"
        ):
            if thin:
                merged.append((sensor, int(low), int(high), n))
            elif value is None:
                gaps[sensor].append(ns // 1_000_000)
            else:
                stamps[int(value)].append(ns // 1_000_000)
    return Stored(stamps, gaps, merged)


def lost(world: World, stored: Stored) -> Iterator[str]:
    """Rows of cards that are in use and are neither stored nor counted."""
    must: dict[int, Taken] = {}
    for station in world.stations:
        must |= {one.id: one for one in station.card.rows}
    if world.was_restored:  # what had aged out meanwhile cannot come again
        left = set().union(*(numbers_left(s.card) for s in world.stations))
        must = {one: row for one, row in must.items() if one in left}
    within = [
        one
        for one, row in must.items()
        if not row.is_gap and one not in stored.stamps
        if not any(s == row.sensor and a <= one <= b for s, a, b, _ in stored.merged)
    ]
    counted = given_up(world)
    if len(within) > counted:
        for one in within[:3]:
            yield f"lost: {must[one]} ({len(within)} in all, {counted} counted)"
    for sensor in {row.sensor for row in must.values()}:
        gaps = sum(row.is_gap and row.sensor == sensor for row in must.values())
        there = len(stored.gaps[sensor])
        if there < gaps and not (world.was_restored or stored.merged or counted):
            yield f"lost: {gaps - there} gaps of {sensor}"


def badly_merged(
    world: World, committed: dict[int, Taken], stored: Stored
) -> Iterator[str]:
    """Summaries that do not say of how many rows they are."""
    for sensor, low, high, n in stored.merged:
        inside = sum(
            row.sensor == sensor
            and not row.is_gap
            and low <= one <= high
            and one not in stored.stamps
            for one, row in committed.items()
        )
        may_lack = world.gone or world.damaged or given_up(world)
        if inside != n and not (may_lack and n < inside):
            yield f"merged: {sensor} {low} to {high} says {n}, stands for {inside}"


def given_up(world: World) -> int:
    """Rows that gateways count as lost."""
    return sum(station.recorder.size.lost for station in world.stations)


def doubled(stored: Stored) -> Iterator[str]:
    """Values at more than one stamp, alone and within a summary."""
    twice = {one: at for one, at in stored.stamps.items() if len(at) > 1}
    for one, at in list(twice.items())[:3]:
        yield f"doubled: {one} at {at} ({len(twice)} in all)"


def unknown(committed: dict[int, Taken], stored: Stored) -> Iterator[str]:
    """Values in the store that no card ever held, or of another sensor."""
    for one in [each for each in stored.stamps if each not in committed][:3]:
        yield f"unknown: {one} is stored and was never committed"
    for sensor, at in stored.gaps.items():
        gaps = sum(row.is_gap and row.sensor == sensor for row in committed.values())
        if len(at) > gaps:
            yield f"unknown: {len(at)} gaps of {sensor} stored, {gaps} committed"


def false_stamps(
    world: World, committed: dict[int, Taken], stored: Stored
) -> Iterator[str]:
    """Stamps further from the truth than their batch says."""
    if world.was_skewed:
        return
    said = sent(world)
    wrong = []
    for one, stamps in stored.stamps.items():
        for at in stamps:
            for each in said.get((committed[one].sensor, at, one), ()):
                off = at - committed[one].true_ms
                if each.clock != "disputed" and abs(off) > each.err_ms:
                    wrong.append(f"stamp of {one} is {off} ms off and says {each}")
    yield from [f"{line} ({len(wrong)} in all)" for line in wrong[:3]]


def out_of_order(world: World, stored: Stored) -> Iterator[str]:
    """Series whose stamps do not grow with the order of committing."""
    if world.was_skewed:
        return
    for station in world.stations:
        for sensor in {row.sensor for row in station.card.rows}:
            before: tuple[int, Taken] | None = None
            for row in station.card.rows:
                at = stored.stamps.get(row.id)
                if row.sensor != sensor or row.is_gap or at is None:
                    continue
                if before is not None and at[0] <= before[0]:
                    yield f"order: {row} at {at[0]}, before it {before}"
                    return
                before = at[0], row


def alerts_lost(world: World) -> Iterator[str]:
    """Committed events that the province does not have."""
    ledger = world.centre.folder / "ledger.db"
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        there = {event for (event,) in db.execute("SELECT id FROM alert")}
    crossed = {e for ack in acks(world) for e in ack.alerts}
    for station in world.stations:
        for event in sorted(station.card.alerts - there - crossed):
            yield f"alert: {event} was never told"


def acknowledged_for_nothing(world: World, stored: Stored) -> Iterator[str]:
    """Batches that the province has acknowledged and does not hold."""
    if world.was_restored:
        return
    stored_digests = {d for ack in acks(world) for d in ack.stored}
    rejected = {(d, line) for ack in acks(world) for d, line, _ in ack.rejected}
    for _, payload in crossed_batches(world):
        envelope, body = wire.open_envelope(payload)
        if envelope.batch not in stored_digests:
            continue
        for at, line in enumerate(body.decode().splitlines()):
            point = wire.parse_line(line)
            if point.value is None or (envelope.batch, at) in rejected:
                continue
            if not point.is_summary and int(point.value) not in stored.stamps:
                yield f"ledger: {line} was acknowledged and is not stored"
                return


def sent(world: World) -> dict[Point, list[Sent]]:
    """Every line that crossed."""
    found: defaultdict[Point, list[Sent]] = defaultdict(list)
    for _, payload in crossed_batches(world):
        envelope, body = wire.open_envelope(payload)
        about = Sent(envelope.batch, envelope.clock, envelope.err_ms)
        for line in body.decode().splitlines():
            point = wire.parse_line(line)
            if point.value is not None and not point.is_summary:
                key = point.series.sensor, point.stamp_ns // 1_000_000, int(point.value)
                if about not in found[key]:
                    found[key].append(about)
    return found


def crossed_batches(world: World) -> Iterator[tuple[str, bytes]]:
    """Each batch that crossed, once, as plain bytes."""
    readings = G1.topic(topics.UP_READINGS)
    for topic, payload in dict.fromkeys(world.broker.crossed):
        if topic == readings:
            yield topic, wire.decompress(payload)


def acks(world: World) -> Iterator[Ack]:
    """What the province has acknowledged."""
    for topic, payload in world.broker.crossed:
        if topic == G1.topic(topics.DOWN_ACK):
            yield decode(payload, Ack)
