"""What an acknowledgement changes: pure but for the outflow's own numbers."""

import logging

from gateway.open_batch import Open
from gateway.outflow import Outflow
from gateway.records import Change
from telemetry import wire
from telemetry.messages import Ack

log = logging.getLogger(__name__)


def settle(ack: Ack, flow: Outflow) -> tuple[Change, int]:
    """Take an ``ack`` of this epoch; returns what to commit and how many rows it held.

    It counts for open batches by their digest and for nothing else: what it names
    beside them changes nothing.
    """
    change = Change()
    by_digest = {each.batch.digest: first for first, each in flow.open.items()}
    bad: dict[int, dict[int, str]] = {}
    for digest, line, why in ack.rejected:
        first = by_digest.get(digest)
        if first is not None and 0 <= line < flow.open[first].rows:
            bad.setdefault(first, {})[line] = why
    rows = 0
    for first in {by_digest[d] for d in ack.stored if d in by_digest}:
        if first in bad:
            numbers = flow.open[first].numbers
            if numbers is None:
                continue  # of which rows it speaks shows when the batch is sent again
            bad[first] = {numbers[line]: why for line, why in bad[first].items()}
        done = flow.settled(first, bad.get(first, {}))
        _note_stored(done, bad.get(first, {}), change)
        rows += done.rows
    by_payload = {
        wire.digest(each.payload): first
        for first, each in flow.open.items()
        if ack.refused and each.payload is not None
    }
    for digest, why in ack.refused:
        first = by_payload.get(digest)
        if first is None or first not in flow.open:
            continue
        done, is_single = flow.refused(first)
        change.closed.append(first)
        if is_single:
            last = done.batch.last
            change.quarantined |= dict.fromkeys(range(first, last + 1), why)
        log.warning("the province refuses a batch: %s", why)
    return change, rows


def take_apart(each: Open, flow: Outflow, why: str) -> Change:
    """The broker does not take the open batch ``each``: its rows are cut anew.

    A batch of one row is quarantined.  Late word of the old digest counts for
    nothing, as that batch is not open any more.
    """
    first, last = each.span
    change = Change(closed=[first])
    if each.rows == 1:
        flow.refused(first)
        change.quarantined = dict.fromkeys(range(first, last + 1), why)
    else:
        flow.dropped(first)
    return change


def _note_stored(done: Open, bad: dict[int, str], change: Change) -> None:
    """All rows of ``done`` but the ``bad`` ones are held."""
    change.closed.append(done.batch.first)
    change.quarantined |= bad
    first = done.batch.first
    for seq in sorted(bad):
        if seq > first:
            change.held.append((first, seq - 1))
        first = seq + 1
    if first <= done.batch.last:
        change.held.append((first, done.batch.last))
