"""How each rule stands on each subject, and what of that is to be stored."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from rules import episode
from rules.episode import Phase, Standing
from rules.telling import Event

log = logging.getLogger(__name__)

QUIET: Final = Standing()

Key = tuple[str, str]
"""Rule and subject."""


@dataclass(slots=True)
class Outcome:
    """What a look has changed; an empty body forgets a state."""

    states: dict[Key, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    ended: list[tuple[Key, Standing]] = field(default_factory=list)  # rule is no more


class Standings:
    """The state of every rule on every subject; what is not here is quiet."""

    def __init__(self, states: Mapping[Key, bytes]) -> None:
        self.all: dict[Key, Standing] = {
            key: _read(key, body) for key, body in states.items()
        }

    def of(self, key: Key) -> Standing:
        """How a rule stands."""
        return self.all.get(key, QUIET)

    def states(self) -> dict[Key, bytes]:
        """Every state that is not quiet, to be stored."""
        return {
            key: msgspec.json.encode(standing)
            for key, standing in self.all.items()
            if standing != QUIET
        }

    def next_step(self, key: Key, name: str) -> int:
        """Take the next step of an open episode; 0 if it is over."""
        standing = self.of(key)
        if standing.episode != name:
            return 0
        self.all[key] = replace(standing, step=standing.step + 1)
        return standing.step + 1

    def note(
        self,
        key: Key,
        before: Standing,
        after: Standing,
        event: str | None,
        outcome: Outcome,
    ) -> None:
        """Go from ``before`` to ``after``; ``event`` tells of it."""
        if after.phase is Phase.QUIET:
            after = QUIET
        if after == before:
            return
        self.all[key] = after
        # A hold that grows is written when something else is, or it would cost a
        # page at each commit; a restart may lengthen a hold, never shorten it.
        if event is not None or after.phase is not before.phase:
            body = b"" if after == QUIET else msgspec.json.encode(after)
            outcome.states[key] = body

    def forget(self, key: Key, outcome: Outcome) -> Standing:
        """Go back to quiet, whatever it was; nobody is told."""
        self.all.pop(key)
        outcome.states[key] = b""
        return QUIET

    def end_orphans(
        self,
        judged: Collection[Key],
        broken: Collection[str],
        outcome: Outcome,
    ) -> None:
        """Forget states whose rule or subject is no more; open episodes are told.

        What a ``broken`` rule has open stays open; the end of one line a day is not
        told.
        """
        gone = [k for k in self.all if k not in judged and k[0] not in broken]
        for key in gone:
            after, event = episode.end(self.all[key])
            self.forget(key, outcome)
            if event is not None and not after.is_line:
                outcome.ended.append((key, after))
            log.info("rule %s no longer watches %s", *key)


def _read(key: Key, body: bytes) -> Standing:
    """A stored state; one that cannot be read, as after damage, counts as quiet."""
    try:
        return msgspec.json.decode(body, type=Standing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        log.error("the state of rule %s on %s is unreadable: %s", *key, fault)
        return QUIET
