from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.devices import MODELS, Model
from drivers.devices.qdy30a import QDY30A
from drivers.devices.sim_probe import SIM_PROBE
from drivers.devices.wb_mcm8 import WB_MCM8
from drivers.registers import (
    Kind,
    ModbusModel,
    Register,
    WordOrder,
    decode,
    encode,
)
from drivers.spans import Span, plan, span_of
from telemetry.quantity import QUANTITIES
from telemetry.quantity import Kind as QuantityKind

MODBUS = [model for model in MODELS.values() if isinstance(model, ModbusModel)]
KINDS: dict[Kind, tuple[int, int]] = {
    "u16": (0, 0xFFFF),
    "s16": (-0x8000, 0x7FFF),
    "u32": (0, 0xFFFF_FFFF),
    "s32": (-0x8000_0000, 0x7FFF_FFFF),
}


def model_of(*registers: Register, hole: int = 0, most: int = 125) -> ModbusModel:
    return ModbusModel(
        name="m",
        title="m",
        function=3,
        registers=registers,
        hole=hole,
        max_registers=most,
        evidence="simulator",
        sources=("here",),
    )


# --- values ------------------------------------------------------------------


def test_a_value_is_rounded_to_the_registers_resolution() -> None:
    values = decode(SIM_PROBE, {0: 312, 1: 0xFFFF & -101})

    assert values == {"soil_moisture": 31.2, "soil_temperature": -10.1}


def test_a_word_for_no_value_gives_none() -> None:
    values = decode(SIM_PROBE, {0: 0xFFFF, 1: 0x8000})

    assert values == {"soil_moisture": None, "soil_temperature": None}


def test_words_that_are_not_there_give_no_channel() -> None:
    values = decode(WB_MCM8, {60: 0, 61: 1, 62: 0})

    assert values == {"1": 1}


def test_an_offset_is_added_behind_the_scale() -> None:
    smt100 = model_of(Register(0, "t", scale=0.01, offset=-100, digits=2))

    assert decode(smt100, {0: 12797}) == {"t": 27.97}


@pytest.mark.parametrize(
    ("order", "words"), [("high-first", (0x3F80, 0)), ("low-first", (0, 0x3F80))]
)
def test_a_float_takes_two_words_in_either_order(
    order: WordOrder, words: tuple[int, int]
) -> None:
    one = model_of(Register(0, "x", kind="f32", digits=3, word_order=order))

    assert decode(one, dict(enumerate(words))) == {"x": 1.0}
    assert encode(one, {"x": 1.0}) == dict(enumerate(words))


@pytest.mark.parametrize("high", [0x7F80, 0xFF80, 0x7FC0])
def test_a_float_that_is_no_number_gives_none(high: int) -> None:
    one = model_of(Register(0, "x", kind="f32", digits=3))

    assert decode(one, {0: high, 1: 0}) == {"x": None}


@pytest.mark.parametrize(
    ("unit", "decimals", "raw", "level"),
    [
        (1, 1, 123, 12.3),
        (2, 0, 153, 15.3),
        (0x11, 2, 0xFFFB, -0.05),
        (0x11, 0, 45, 45.0),
        (0x10, 0, 1, None),  # metres to one source, unknown to the other
        (0x12, 0, 1, None),  # millimetres to one, metres to the other
        (3, 0, 1, None),  # a pressure
        (1, 9, 1, None),
    ],
)
def test_a_level_takes_unit_and_decimals_from_the_device(
    unit: int, decimals: int, raw: int, level: float | None
) -> None:
    values = decode(QDY30A, {2: unit, 3: decimals, 4: raw})

    assert values == {"water_level": level}


@st.composite
def a_register(draw: st.DrawFn) -> tuple[Register, int]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    digits = draw(st.integers(0, 3))
    raw = draw(st.integers(*KINDS[kind]))
    scale = draw(st.sampled_from((1, 2, 5, 10))) if digits == 0 else 10**-digits
    offset = draw(st.sampled_from((0, -100, -40)))
    order: WordOrder = draw(st.sampled_from(("high-first", "low-first")))
    return Register(5, "x", None, kind, scale, offset, digits, (), order), raw


@given(a_register())
def test_encode_undoes_decode(case: tuple[Register, int]) -> None:
    register, raw = case
    model = model_of(register)
    size = 2 * register.width
    data = raw.to_bytes(size, "big", signed=raw < 0)
    parts = [int.from_bytes(data[n : n + 2], "big") for n in range(0, size, 2)]
    if register.word_order == "low-first":
        parts.reverse()
    words = dict(enumerate(parts, 5))

    assert encode(model, decode(model, words)) == words


@pytest.mark.slow
@pytest.mark.parametrize("model", MODBUS, ids=lambda model: model.name)
@given(data=st.data())
def test_every_device_reads_back_what_was_encoded(
    model: ModbusModel, data: st.DataObject
) -> None:
    values: dict[str, float | None] = {}
    for register in model.registers:
        raw = data.draw(st.integers(*KINDS[register.kind]), label=register.channel)
        assume(raw % 0x10000 not in register.absent)
        digits = 1 if register.scale_from else register.digits
        scale = 0.1 if register.scale_from else register.scale
        values[register.channel] = round(raw * scale + register.offset, digits)

    assert decode(model, encode(model, values)) == values


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit u16"):
        encode(SIM_PROBE, {"soil_moisture": -0.1})


def test_a_value_that_would_read_as_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        encode(SIM_PROBE, {"soil_moisture": 6553.5})


def test_none_is_refused_where_the_device_has_no_word_for_it() -> None:
    with pytest.raises(ValueError, match="no word"):
        encode(WB_MCM8, {"1": None})


# --- requests ----------------------------------------------------------------


def test_neighbours_come_in_one_request() -> None:
    assert plan(SIM_PROBE, SIM_PROBE.channels) == (Span(0, 8),)


def test_words_that_belong_together_come_together() -> None:
    assert plan(QDY30A, ["water_level"]) == (Span(2, 3),)


def test_a_full_scale_comes_with_the_unit_that_it_is_told_in() -> None:
    assert QDY30A.full_scale is not None
    assert span_of(QDY30A.full_scale) == Span(2, 5)


def test_a_far_register_gets_a_request_of_its_own() -> None:
    assert plan(WB_MCM8, WB_MCM8.channels) == (Span(60, 16), Span(121, 1))


def test_known_words_between_are_cheaper_than_another_request() -> None:
    assert plan(WB_MCM8, ["1", "5"]) == (Span(60, 10),)


def test_an_unknown_word_is_not_touched_unless_the_device_tolerates_it() -> None:
    ends = Register(0, "a"), Register(2, "b")

    assert plan(model_of(*ends), ["a", "b"]) == (Span(0, 1), Span(2, 1))
    assert plan(model_of(*ends, hole=1), ["a", "b"]) == (Span(0, 3),)


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(ValueError, match="sim-probe has no channel salinity"):
        plan(SIM_PROBE, ["salinity"])


@st.composite
def a_map(draw: st.DrawFn) -> ModbusModel:
    places = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=7)))
    registers = tuple(Register(at, str(at)) for at in places)
    return model_of(
        *registers, hole=draw(st.integers(0, 15)), most=draw(st.integers(1, 20))
    )


@given(a_map())
def test_no_other_packing_costs_less_wire_time(model: ModbusModel) -> None:
    places = [register.at for register in model.registers]

    spans = plan(model, model.channels)

    fetched = {w for span in spans for w in range(span.start, span.start + span.count)}
    assert fetched >= set(places)
    assert cost(spans) == min(map(cost, all_packings(model, places)))


def cost(spans: tuple[Span, ...]) -> int:
    """Characters on the wire, silences as 3.5 each."""
    return sum(8 + 5 + 7 + 2 * span.count for span in spans)


def all_packings(model: ModbusModel, places: list[int]) -> list[tuple[Span, ...]]:
    found = []
    for number in range(len(places)):
        for cuts in combinations(range(1, len(places)), number):
            edges = [0, *cuts, len(places)]
            groups = [places[a:b] for a, b in pairwise(edges)]
            spans = tuple(Span(g[0], g[-1] - g[0] + 1) for g in groups)
            gaps = [b - a - 1 for g in groups for a, b in pairwise(g)]
            if all(s.count <= model.max_registers for s in spans) and all(
                gap <= model.hole for gap in gaps
            ):
                found.append(spans)
    return found


# --- tables ------------------------------------------------------------------


@pytest.mark.parametrize("model", MODBUS, ids=lambda model: model.name)
def test_a_table_is_sound(model: ModbusModel) -> None:
    words = [w for r in model.registers for w in range(r.at, r.at + r.width)]

    assert len(words) == len(set(words))
    assert len(model.channels) == len(model.registers)
    for register in model.registers:
        steps = register.scale * 10**register.digits
        assert steps == pytest.approx(round(steps))
        assert register.quantity is None or register.quantity in QUANTITIES
    assert model.first_word <= min(words)
    assert model.full_scale is None or model.full_scale.channel in model.channels


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_rated_span_is_of_a_channel_and_within_what_is_possible(model: Model) -> None:
    for channel, (low, high) in model.rated.items():
        quantity = QUANTITIES[model.channels[channel] or ""]
        assert quantity.low <= low < high <= quantity.high


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_counter_that_wraps_says_at_which_width(model: ModbusModel) -> None:
    for register in getattr(model, "registers", ()):
        quantity = QUANTITIES.get(register.quantity or "")
        if quantity and quantity.kind is QuantityKind.COUNTER:
            assert register.counter_bits is not None
