"""Wrong builds: what somebody might write, and the tests that must notice.

A build is an exact replacement of text; one that no longer finds its text is a fault
of this list.  The tests are the quickest that know better.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Where ``was`` stands, once, ``now`` is put."""

    file: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One wrong build; at least one of ``tests`` must be red."""

    name: str
    patches: tuple[Patch, ...]
    tests: tuple[str, ...]


_NORMAL: Final = Build(
    name="synchronous NORMAL",
    patches=(
        Patch(
            file="gateway/schema.py",
            was='"PRAGMA synchronous=FULL"',
            now='"PRAGMA synchronous=NORMAL"',
        ),
        Patch(
            file="gateway/schema.py",
            was="synchronous != 2",
            now="synchronous != 1",
        ),
    ),
    tests=(
        "tests/gateway/test_buffer.py::test_the_file_waits_for_the_card_at_each_commit",
        "tests/faults/test_f01_power_cut.py::"
        "test_after_any_power_cut_what_was_told_stored_is_there_once[moved-1]",
    ),
)

_PUBACK: Final = Build(
    name="delete on PUBACK",
    patches=(
        Patch(
            file="gateway/uplink.py",
            was="        self._carrier.step(timeout_s)\n"
            "        self._hearing.take_arrived()\n",
            now="        self._carrier.step(timeout_s)\n"
            "        from telemetry.messages import Ack\n"
            "        if not self._carrier._under_way:\n"
            "            flow = self._dispatch.flow\n"
            "            sent = [e for e in flow.open.values() if e.sent_s]\n"
            "            told = [e.batch.digest for e in sent]\n"
            "            ack = Ack(epoch=flow.epoch, stored=told)\n"
            "            self._hearing._take_ack(ack)\n"
            "        self._hearing.take_arrived()\n",
        ),
    ),
    tests=(
        "tests/faults/test_f27_ingest_away.py::"
        "test_a_gateway_whose_province_is_silent_keeps_a_window_and_no_more",
    ),
)

_EARLY_ACK: Final = Build(
    name="ack before write",
    patches=(
        Patch(
            file="province/ingest.py",
            was="        try:\n            batches = self._write(batches)\n",
            now="        for identity, ack in acks_of(batches, self._epoch_of):\n"
            "            topic = identity.topic(topics.DOWN_ACK)\n"
            "            self._link.publish(topic, encode(ack))\n"
            "        try:\n            batches = self._write(batches)\n",
        ),
    ),
    tests=(
        "tests/province/test_rounds.py::"
        "test_hello_is_answered_while_the_store_is_down_and_batches_are_not",
        "tests/province/test_rounds.py::"
        "test_the_ledger_is_written_after_the_store_and_before_the_answer",
    ),
)

_NO_PROBE: Final = Build(
    name="no probe after a timeout",
    patches=(
        Patch(
            file="drivers/modbus.py",
            was="        while self.owed.blocks(lengths):\n",
            now="        while False:\n",
        ),
    ),
    tests=(
        "tests/drivers/test_modbus.py::test_no_late_answer_is_taken_for_a_later_value",
    ),
)

_WALL_CLOCK: Final = Build(
    name="wall clock in a hold",
    patches=(
        Patch(
            file="rules/engine.py",
            was="            passed = max(0, now.ms - self._last.ms)\n",
            now="            before = self._last\n"
            "            passed = max(0, (now.utc_ms or 0) - (before.utc_ms or 0))\n",
        ),
    ),
    tests=(
        "tests/gateway/test_holds.py::"
        "test_a_clock_that_is_put_ahead_makes_no_hold_longer",
    ),
)

_TODAYS_PLOT: Final = Build(
    name="row rendered with today's plot",
    patches=(
        Patch(
            file="gateway/reader.py",
            was='            return dict(self._db.execute("SELECT id, head FROM'
            ' series"))\n',
            now='            found = dict(self._db.execute("SELECT id, head FROM'
            ' series"))\n'
            "        of = {}\n"
            "        for _, head in sorted(found.items()):\n"
            '            of[head.partition(",")[0], head.partition("sensor=")[2]] ='
            " head\n"
            "        return {\n"
            '            n: of[head.partition(",")[0], head.partition("sensor=")[2]]\n'
            "            for n, head in found.items()\n"
            "        }\n",
        ),
    ),
    tests=(
        "tests/gateway/test_moved_probe.py::"
        "test_rows_keep_the_plot_of_their_day_to_the_last_byte",
    ),
)

_THIN_SENT: Final = Build(
    name="thinning of a row that was in a batch",
    patches=(
        Patch(
            file="gateway/retention.py",
            was="free = ranges.subtract(read_ledger(self._db).uncut,"
            ' pairs(self._db, "tried"))\n',
            now="free = read_ledger(self._db).uncut\n",
        ),
    ),
    tests=("tests/gateway/test_thinning.py::test_what_was_in_a_batch_is_never_merged",),
)

_ANY_ACK: Final = Build(
    name="ack accepted without its digest",
    patches=(
        Patch(
            file="gateway/settling.py",
            was="    for first in {by_digest[d] for d in ack.stored"
            " if d in by_digest}:\n",
            now="    for first in list(flow.open) if ack.stored else []:\n",
        ),
    ),
    tests=(
        "tests/gateway/test_settling.py::"
        "test_word_of_what_is_not_open_changes_nothing[other digest]",
        "tests/gateway/test_settling.py::"
        "test_the_batch_that_is_named_is_held_and_its_neighbour_waits",
    ),
)

_GAP_CLEARS: Final = Build(
    name="gap clears an alert",
    patches=(
        Patch(
            file="rules/episode.py",
            was="    if look.holds is None and (now.phase",
            now="    if look.holds is None:\n"
            "        look = replace(look, holds=False, clears=True)\n"
            "    if look.holds is None and (now.phase",
        ),
    ),
    tests=(
        "tests/rules/test_packs.py::"
        "test_a_gap_in_an_open_episode_is_told_once_and_it_goes_on",
    ),
)

BUILDS: Final = (
    _NORMAL, _PUBACK, _EARLY_ACK, _NO_PROBE, _WALL_CLOCK, _TODAYS_PLOT, _THIN_SENT,
    _ANY_ACK, _GAP_CLEARS,
)  # fmt: skip
