"""Finding bad points, and telling them from a bad server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from province.stores.base import Rejected, StoreDown
from province.stores.isolate import BadPoints, isolate, judge

ADVICE = "partial write: field type conflict: input field dropped=3"


class Database:
    """Refuses lines that begin with ``x`` and keeps the others, as InfluxDB does."""

    def __init__(self, *, counts: bool, all_or_nothing: bool = False) -> None:
        self.stored: set[bytes] = set()
        self.asked = 0
        self._counts = counts
        self._all_or_nothing = all_or_nothing

    def send(self, body: bytes) -> None:
        self.asked += 1
        lines = body.splitlines(keepends=True)
        good = [line for line in lines if not line.startswith(b"x")]
        dropped = len(lines) - len(good)
        if not dropped or not self._all_or_nothing:
            self.stored.update(good)
        if dropped:
            raise BadPoints("bad", dropped if self._counts else None)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.booleans(), st.booleans())
def test_exactly_the_bad_lines_are_found_and_the_others_stored(
    good: list[bool], counts: bool, all_or_nothing: bool
) -> None:
    lines = [b"%s%d\n" % (b"g" if one else b"x", at) for at, one in enumerate(good)]
    database = Database(counts=counts, all_or_nothing=all_or_nothing)

    rejected = isolate(b"".join(lines), database.send)

    assert rejected == [Rejected(at, "bad") for at, one in enumerate(good) if not one]
    assert database.stored == {line for line in lines if line.startswith(b"g")}


def test_a_body_that_is_bad_throughout_is_known_at_once() -> None:
    database = Database(counts=True)

    rejected = isolate(b"x\n" * 10_000, database.send)

    assert len(rejected) == 10_000
    assert database.asked == 1


def test_a_conflict_of_one_measurement_costs_a_few_questions() -> None:
    heads = [b"ph", b"moisture", b"x_level", b"rain"]
    lines = [b"%s,z=0 value=1 %d\n" % (heads[at % 4], at) for at in range(10_000)]
    database = Database(counts=True)

    rejected = isolate(b"".join(lines), database.send)

    assert [one.line for one in rejected] == list(range(2, 10_000, 4))
    assert len(database.stored) == 7_500
    assert database.asked == 5


def test_the_gaps_of_a_measurement_in_conflict_are_stored_apart() -> None:
    asked = []

    def send(body: bytes) -> None:
        asked.append(body)
        if dropped := body.count(b"value="):
            raise BadPoints("field type conflict", dropped)

    lines = [b"ph flag=9i 1\n" if at % 9 else b"ph value=7 1\n" for at in range(999)]

    rejected = isolate(b"".join(lines), send)

    assert [one.line for one in rejected] == list(range(0, 999, 9))
    assert len(asked) == 3


def test_a_store_that_goes_while_halving_is_down() -> None:
    answers = [BadPoints("bad"), StoreDown("gone")]

    def send(_: bytes) -> None:
        raise answers.pop(0)

    with pytest.raises(StoreDown, match="gone"):
        isolate(b"x\ny\n", send)


def told(status: int, text: str) -> None:
    judge(status, text, where="InfluxDB", retry_after_s=7.0)


def test_204_says_stored() -> None:
    told(204, "")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, f'{{"error":"{ADVICE}"}}'),
        (400, '{"error":"partial write: points beyond retention policy dropped=1"}'),
        (400, '{"code":"invalid","message":"unable to parse \'x\': missing fields"}'),
        (400, '{"error":"partial write of line protocol occurred","data":[]}'),
        (
            422,
            '{"code":"unprocessable entity","message":"failure writing points to'
            ' database: partial write: dropped 1 points outside retention policy"}',
        ),
        (500, f'{{"code":"internal error","message":"{ADVICE}"}}'),
        (413, "<html>Request Entity Too Large</html>"),
    ],
)
def test_answers_about_points_are_known_by_their_text(status: int, text: str) -> None:
    with pytest.raises(BadPoints):
        told(status, text)


def test_the_number_of_dropped_points_is_read() -> None:
    with pytest.raises(BadPoints) as caught:
        told(400, f'{{"error":"{ADVICE}"}}')

    assert caught.value.dropped == 3


@pytest.mark.parametrize(
    ("status", "text", "why"),
    [
        (200, "<html>a login page</html>", "answers HTTP 200"),
        (400, '{"error":"database is required"}', "HTTP 400: database is required"),
        (400, "<html>Bad Request</html>", "HTTP 400"),
        (400, "<html>unable to parse the request</html>", "HTTP 400"),
        (400, '["unable to parse"]', "HTTP 400"),
        (
            400,
            '{"error":"partial write: max-series-per-database limit exceeded: '
            '(1000000) dropped=3"}',
            "limit exceeded",
        ),
        (
            400,
            '{"error":"partial write: max-values-per-tag limit exceeded'
            ' (100000/100000): measurement=\\"m\\" tag=\\"t\\" dropped=1"}',
            "limit",
        ),
        (422, '{"message":"failure writing points"}', "failure writing points"),
        (500, '{"error":"partial write: timeout"}', "timeout"),
        (500, '{"error":"unable to parse the answer of a node"}', "HTTP 500"),
        (200, "", "HTTP 200"),
        (202, "", "HTTP 202"),
        (401, '{"error":"authorization failed"}', "does not know the user or token"),
        (403, '{"error":"forbidden"}', "does not let this user or token write"),
        (404, '{"error":"database not found: x"}', "make the database first"),
        (429, "", "overloaded"),
        (503, "", "overloaded"),
        (500, '{"error":"engine: no space left on device"}', "no space left"),
        (500, '["a"]', "HTTP 500"),
    ],
)
def test_every_other_answer_is_weather(status: int, text: str, why: str) -> None:
    with pytest.raises(StoreDown, match=why) as caught:
        told(status, text)

    assert caught.value.retry_after_s == 7.0
