from gateway.silence import LONG_S, MOST_STEP_S, Silence


def wait(silence: Silence, since_s: float, until_s: float, *, waits: bool = True):
    at_s = since_s
    while at_s <= until_s:
        silence.look(at_s, waits=waits)
        at_s += 1


def test_ten_minutes_without_an_answer_are_long():
    silence = Silence()
    wait(silence, 0, LONG_S - 1)
    before = silence.is_long

    silence.look(LONG_S, waits=True)

    assert (before, silence.is_long) == (False, True)


def test_an_acknowledgement_ends_it():
    silence = Silence()
    wait(silence, 0, LONG_S)

    silence.heard()

    assert not silence.is_long


def test_time_in_which_nothing_waits_or_the_link_is_down_does_not_count():
    silence = Silence()
    wait(silence, 0, 300)
    wait(silence, 300, 5000, waits=False)

    wait(silence, 5000, 5200)

    assert silence.lasted_s == 500


def test_a_thread_that_stood_still_was_no_silence():
    silence = Silence()
    silence.look(0, waits=True)

    silence.look(10 * LONG_S, waits=True)

    assert silence.lasted_s == MOST_STEP_S
