from gateway.fit import FLOOR, FORGET_S, LOST_TIMES, RIGHT_AFTER_S, Fit


def lost(fit: Fit, *sizes: int, at_s: float = 1.0, is_told: bool = False) -> None:
    fit.lost([(size, 0.0) for size in sizes], at_s, is_told=is_told)


def test_what_the_broker_says_of_itself_holds_at_once():
    assert Fit().most(900, 0) == 900
    assert Fit().most(None, 0) is None


def test_a_connection_lost_three_times_behind_the_same_message_blames_its_size():
    fit = Fit()
    for _ in range(LOST_TIMES - 1):
        lost(fit, 4000, 700)
    before = fit.most(None, 1)

    lost(fit, 4000, 700)

    assert before is None
    assert fit.most(None, 1) == 2000


def test_losses_behind_other_messages_each_time_blame_the_least_of_them():
    fit = Fit()

    lost(fit, 4100)
    lost(fit, 3800, 700)
    lost(fit, 300)  # a hello alone says nothing of size
    lost(fit, 4000)

    assert fit.most(None, 1) == 1900


def test_it_is_told_when_less_will_be_sent_from_now_on():
    fit = Fit()
    said = [fit.lost([(4000, 0.0)], 1.0, is_told=False) for _ in range(LOST_TIMES)]

    assert said == [False, False, True]
    assert fit.lost([(4000, 0.0)], 1.0, is_told=True)
    assert not fit.lost([(300, 0.0)], 1.0, is_told=True)


def test_a_message_that_was_confirmed_in_between_is_not_blamed():
    fit = Fit()
    lost(fit, 4000)
    lost(fit, 4000)

    fit.taken(4000)
    lost(fit, 4000)

    assert fit.most(None, 1) is None


def test_a_connection_that_ends_long_after_the_last_message_blames_none():
    fit = Fit()
    for _ in range(LOST_TIMES):
        lost(fit, 4000, at_s=RIGHT_AFTER_S + 1)

    assert fit.most(None, 1) is None


def test_a_broker_that_says_too_large_is_believed_at_once():
    fit = Fit()

    lost(fit, 4000, is_told=True)

    assert fit.most(None, 1) == 2000


def test_no_guess_goes_below_what_every_broker_takes_and_none_lasts():
    fit = Fit()
    fit.too_large(600, 0)

    assert fit.most(None, 0) == FLOOR
    fit.too_large(FLOOR, 0)
    assert fit.most(None, 0) == FLOOR
    assert fit.most(None, FORGET_S) is None
    assert fit.most(100, 0) == 100
