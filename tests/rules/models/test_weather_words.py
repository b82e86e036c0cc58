import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import weather_words
from rules.models.weather_words import COLD, COLD_FOR_RICE, HEAT, RAIN, Words, force

ALL = (HEAT, COLD, COLD_FOR_RICE, RAIN)


def vietnamese(words: Words, *values: float) -> list[str | None]:
    return [word.vi if (word := words.word(value)) else None for value in values]


def test_heat_has_words_from_35_37_and_39_degrees() -> None:
    assert vietnamese(HEAT, 34.9, 35.0, 36.9, 37.0, 39.0) == [
        None,
        "nắng nóng",
        "nắng nóng",
        "nắng nóng gay gắt",
        "nắng nóng đặc biệt gay gắt",
    ]


def test_cold_has_words_below_20_15_and_13_degrees_of_the_daily_mean() -> None:
    assert vietnamese(COLD, 20.0, 19.9, 15.0, 14.9, 13.0, 12.9) == [
        None,
        "rét",
        "rét",
        "rét đậm",
        "rét đậm",
        "rét hại",
    ]


def test_rice_is_not_sown_below_15_degrees() -> None:
    assert vietnamese(COLD_FOR_RICE, 15.0, 14.9) == [None, "không gieo cấy"]
    word = COLD_FOR_RICE.word(9.0)
    assert word is not None
    assert "seedlings" in word.en


def test_rain_has_words_as_the_service_prints_them() -> None:
    assert vietnamese(RAIN, 15.9, 16.0, 50.0, 51.0, 100.0, 100.2, 339.4) == [
        None,
        "mưa vừa",
        "mưa vừa",
        "mưa to",
        "mưa to",
        "mưa rất to",
        "mưa rất to",
    ]


@pytest.mark.parametrize(
    ("wind", "number"),
    [(0.0, 0), (0.29, 0), (5.5, 4), (10.7, 5), (10.8, 6), (17.2, 8), (32.7, 12)],
)
def test_the_force_of_the_wind_is_beauforts(wind: float, number: int) -> None:
    assert force(wind) == number


@given(st.floats(0.0, 75.0), st.floats(0.0, 75.0))
def test_more_wind_is_never_less_force(one: float, other: float) -> None:
    assert force(min(one, other)) <= force(max(one, other)) <= 17


@given(st.sampled_from(ALL), st.data())
def test_words_only_grow_stronger(words: Words, data: st.DataObject) -> None:
    spans = st.floats(*words.span)
    low, high = sorted((data.draw(spans), data.draw(spans)))
    strength = [
        -1 if (word := words.word(value)) is None else words.words.index(word)
        for value in (low, high)
    ]

    if words in (COLD, COLD_FOR_RICE):
        strength.reverse()

    assert strength[0] <= strength[1]


def test_no_word_is_a_level_of_disaster_or_a_warning() -> None:
    official = ("rủi ro", "thiên tai", "cấp độ", "cảnh báo", "bão", "lũ")
    english = ("risk", "disaster", "level", "warning", "storm", "flood", "typhoon")

    for words in ALL:
        for word in words.words:
            assert not any(each in word.vi.lower() for each in official)
            assert not any(each in word.en.lower() for each in english)


def test_every_list_names_its_source_and_both_languages() -> None:
    for words in ALL:
        assert len(words.source) > 20
        assert all(word.vi and word.en for word in words.words)


@pytest.mark.parametrize("words", ALL, ids=lambda words: words.about)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -300.0, 9e9])
def test_a_value_that_cannot_be_has_no_word(words: Words, value: float) -> None:
    with pytest.raises(ValueError, match=f"{words.about} is"):
        words.word(value)


@pytest.mark.parametrize("wind", [float("nan"), -0.1, 90.0])
def test_a_wind_that_cannot_be_has_no_force(wind: float) -> None:
    with pytest.raises(ValueError, match="mean wind is"):
        force(wind)


def test_words_need_no_numpy() -> None:
    assert "numpy" not in vars(weather_words) and "np" not in vars(weather_words)
