from gateway.outbox import Outbox


def test_an_alert_is_sent_once_and_again_when_unanswered():
    box = Outbox({"a": b"1"}, again_s=30)

    first, quiet, again = box.due(0), box.due(29), box.due(30)

    assert (first, quiet, again) == ([b"1"], [], [b"1"])


def test_every_connection_brings_all_that_is_unconfirmed():
    box = Outbox({"a": b"1"}, again_s=30)
    box.add({"b": b"2"})
    box.due(0)

    box.connected()

    assert box.due(1) == [b"1", b"2"]


def test_only_what_was_waiting_counts_as_delivered():
    box = Outbox({"a": b"1", "b": b"2"}, again_s=30)

    assert box.delivered(["b", "c"]) == ["b"]
    assert box.waiting == ["a"]
