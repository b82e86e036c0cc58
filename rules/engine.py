"""The engine: every rule on every subject, one look at a time.

It reads a ``History``, keeps no clock and no file, and says what changed: states
to be stored, events to be told.  A rule that breaks is set aside and told once;
the others and the recording go on.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rules import asking, episode, guards, telling
from rules.asking import Asked
from rules.episode import Look, Patience, Phase, Standing
from rules.guards import Turn
from rules.history import History
from rules.memo import Memo
from rules.plot import Plot
from rules.rule import Rule
from rules.scope import Now, Scope
from rules.standings import QUIET, Key, Outcome, Standings
from rules.telling import Event

__all__ = ["GATEWAY", "Asked", "Engine", "Event", "Key", "Outcome"]

log = logging.getLogger(__name__)

GATEWAY: Final = "gateway"  # the subject of rules per gateway
BROKEN: Final = "broken: the log tells where"
JUDGE: Final = Turn.JUDGE
BLIND_MS: Final = 15 * 60_000  # a shorter gap beyond the three periods is not told


class Engine:
    """Rules, plots, and how each rule stands on each subject."""

    def __init__(
        self,
        rules: Iterable[Rule],
        plots: Sequence[Plot],
        history: History,
        *,
        chosen: Mapping[Key, str],
        states: Mapping[Key, bytes],
    ) -> None:
        self.resting: dict[Key, str] = {}  # which rule cannot judge what, and why
        self._rests: dict[Key, str] = {}  # the same of a look that goes on
        self._plots = {plot.id: plot for plot in plots}
        self._history = history
        self._chosen = chosen
        self._broken: set[str] = set()
        self._standings = Standings(states)
        self._watch(rules)
        self._last: Now | None = None
        self._memo = Memo()

    @property
    def standing(self) -> Mapping[Key, Standing]:
        """How each rule stands; what is not here is quiet."""
        return self._standings.all

    def states(self) -> dict[Key, bytes]:
        """Every state that is not quiet, to be stored."""
        return self._standings.states()

    def rules_replaced(self, rules: Iterable[Rule], unread: Iterable[str] = ()) -> None:
        """Go on with other rules; the same id keeps its episode, a gone one ends.

        That end comes with the next look.  A rule that was broken is tried again.
        What a rule has open that is ``unread``, since its file is broken, stays open.
        """
        self._watch(rules)
        self._broken = {*unread}
        self.resting = {}
        self._memo.forget()

    def next_step(self, key: Key, name: str) -> int:
        """Take the next step of an open episode for a word from outside; 0 if over."""
        return self._standings.next_step(key, name)

    def look(self, now: Now, link_down_ms: int | None = None) -> Outcome:
        """Judge everything once at ``now``."""
        outcome = Outcome()
        passed = 0
        if self._last is not None and self._last.boot == now.boot:
            passed = max(0, now.ms - self._last.ms)
        self._last = now
        self._memo.begin(self._history, now)
        self._rests = {k: v for k, v in self.resting.items() if v == BROKEN}
        scopes: dict[tuple[str, str], Scope] = {}
        judged: set[Key] = set()
        for rule, subject in self._subjects():
            key = rule.id, subject
            judged.add(key)
            try:
                of = rule.table.per, subject
                if of not in scopes:
                    scopes[of] = self._scope(*of, now, self._memo, link_down_ms)
                scope = scopes[of].cleared()
                self._judge(rule, key, scope, passed, outcome)
            except Exception:  # one rule's bug; the recording goes on
                log.exception("rule %s on %s is broken and rests", *key)
                self._broken.add(rule.id)
                self._rests[key] = BROKEN
        self.resting = self._rests
        self._standings.end_orphans(judged, self._broken, outcome)
        return outcome

    def ask(
        self,
        rule: Rule,
        subject: str,
        now: Now,
        *,
        steps: bool = False,
        link_down_ms: int | None = None,
    ) -> Asked:
        """Judge ``rule`` on ``subject`` once; nothing of the engine changes.

        ``subject`` is a plot, a sensor or ``GATEWAY``; ``steps`` takes down how the
        models came to their answers.  A guard is told, and asked all the same.
        """
        scope = self._scope(rule.table.per, subject, now, Memo(), link_down_ms)
        scope.steps = [] if steps else None
        return asking.ask(rule, scope)

    # --- one rule on one subject -----------------------------------------------

    def _subjects(self) -> Iterator[tuple[Rule, str]]:
        sensors = list(self._memo.of_sensor)
        for rule, subjects in list(self._watched):
            if rule.id in self._broken:
                continue
            for subject in sensors if rule.table.per == "sensor" else subjects:
                yield rule, subject

    def _watch(self, rules: Iterable[Rule]) -> None:
        """Take ``rules``, each with the plots that it is for, or the gateway."""
        self._watched = [(rule, self._subjects_of(rule)) for rule in rules]
        self._guarded = {r.id for r, _ in self._watched if guards.is_guarded(r)}
        self._daily = {r.id for r, _ in self._watched if r.table.kind == "daily"}

    def _subjects_of(self, rule: Rule) -> list[str]:
        """The plots that a rule is for, or the gateway; sensors come and go."""
        if rule.table.per != "plot":
            return [GATEWAY]
        crops = rule.table.crops
        return [p.id for p in self._plots.values() if not crops or p.crop in crops]

    def _scope(
        self, per: str, subject: str, now: Now, memo: Memo, link_down_ms: int | None
    ) -> Scope:
        plot, is_dated = None, False
        if per == "plot":
            plot, is_dated = guards.dated(self._plots[subject], now.day)
        return Scope(
            history=self._history,
            now=now,
            plot=plot,
            is_dated_by_season=is_dated,
            sensor=subject if per == "sensor" else None,
            chosen=self._chosen,
            link_down_ms=link_down_ms if per == "gateway" else None,
            memo=memo,
        )

    def _judge(
        self, rule: Rule, key: Key, scope: Scope, passed_ms: int, outcome: Outcome
    ) -> None:
        before, turn = self._standings.of(key), JUDGE
        if rule.id in self._guarded:
            turn, why = guards.turn_of(rule, scope)
            if why:
                self._rests[key] = why
        if before.is_line and rule.id not in self._daily:  # an edit made it an alert
            before = self._standings.forget(key, outcome)
        if turn is JUDGE and rule.id not in self._daily:
            after, event = self._step(rule, key, scope, before, passed_ms, turn)
        elif rule.table.kind == "daily":
            after, event = self._day(rule, key, scope, turn, passed_ms)
        elif before is QUIET:
            return
        elif turn is Turn.END:
            after, event = episode.end(before)
        elif turn is Turn.KEEP:
            after, event = episode.kept(before), None
        else:
            after, event = self._step(rule, key, scope, before, passed_ms, turn)
        if after is not before or event is not None:
            self._note(rule, key, scope, (before, after, event), outcome)

    def _day(
        self, rule: Rule, key: Key, scope: Scope, turn: Turn, passed_ms: int
    ) -> tuple[Standing, str | None]:
        """The step of a rule that says one line a day, and not that it is over."""
        now, utc_ms = self._standings.of(key), scope.now.utc_ms
        if now.phase is Phase.FIRING and not now.is_line:  # it was an alert before
            return episode.end(now)
        if turn is Turn.END:
            return QUIET, None
        if turn is Turn.KEEP or utc_ms is None:
            return episode.kept(now), None
        if now.is_line and guards.has_spoken(rule, now, utc_ms):
            return now, None
        now = QUIET if now.is_line else now
        after, event = self._step(rule, key, scope, now, passed_ms, turn)
        return (after if event is None else replace(after, is_line=True)), event

    def _step(
        self,
        rule: Rule,
        key: Key,
        scope: Scope,
        before: Standing,
        passed_ms: int,
        turn: Turn,
    ) -> tuple[Standing, str | None]:
        holds = clears = None
        if turn is JUDGE:
            is_open = before.phase is Phase.FIRING
            holds, clears, lack = asking.judged(rule, scope, with_clear=is_open)
            if lack:
                self._rests[key] = lack
        if not holds and before.phase is Phase.QUIET:
            return before, None
        look = Look(
            boot=scope.now.boot,
            at_ms=scope.now.ms,
            utc_ms=scope.now.utc_ms,
            passed_ms=passed_ms,
            holds=holds,
            clears=clears,
        )
        patience = Patience(
            hold_ms=rule.hold_ms, clear_ms=rule.clear_ms, blind_ms=BLIND_MS
        )
        return episode.step(before, look, patience, "-".join(key))

    def _note(
        self,
        rule: Rule,
        key: Key,
        scope: Scope,
        change: tuple[Standing, Standing, str | None],
        outcome: Outcome,
    ) -> None:
        before, after, event = change
        if event is not None:
            told = telling.event(rule, key[1], scope, before, after, event)
            outcome.events.append(told)
        self._standings.note(key, before, after, event, outcome)
