"""What ingest makes of a message, whatever its bytes."""

import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from province.answers import MOST, SMALL, acks_of, nameable, record_of
from province.intake import (
    BadLine,
    Batch,
    Document,
    Event,
    Greeting,
    Heard,
    Passed,
    Refused,
    judge,
    without,
)
from province.ledger import Ledger
from province.stores.base import Rejected
from telemetry import wire
from telemetry.messages import MAX_JSON, Ack, Alert, Hello, decode, encode
from telemetry.mqtt import Incoming
from telemetry.topics import Identity
from tests.province.gateway import EPOCH, G1, START_MS, batch_of, lines_of

LEAVES = ["up/z", "up/r", "up/hello", "up/alert", "up/state", "up/link", "up/meta"]
HELLO = Hello(epoch=EPOCH, boot="b1", mono_ms=1, oldest=1, next=2)
ALERT = Alert(
    id="e1.1",
    rule="frost",
    severity="warning",
    state="firing",
    subject="p1",
    vi="Sương muối",
    en="Frost",
    boot="b1",
    since_ms=1,
)


SECOND_NS = 1_000_000_000
START_NS = START_MS * 1_000_000


def heard(leaf: str, payload: bytes, *, retain: bool = False) -> Heard:
    return judge(Incoming(G1.topic(leaf), payload, retain, 1, 1))


def batch(lines: list[str], first: int = 1) -> Batch:
    one = heard("up/r", batch_of(lines, first)[1])
    assert isinstance(one, Batch)
    return one


def test_a_good_batch_keeps_its_body_and_gives_its_stamps() -> None:
    lines = lines_of(G1, 1, 120)
    digest, plain = batch_of(lines, 1)

    one = heard("up/z", wire.compress(plain))

    assert isinstance(one, Batch)
    assert one.envelope.batch == digest
    assert one.body == "".join(lines).encode()
    assert one.bad == []
    assert one.stamps == (START_NS + SECOND_NS, START_NS + 120 * SECOND_NS)
    assert one.held == [(1, 120)]


def test_plain_text_is_the_same_batch() -> None:
    _, plain = batch_of(lines_of(G1, 1, 3), 1)

    assert heard("up/r", plain) == heard("up/z", wire.compress(plain))


def test_a_batch_whose_rows_were_all_merged_away_has_no_stamps() -> None:
    one = heard("up/r", batch_of([], 5, merged=3)[1])

    assert isinstance(one, Batch)
    assert (one.envelope.first, one.envelope.last) == (5, 7)
    assert one.stamps is None
    assert one.held == [(5, 7)]


def test_bad_lines_are_told_and_their_neighbours_kept() -> None:
    lines = lines_of(G1, 1, 5)
    lines[1] = lines[1].replace("soil_moisture", "soil_mood")
    lines[3] = lines[3].replace("gw=g1", "gw=g2")

    one = batch(lines)

    assert one.body == "".join([lines[0], lines[2], lines[4]]).encode()
    assert list(one.numbers) == [0, 2, 4]
    assert one.bad == [
        BadLine(1, lines[1].encode(), "unknown quantity 'soil_mood'"),
        BadLine(3, lines[3].encode(), "tags are not those of htx-moduc/g1"),
    ]


def test_lines_that_the_store_refuses_are_found_in_their_batches() -> None:
    lines = lines_of(G1, 1, 4)
    lines[0] = "nonsense\n"
    first, second = batch(lines), batch(lines_of(G1, 5, 2), 5)

    told = without([first, second], [Rejected(1, "no"), Rejected(4, "never")])

    assert told[0].bad[1:] == [BadLine(2, lines[2].encode(), "no")]
    assert told[1].bad == [BadLine(1, lines_of(G1, 6, 1)[0].encode(), "never")]
    assert told[0].body == "".join([lines[1], lines[3]]).encode()
    assert told[0].stamps == (START_NS + 2 * SECOND_NS, START_NS + 4 * SECOND_NS)
    assert told[0].held == [(2, 2), (4, 4)]
    assert told[1].held == [(5, 5)]


def test_among_merged_numbers_those_of_bad_lines_are_not_known() -> None:
    thinned = heard("up/r", batch_of(lines_of(G1, 1, 2), 1, merged=28)[1])
    assert isinstance(thinned, Batch)

    (half,) = without([thinned], [Rejected(0, "no")])
    (none,) = without([thinned], [Rejected(0, "no"), Rejected(1, "no")])

    assert half.held == [(1, 30)]
    # A gateway that misses numbers would send the same lines again and again.
    assert none.held == [(1, 30)]
    assert none.stamps is None
    assert [none.number_of(bad) for bad in none.bad] == [None, None]


def test_an_empty_batch_between_others_does_not_shift_the_lines() -> None:
    empty = heard("up/r", batch_of([], 5, merged=3)[1])
    assert isinstance(empty, Batch)
    last = batch(lines_of(G1, 8, 2), 8)

    told = without([empty, last], [Rejected(0, "no")])

    assert told[0].bad == []
    assert told[1].bad == [BadLine(0, lines_of(G1, 8, 1)[0].encode(), "no")]


@pytest.mark.parametrize(
    ("leaf", "payload", "why"),
    [
        ("up/z", b"not zlib", "not zlib"),
        ("up/r", b"# canhdong/2 epoch=7f3a9c12\n", "comment line of canhdong/1"),
        ("up/r", batch_of(lines_of(G1, 1, 2), 1)[1] + b"more\n", "digest"),
        ("up/r", b"x" * (wire.MAX_PLAIN + 1), "longer than"),
        ("up/hello", b"{}", "Hello"),
        ("up/hello", b"[" * 100_000, "Hello"),
        ("up/hello", encode(HELLO).replace(b'"7f3a', b'"XX3a'), "8 hex digits"),
        ("up/hello", encode(HELLO).replace(b"next", b"x"), "next"),
        ("up/hello", encode(HELLO).replace(b":2", b":" + b"9" * 30), "Hello"),
        ("up/hello", encode(HELLO).replace(b":2", b":-2"), "out of bounds"),
        ("up/hello", encode(HELLO).replace(b"b1", b"b" * 200), "boot is longer"),
        ("up/hello", encode(HELLO).replace(b'"v":1', b'"v":2'), "newer than 1"),
        ("up/alert", encode(ALERT).replace(b"e1.1", b""), "id is not"),
        ("up/link", b"2", "neither 0 nor 1"),
        ("up/state", b"{", "not JSON"),
        ("up/meta", b"[1]", "not a JSON object"),
        ("up/meta", b"[" * 100_000, "not JSON"),
        ("up/meta", b" " * (MAX_JSON + 1), "longer than"),
    ],
)
def test_an_unusable_payload_is_refused_by_its_digest(
    leaf: str, payload: bytes, why: str
) -> None:
    one = heard(leaf, payload)

    assert isinstance(one, Refused)
    assert why in one.why
    assert one.digest == wire.digest(payload)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    _, plain = batch_of([], 5)

    assert isinstance(heard("up/r", plain), Refused)


@pytest.mark.slow
def test_a_zlib_bomb_is_refused_without_being_unpacked() -> None:
    packer = zlib.compressobj(9, zdict=wire.DICTIONARY)
    bomb = packer.compress(b"0" * 50_000_000) + packer.flush()

    one = heard("up/z", bomb)

    assert isinstance(one, Refused)
    assert "when unpacked" in one.why


def test_a_message_of_each_kind_is_known() -> None:
    assert heard("up/hello", encode(HELLO)) == Greeting(G1, HELLO)
    assert heard("up/alert", encode(ALERT)) == Event(G1, "e1.1", encode(ALERT))
    for leaf, payload in (("up/link", b"1"), ("up/state", b"{}"), ("up/meta", b"{}")):
        assert heard(leaf, payload, retain=True) == Document(G1, leaf, payload)


@pytest.mark.parametrize("leaf", ["up/z", "up/hello", "up/alert"])
def test_retained_news_is_passed_over(leaf: str) -> None:
    assert isinstance(heard(leaf, encode(HELLO), retain=True), Passed)


def test_what_asks_for_no_receipt_is_passed_over() -> None:
    _, plain = batch_of(lines_of(G1, 1, 3), 1)

    one = judge(Incoming(G1.topic("up/r"), plain, False, 0, 0))

    assert one == Passed("QoS 0 'up/r'")


@pytest.mark.parametrize(
    "stamp", ["9223372036854775808", "9999999999999999999", "0999999999999999999"]
)
def test_a_stamp_beyond_64_bits_is_a_bad_line(stamp: str) -> None:
    lines = lines_of(G1, 1, 3)
    lines[1] = lines[1].rpartition(" ")[0] + f" {stamp}\n"

    one = batch(lines)

    assert [bad.at for bad in one.bad] == [1]
    assert one.held == [(1, 1), (3, 3)]


@pytest.mark.parametrize(
    "topic", ["", "other", "canhdong/v1/A/g1/up/z", "canhdong/v1/c/g/up/what"]
)
def test_foreign_topics_are_passed_over(topic: str) -> None:
    assert isinstance(judge(Incoming(topic, b"", False, 1, 1)), Passed)


def test_one_acknowledgement_serves_a_gateway() -> None:
    bad = lines_of(G1, 3, 2)
    bad[1] = "nonsense\n"
    some = [
        batch(lines_of(G1, 1, 2)),
        batch(bad, 3),
        heard("up/alert", encode(ALERT)),
        heard("up/z", b"junk"),
        heard("up/link", b"1"),
    ]

    ((identity, ack),) = acks_of(some, lambda _: EPOCH)

    digests = [one.envelope.batch for one in some if isinstance(one, Batch)]
    assert identity == G1
    assert ack == Ack(
        epoch=EPOCH,
        stored=digests,
        rejected=[(digests[1], 1, "unknown quantity 'nonsense'")],
        refused=[(wire.digest(b"junk"), ack.refused[0][1])],
        alerts=["e1.1"],
    )


def test_gateways_and_epochs_are_answered_apart() -> None:
    other = Identity("htx-moduc", "g2")
    _, foreign = batch_of(lines_of(other, 1, 1), 1)
    _, old = batch_of(lines_of(G1, 1, 1), 1, epoch="00000001")
    some = [
        batch(lines_of(G1, 1, 1)),
        heard("up/r", old),
        judge(Incoming(other.topic("up/r"), foreign, False, 1, 1)),
    ]

    told = [(identity, ack.epoch) for identity, ack in acks_of(some, lambda _: "")]

    assert told == [(G1, EPOCH), (G1, "00000001"), (other, EPOCH)]


def test_an_acknowledgement_of_many_bad_lines_is_cut_between_batches() -> None:
    junk = ["\x01" * 150 + "\n"] * 12
    some: list[Heard] = [batch(junk, 1 + 12 * at) for at in range(20)]

    acks = [ack for _, ack in acks_of(some, lambda _: EPOCH)]

    assert sum(len(ack.rejected) for ack in acks) == 240
    assert len(acks) < 20
    for ack in acks:
        assert len(encode(ack)) <= SMALL
        assert decode(encode(ack), Ack) == ack


@pytest.mark.parametrize(("most", "is_named"), [(MOST, True), (10_000, False)])
def test_a_batch_of_more_bad_lines_than_one_answer_names_is_refused(
    most: int, is_named: bool
) -> None:
    one = batch(["\x01" * 150 + "\n"] * wire.MAX_ROWS)

    made = nameable(one, b"as it came", most)

    ((_, ack),) = acks_of([made], lambda _: EPOCH)
    assert (made is one) == is_named
    assert len(encode(ack)) <= most
    assert [digest for digest, _ in ack.refused] == (
        [] if is_named else [wire.digest(b"as it came")]
    )


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def as_batch(lines: list[bytes]) -> bytes:
    body = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    comment = (
        f"# canhdong/1 epoch={EPOCH} batch={wire.digest(body)} from=1 to={len(lines)}"
        f" rows={len(lines)} merged=0 clock=ntp err_ms=0\n"
    )
    return comment.encode() + body


PAYLOADS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.binary(max_size=80), min_size=1, max_size=5).map(as_batch),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ).map(as_json),
    st.fixed_dictionaries(
        {
            "v": st.integers(max_value=2),
            "epoch": st.sampled_from([EPOCH, "", "x"]),
            "boot": st.text(),
            "mono_ms": st.integers(),
            "oldest": st.integers(),
            "next": st.integers(),
            "versions": st.dictionaries(st.text(), st.text()),
        }
    ).map(as_json),
    st.text().map(lambda text: as_json({**json.loads(encode(ALERT)), "id": text})),
)


@pytest.mark.slow
@given(
    arrived=st.lists(
        st.tuples(st.sampled_from(LEAVES), PAYLOADS, st.booleans()), max_size=5
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_payload_raises_past_the_parser_nor_upsets_ledger_or_answer(
    arrived: list[tuple[str, bytes, bool]], ledger: Ledger
) -> None:
    some = [heard(leaf, payload, retain=retain) for leaf, payload, retain in arrived]

    ledger.record(record_of(some), 1)

    for _, ack in acks_of(some, lambda _: EPOCH):
        assert decode(encode(ack), Ack) == ack
