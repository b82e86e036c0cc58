"""A probe that was moved: what it said before stays said of the old place."""

from contextlib import closing

from gateway.cutting import cut
from gateway.inbox import Request
from gateway.reader import Reader
from gateway.records import Change
from gateway.segments import Segment
from telemetry import wire
from tests.gateway import test_recorder
from tests.gateway.test_recorder import HandClock, channel, made, soil, stepped

CLOCK = Segment(1, 1, 0, 1_795_294_053_000, "hello", 20)


def rendered(folder, first: int, last: int) -> tuple[str, list[bytes]]:
    """Digest and lines of the batch of these rows, as it would be cut now."""
    with closing(Reader(folder / "buffer.db")) as reader:
        run = reader.run(first, last)
        made = cut(run, reader.segments(), reader.heads(), reader.ledger().epoch)
    _, *lines = wire.decompress(made.payload).splitlines()
    return made.batch.digest, lines


def test_rows_keep_the_plot_of_their_day_to_the_last_byte(tmp_path, monkeypatch):
    clock = HandClock()
    before = made(tmp_path, clock)
    stepped(before, [soil(31.2), soil(31.3)], Request(Change(segments=[CLOCK])))
    before.close()
    was = rendered(tmp_path, 1, 2)
    key, about = channel("a", "soil_moisture")
    moved = {key: type(about)(about.head.replace("p17", "p18"), about.quantity)}
    monkeypatch.setattr(test_recorder, "CHANNELS", test_recorder.CHANNELS | moved)
    after = made(tmp_path, clock)
    stepped(after, [soil(28.4, at_ms=1000)])
    after.close()

    is_now = rendered(tmp_path, 1, 2)

    assert is_now == was
    assert all(b"plot=p17," in line for line in is_now[1])
    assert [b"plot=p18," in line for line in rendered(tmp_path, 3, 3)[1]] == [True]
