"""What a stretch of time is folded to, by the kind of the quantity."""

from typing import Any

import pytest

from province.summary import Mixed, Part, Question, Summary, summarise


def question(quantity: str = "soil_moisture", **changes: Any) -> Question:
    about: dict[str, Any] = {
        "quantity": quantity,
        "coop": "htx-moduc",
        "plot": "p1",
        "z": -10,
        "start_ns": 0,
        "end_ns": 1000,
    }
    return Question(**(about | changes))


def part(count: int = 0, **more: Any) -> Part:
    about = {"gateway": "g1", "sensor": "s1", "stage": None, "count": count}
    return Part(**(about | more))


def test_a_level_has_the_mean_of_all_readings_and_the_outermost_extremes() -> None:
    raw = part(2, total=30, amount=30, low=10, high=20, first=(1, 10), last=(2, 20))
    thin = part(3, total=120, amount=40, low=5, high=60, first=(9, 40), last=(9, 40))

    answer = summarise(question(), [raw, thin, part(missing=1), part(doubtful=2)])

    assert answer == Summary(
        count=5, missing=1, doubtful=2, value=30, low=5, high=60, first_ns=1, last_ns=9
    )


def test_an_amount_is_summed_and_has_no_extremes() -> None:
    parts = [
        part(1, total=4, amount=4, low=4, high=4, stage="adult"),
        part(3, total=21, amount=7, low=7, high=7, stage="adult"),
    ]

    answer = summarise(question("trap_count", pest="LAPHEG"), parts)

    assert answer is not None
    assert (answer.count, answer.value, answer.low) == (4, 11, None)


def test_a_counter_is_last_less_first_over_readings_and_windows() -> None:
    parts = [
        part(2, first=(2, 110), last=(3, 130)),
        part(9, first=(1, 100), last=(1, 100)),
    ]

    answer = summarise(question("rain_total"), parts)

    assert answer is not None
    assert answer.value == 30


def test_a_counter_goes_on_over_a_replaced_gateway() -> None:
    parts = [
        part(2, first=(1, 100), last=(2, 110)),
        part(2, first=(3, 0), last=(4, 5), gateway="g2"),
    ]

    answer = summarise(question("rain_total"), parts)

    assert answer is not None
    assert answer.value == 15


def test_a_counter_that_fell_has_no_value() -> None:
    parts = [part(2, first=(1, 100), last=(2, 3))]

    answer = summarise(question("rain_total"), parts)

    assert answer is not None
    assert answer.value is None


def test_a_state_is_its_last_value() -> None:
    parts = [part(1, first=(5, 0), last=(5, 0)), part(1, first=(2, 1), last=(2, 1))]

    answer = summarise(question("pump_state"), parts)

    assert answer is not None
    assert answer.value == 0


def test_nothing_stored_is_no_answer_but_gaps_are_one() -> None:
    assert summarise(question(), []) is None
    assert summarise(question(), [part(missing=1)]) == Summary(
        count=0,
        missing=1,
        doubtful=0,
        value=None,
        low=None,
        high=None,
        first_ns=None,
        last_ns=None,
    )


def test_two_sensors_of_a_counter_are_not_mixed() -> None:
    with pytest.raises(Mixed, match="sensors s1, s2; name one"):
        summarise(question("rain_total"), [part(1), part(1, sensor="s2")])


def test_two_stages_of_a_pest_are_not_mixed() -> None:
    parts = [part(1, stage="adult"), part(1, stage="larva")]

    with pytest.raises(Mixed, match="stages adult, larva; name one"):
        summarise(question("trap_count", pest="LAPHEG"), parts)


@pytest.mark.parametrize(
    ("quantity", "changes", "why"),
    [
        ("soil_mood", {}, "unknown quantity"),
        ("soil_ph", {"plot": "p1' OR 'a'='a"}, "not of the form"),
        ("soil_ph", {"sensor": "S"}, "not of the form"),
        ("soil_ph", {"z": 9_000}, "beyond"),
        ("soil_ph", {"pest": "LAPHEG"}, "neither pest nor stage"),
        ("trap_count", {}, "name one pest"),
        ("trap_count", {"pest": "x"}, "name one pest"),
        ("trap_count", {"pest": "LAPHEG", "stage": "old"}, "stage 'old' is none of"),
        ("soil_ph", {"end_ns": 0}, "not after the start"),
    ],
)
def test_a_question_that_no_series_can_answer_is_refused(
    quantity: str, changes: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        question(quantity, **changes)
