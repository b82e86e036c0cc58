"""Cutting rows into a batch and rendering it: the same bytes today and in a week."""

from collections.abc import Mapping, Sequence

from gateway.open_batch import Open
from gateway.reader import Run
from gateway.records import Batch
from gateway.segments import Segment, covering
from telemetry import wire


class Unstamped(ValueError):
    """The first row has no clock segment yet, so it cannot be sent."""


def cut(
    run: Run, segments: Sequence[Segment], heads: Mapping[int, str], epoch: str
) -> Open:
    """Make a batch of the rows at the start of ``run`` that one segment covers.

    Raises
    ------
    Unstamped
        No segment covers the first row.
    """
    segment = covering(segments, run.boot, run.rows[0][1])
    if segment is None:
        raise Unstamped
    run = run.cut(_covered(run, segment, segments))
    last = run.numbers[-1]
    digest, plain = render(run, segment, heads, epoch)
    merged = last - run.first + 1 - len(run.rows)
    batch = Batch(run.first, last, merged, segment.id, digest)
    return Open(batch, wire.compress(plain), run.numbers)


def cut_within(
    run: Run,
    segments: Sequence[Segment],
    heads: Mapping[int, str],
    epoch: str,
    most: int | None,
) -> Open:
    """``cut`` as many rows as fit ``most`` bytes, if that is known; at least one."""
    made = cut(run, segments, heads, epoch)
    while most is not None and made.rows > 1 and len(made.payload or b"") > most:
        made = cut(run.cut(made.rows // 2), segments, heads, epoch)
    return made


def render(
    run: Run, segment: Segment, heads: Mapping[int, str], epoch: str
) -> tuple[str, bytes]:
    """Digest and bytes of a batch, before compression."""
    last = run.numbers[-1]
    return wire.render_batch(
        _lines(run, heads, segment.offset_ms),
        epoch=epoch,
        first=run.first,
        last=last,
        merged=last - run.first + 1 - len(run.rows),
        clock=segment.source,
        err_ms=segment.err_ms,
    )


def _lines(run: Run, heads: Mapping[int, str], offset_ms: int) -> list[str]:
    if not run.summaries:
        return [wire.render_lines(run.rows, heads, offset_ms)]
    lines = []
    for at, row in enumerate(run.rows):
        summary = run.summaries.get(at)
        if summary is None:
            lines.append(wire.render_lines([row], heads, offset_ms))
            continue
        series, ms, value, _ = row
        lines.append(
            wire.render_summary(heads[series], value or 0.0, *summary, ms + offset_ms)
        )
    return lines


def _covered(run: Run, segment: Segment, segments: Sequence[Segment]) -> int:
    """How many rows at the start of ``run`` are under ``segment``."""
    own = [s.from_ms for s in segments if s.boot == run.boot]
    if len(own) <= 1:  # what people count has none of its own
        return len(run.rows)
    end_ms = min((ms for ms in own if ms > segment.from_ms), default=None)
    for at, (_, ms, _, _) in enumerate(run.rows):
        if ms < segment.from_ms or (end_ms is not None and ms >= end_ms):
            return at
    return len(run.rows)
