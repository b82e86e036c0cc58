"""The words of the field: unique, complete, and the same in both languages."""

import unicodedata

import pytest

from rules import text, words
from rules.models.species import NAME_OF
from rules.text import GSM
from rules.words import PESTS, WORDS
from telemetry.series import PEST

WANTED = """rầy nâu, rầy lưng trắng, sâu cuốn lá nhỏ, sâu đục thân hai chấm, đạo ôn,
khô vằn, bạc lá, sâu xanh da láng, sâu keo mùa thu, khô đầu lá, sương mai, thán thư,
tưới ướt khô xen kẽ, bẫy đèn, mật độ, đẻ nhánh, làm đòng, trỗ, thăm đồng, sào,
mặt ruộng, rửa sương"""


def test_every_word_that_was_asked_for_is_there():
    asked = {each.strip() for each in WANTED.split(",")}

    assert asked <= {word.vi for word in WORDS}


def test_no_form_stands_for_two_things():
    for language in ("vi", "en"):
        forms = [
            form
            for word in WORDS
            for form in (getattr(word, language), *getattr(word, f"also_{language}"))
        ]

        assert len(forms) == len(set(forms))


def test_words_are_spelt_as_people_type_them():
    for word in WORDS:
        for form in (word.vi, *word.also_vi, word.en, *word.also_en):
            assert unicodedata.is_normalized("NFC", form)
            assert form == form.strip()
        assert word.source.strip()


def test_a_code_has_the_form_of_the_database_and_a_latin_name():
    for word in WORDS:
        if word.eppo is not None:
            assert PEST.fullmatch(word.eppo)
            assert word.latin
    assert NAME_OF.keys() <= PESTS
    assert {w.eppo: w.latin for w in WORDS if w.eppo in NAME_OF} == dict(NAME_OF)


@pytest.mark.parametrize(
    ("vi", "en", "missing"),
    [
        ("Rầy nâu nhiều.", "Many brown planthoppers.", []),
        ("Rầy nâu nhiều.", "Many planthoppers.", ["brown planthopper"]),
        ("Rầy nhiều.", "Many brown planthoppers.", ["rầy nâu"]),
        ("Nguy cơ đạo ôn.", "Risk of blast.", []),
        ("Nguy cơ khô vằn.", "Risk of bacterial leaf blight.", ["sheath", "bạc lá"]),
        ("Thăm đồng.", "Walk the field.", []),
        ("Ổ trứng.", "Egg masses.", []),
        ("TRỖ", "Heading", []),
        (unicodedata.normalize("NFD", "Bạc lá"), "Bacterial blight", []),
        ("Không gì cả.", "Nothing at all.", []),
    ],
)
def test_a_word_in_one_language_wants_its_word_in_the_other(vi, en, missing):
    found = words.faults(vi, en)

    assert len(found) == len(missing)
    assert all(each in " ".join(found) for each in missing)


def test_of_words_within_words_the_longer_counts():
    assert words.faults("Sâu đục thân hai chấm", "Yellow stem borer") == []


def test_an_sms_is_of_the_basic_letters_only():
    told = text.sms("A9K", "Đến 15 °C, ≤ 3 m³/sào – “Cẩn thận” — 5 µS; ổ trứng… ✓")

    assert told == 'A9K Den 15 do C, <= 3 m3/sao - "Can than" - 5 uS; o trung... ?'
    assert set(told) <= GSM
