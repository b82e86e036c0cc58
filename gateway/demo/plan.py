"""What happens on which day, and the caption that tells it.  Pure.

Days are counted from the begin: 2.3 is the third day, some hours after dawn.
"""

from dataclasses import dataclass
from typing import Final

from drivers.sim.story import Scenario
from gateway.demo.words import Words


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done to the chain at a moment of the story."""

    day: float
    what: str  # a method of ``Deeds``: cut, mend, unplug, plug


PROBE: Final = "soil-2"  # the device on the maize plot that gets unplugged

DEEDS: Final[dict[Scenario, tuple[Deed, ...]]] = {
    "story": (
        Deed(2.3, "cut"),
        Deed(3.0, "mend"),
        Deed(4.25, "unplug"),
        Deed(5.1, "plug"),
    ),
    "quiet": (),
    "faults": (Deed(2.5, "unplug"),),  # for good
}

CUT: Final = Words(
    "đứt đường truyền: trạm giữ mọi số đo", "link cut: the gateway keeps all"
)
DRAINING: Final = Words(
    "đã nối lại: đang gửi phần tồn", "link back: what waited is sent"
)
DRAINED: Final = Words(
    "phần tồn đã tới tỉnh, mất 0", "what waited has been confirmed, lost 0"
)
STARTING: Final = Words("Đang khởi động", "starting")
STOPPING: Final = Words("Đang dừng: gửi nốt phần còn lại", "stopping: the rest is sent")

_QUIET: Final = (
    (0.0, Words("mưa rào, số đo đi thẳng về tỉnh", "a shower; readings flow")),
    (1.0, Words("nắng, ruộng lúa cạn dần", "sun; the paddy falls slowly")),
    (6.0, Words("bơm nước vào ruộng lúa", "the paddy is flooded again")),
)
_CAPTIONS: Final[dict[Scenario, tuple[tuple[float, Words], ...]]] = {
    "story": (
        *_QUIET[:2],
        (
            4.25,
            Words(
                "rút đầu đo thửa 21: ghi là thiếu, không báo nông dân",
                "a probe is unplugged: flagged, no alarm to the farmer",
            ),
        ),
        (5.75, Words("đêm nay bướm vào bẫy gấp ba", "thrice the moths tonight")),
        (
            6.0,
            Words(
                "nước ruộng lúa qua vạch −10 cm, chiều xuống −11 cm",
                "the paddy's water passes −10 cm, −11 by the afternoon",
            ),
        ),
        (7.0, Words("nước vẫn rút, tỉnh có đủ số đo", "it falls on; all is stored")),
    ),
    "quiet": _QUIET,
    "faults": (
        *_QUIET[:2],
        (
            2.0,
            Words(
                "đầu đo ẩm không khí đứng yên, rồi mất đầu đo thửa 21",
                "the hygrometer is stuck, then a probe of plot 21 is gone",
            ),
        ),
        (
            3.5,
            Words(
                "nhiệt kế báo 85 °C: bị loại, chỉ báo kỹ thuật viên",
                "a thermometer says 85 °C: left out, told to the technician only",
            ),
        ),
    ),
}


def due(scenario: Scenario, after: float, until: float) -> list[Deed]:
    """What is done after the day ``after`` and not later than ``until``."""
    return [deed for deed in DEEDS[scenario] if after < deed.day <= until]


def caption(scenario: Scenario, day: float, link: Words | None) -> Words:
    """The story at ``day``; what the link does, ``link``, goes before it."""
    told = link or [words for at, words in _CAPTIONS[scenario] if at <= max(0, day)][-1]
    number = max(0, int(day)) + 1
    return Words(f"Ngày {number}: {told.vi}", f"Day {number}: {told.en}")
