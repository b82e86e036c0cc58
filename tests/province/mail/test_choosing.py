"""Which mails go out now."""

from hypothesis import given
from hypothesis import strategies as st

from province.mail.choosing import (
    DIGEST_EVERY_MS,
    MAX_AN_HOUR,
    OLD_MS,
    Mail,
    Owed,
    Past,
    choose,
)

NOW_MS = 1_795_294_053_000


def owed(number: int, age_ms: int = 0, **changes: object) -> Owed:
    about = {"key": ("c", "g", f"e{number}-1"), "email": "a@example.com"}
    about |= {"severity": "notice", "since_ms": NOW_MS - age_ms}
    return Owed(**(about | changes))  # type: ignore[arg-type]


def chosen(*some: Owed, past: Past | None = None) -> list[Mail]:
    before = {} if past is None else {"a@example.com": past}
    return choose(some, before, field_ms=NOW_MS, people_ms=NOW_MS)


def test_the_urgent_goes_first_then_the_oldest() -> None:
    some = [owed(1), owed(2, 5), owed(3, severity="critical"), owed(4, 9)]

    assert [mail.keys[0][2] for mail in chosen(*some)] == [
        *("e3-1", "e4-1", "e2-1", "e1-1"),
    ]


def test_48_hours_are_not_old_and_a_moment_more_is() -> None:
    assert [bool(mail.digest) for mail in chosen(owed(1, OLD_MS))] == [False]
    assert [bool(mail.digest) for mail in chosen(owed(1, OLD_MS + 1))] == [True]


def test_a_digest_waits_for_ten_minutes_after_the_last() -> None:
    old = owed(1, OLD_MS + 1)
    just = Past(mails=1, digest_ms=NOW_MS - DIGEST_EVERY_MS + 1)
    before = Past(mails=1, digest_ms=NOW_MS - DIGEST_EVERY_MS)

    assert chosen(old, past=just) == []
    assert len(chosen(old, past=before)) == 1


def test_what_a_crash_cut_off_goes_again_as_the_same_mail() -> None:
    (first,) = chosen(owed(1, OLD_MS + 1), owed(2, OLD_MS + 1))
    again = chosen(
        owed(1, OLD_MS + 1, is_begun=True, digest=first.digest, tries=1),
        owed(2, OLD_MS + 1, is_begun=True, digest=first.digest, tries=1),
        owed(3, OLD_MS + 1),
        owed(4, is_begun=True, tries=1),
    )

    assert first.name in [mail.name for mail in again]
    assert {len(mail.keys) for mail in again if mail.name != first.name} == {1}


def test_what_failed_before_goes_last() -> None:
    some = chosen(owed(1, tries=3), owed(2, tries=1), owed(3))

    assert [mail.tries for mail in some] == [0, 1, 3]


def test_names_differ_by_person_and_event() -> None:
    some = chosen(owed(1), owed(2), owed(1, email="b@example.com"))

    assert len({mail.name for mail in some}) == 3


ages = st.integers(0, 2 * OLD_MS)
owing = st.builds(
    owed,
    st.integers(0, 99),
    ages,
    email=st.sampled_from(["a@example.com", "b@example.com"]),
    severity=st.sampled_from(["notice", "warning", "critical", "?"]),
)


@given(
    st.lists(owing, max_size=60, unique_by=lambda one: (one.key, one.email)),
    st.integers(0, 30),
)
def test_nobody_gets_an_event_twice_nor_more_than_twenty_mails_and_a_digest(
    some: list[Owed], before: int
) -> None:
    mails = chosen(*some, past=Past(mails=before))
    of_a = [mail for mail in mails if mail.email == "a@example.com"]
    keys = [(mail.email, key) for mail in mails for key in mail.keys]

    assert len(keys) == len(set(keys))
    assert sum(not mail.digest for mail in of_a) <= max(0, MAX_AN_HOUR - before)
    assert sum(bool(mail.digest) for mail in of_a) <= 1
    assert set(keys) == {(one.email, one.key) for one in some}
