"""What every rule says, in both languages, filled with facts as a field gives them."""

import re
from typing import Final

import pytest

from rules import text
from rules.lint import FACTS
from rules.rule import Rule, packs
from rules.telling import LATER
from rules.text import Fact, Language, Measure

PACKS = packs()
CODE: Final = "K7Q"

VALUES: Final = {
    "cm": -15.25,
    "mm": 12.4,
    "dS/m": 1.25,
    "g/L": 1.1,
    "%": 46.5,
    "°C": 12.75,
    "m/s": 18.25,
    "h": 11.5,
    "mm/d": 4.75,
    "d": 2.5,
}
"""A value of each unit, with a decimal, and negative where it can be."""


def facts(rule: Rule) -> dict[str, Fact]:
    numbers = {name: Measure(n, rule.units[name]) for name, n in rule.numbers.items()}
    value = {}
    if rule.value is not None:
        kind = rule.value.kind
        value = {"value": Measure(VALUES.get(kind, 12.5), kind)}
    return {**numbers, **value, **FACTS}


def said(rule: Rule, language: Language) -> dict[str, str]:
    """Every text of the rule, and of its episode's later steps, as it is told."""
    known = facts(rule)
    table = rule.table
    title = {f"title_{each}": getattr(table.title, each) for each in ("vi", "en")}
    told = {"title": table.title, "say": table.say, "do": table.do}
    first = {
        name: text.fill(getattr(each, language), known, language)
        for name, each in told.items()
    }
    later = {
        state: text.fill(
            getattr(each, language), {**title, "blind": FACTS["since"]}, language
        )
        for state, each in LATER.items()
    }
    return first | later


def every(language: Language) -> list[tuple[str, str, str]]:
    return [
        (rule.id, key, words)
        for rule in PACKS.values()
        for key, words in said(rule, language).items()
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_text_is_filled_and_no_brace_or_missing_fact_is_left(language):
    wrong = [
        (name, key, words)
        for name, key, words in every(language)
        if not words.strip() or re.search(r"[{}]|\b(None|nan|inf|NaN)\b|–", words)
    ]

    assert wrong == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_text_begins_with_a_capital_or_a_number_and_has_no_double_blank(language):
    wrong = [
        (name, key, words)
        for name, key, words in every(language)
        if not (words[0].isupper() or words[0].isdigit())
        or "  " in words
        or words != words.strip()
    ]

    assert wrong == []


def test_every_sentence_ends_with_a_full_stop_and_no_title_does():
    wrong = [
        (name, key)
        for language in ("vi", "en")
        for name, key, words in every(language)
        if words.endswith(".") is (key == "title")
    ]

    assert wrong == []


def test_vietnamese_numbers_have_a_comma_and_a_minus_sign():
    wrong = [
        (name, key, words)
        for name, key, words in every("vi")
        if re.search(r"\d\.\d|(?<![\w-])-\d", words)
    ]

    assert wrong == []


def test_english_numbers_have_a_point_and_a_minus_sign():
    wrong = [
        (name, key, words)
        for name, key, words in every("en")
        if re.search(r"\d,\d|(?<![\w-])-\d", words)
    ]

    assert wrong == []


def test_no_text_holds_a_number_that_is_none_of_its_set():
    wrong = [
        (rule.id, key, found)
        for rule in PACKS.values()
        for key in ("title", "say", "do")
        for language in ("vi", "en")
        for found in re.findall(
            r"-?\d+(?:[.,]\d+)?\s*(?:dS/m|g/L|mm|cm|°C|%)",
            getattr(getattr(rule.table, key), language),
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("name", sorted(PACKS))
def test_each_text_of_a_rule_fits_one_sms_without_accents(name):
    words = said(PACKS[name], "vi")

    messages = [text.sms(CODE, each) for key, each in words.items() if key != "title"]

    assert all(message.startswith(f"{CODE} ") for message in messages)
    assert [m for m in messages if len(m) > text.SMS_LETTERS] == []
    assert [m for m in messages if "?" in m or set(m) - text.GSM] == []
