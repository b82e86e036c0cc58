"""The watch over the field: what the rules have found, as rows and messages.

Belongs to the recorder's thread.  ``look`` is called before a commit, so that the
state of a rule, its episode and its message are stored with the readings that
caused them.
"""

import logging
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway import plots
from gateway.config import Config
from gateway.history import Past
from gateway.reader import Reader
from gateway.records import Change, Entry, EpisodeRow
from gateway.trail import KEEP_HOURS
from rules.engine import Engine, Event, Key
from rules.episode import Standing, code_of
from rules.rule import Rule
from rules.scope import Now
from telemetry import messages
from telemetry.messages import Alert

log = logging.getLogger(__name__)

LOOK_EVERY_MS: Final = 300_000  # of field time: what rules watch moves slowly


class Watch:
    """The rules of one gateway at work."""

    def __init__(
        self,
        config: Config,
        rules: Mapping[str, Rule],
        past: Past,
        boot: str,
        known: Collection[str] | None = None,
    ) -> None:
        """Watch by ``rules``; ``known`` are all ids, where some could not be read."""
        self.past = past
        self._boot = boot
        self._looked_ms: int | None = None
        self._rules, self._known = rules, known
        self._wanted: deque[tuple[Mapping[str, Rule], Collection[str] | None]]
        self._wanted = deque(maxlen=1)  # the newest counts
        self._plots = plots.plots(config)
        self._chosen = plots.chosen(config)
        self._open: dict[str, EpisodeRow] = {}  # episodes that are not over, by id
        self._engine = self._made({})

    def load(self, path: Path, boot: int) -> None:
        """Take over what the buffer holds; ``boot`` is the running one's id there."""
        with closing(Reader(path)) as reader:
            self.past.meet(reader.heads().values())
            hours = reader.hours(self.past.heads(), KEEP_HOURS)
            self.past.load(boot, hours, reader.segments())
            self._engine = self._made(reader.rules())
            self._open = {e.id: e for e in reader.episodes() if e.state != "resolved"}

    def begin_anew(
        self, path: Path, boot: int, rows: Iterable[Entry], change: Change
    ) -> None:
        """Go on in a file that knows nothing: what is open stays open and known."""
        with closing(Reader(path)) as reader:
            hours = reader.hours(self.past.heads(), KEEP_HOURS)
            self.past.begin_anew(boot, hours, reader.segments())
        for entry in rows:
            self.past.take(entry)
        change.rules |= self._engine.states()
        change.episodes[:0] = self._open.values()

    def _made(self, states: Mapping[Key, bytes]) -> Engine:
        engine = Engine(
            self._rules.values(),
            self._plots,
            self.past,
            chosen=self._chosen,
            states=states,
        )
        self._swap(engine)
        return engine

    def replace_rules(
        self, rules: Mapping[str, Rule], known: Collection[str] | None
    ) -> None:
        """From another thread: watch by these from the next look on."""
        self._wanted.append((rules, known))

    def _swap(self, engine: Engine) -> None:
        """Hand the rules over; what nobody could read is not gone."""
        known = self._known
        open_ = {rule for rule, _ in engine.standing}
        unread = () if known is None else open_.difference(known)
        engine.rules_replaced(self._rules.values(), unread)

    def standing(self) -> dict[str, dict[str, str]]:
        """How each rule stands on each subject, the quiet ones left out."""
        told: dict[str, dict[str, str]] = {}
        for (rule, subject), standing in list(self._engine.standing.items()):
            if standing != Standing():
                told.setdefault(rule, {})[subject] = standing.phase.value
        for (rule, subject), why in list(self._engine.resting.items()):
            before = told.setdefault(rule, {}).get(subject)
            told[rule][subject] = f"{before}; {why}" if before else why
        return told

    def look(self, now_ms: int, link_down_ms: int | None, change: Change) -> None:
        """Judge everything at ``now_ms`` of field time; add what came of it."""
        if self._looked_ms is not None and now_ms - self._looked_ms < LOOK_EVERY_MS:
            return
        self._looked_ms = now_ms
        if self._wanted:
            self._rules, self._known = self._wanted.pop()
            self._swap(self._engine)
        now = Now(self._boot, now_ms, self.past.utc_ms(now_ms))
        outcome = self._engine.look(now, link_down_ms)
        change.rules |= outcome.states
        for event in outcome.events:
            self._tell(event, change)
        for key, standing in outcome.ended:
            self._tell_end(*key, standing, change)

    def answered(self, episode: EpisodeRow, verdict: str, change: Change) -> None:
        """Put a person's verdict on record and on its way to the province."""
        key = episode.rule, episode.subject
        step = self._engine.next_step(key, episode.id)
        if step:
            change.rules[key] = self._engine.states()[key]
        step = max(step, episode.steps + 1)
        alert = Alert(
            id=f"{episode.id}-{step}",
            episode=episode.id,
            code=episode.code,
            rule=episode.rule,
            severity=episode.severity,
            state="answered",
            subject=episode.subject,
            audience=episode.audience,
            plot=episode.plot,
            vi=episode.vi,
            en=episode.en,
            verdict=verdict,
            boot=episode.boot,
            since_ms=episode.since_ms,
            utc_ms=episode.utc_ms,
        )
        change.alerts[alert.id] = messages.encode(alert)
        self._note(episode._replace(verdict=verdict, steps=step), change)

    def _note(self, episode: EpisodeRow, change: Change) -> None:
        """Put an episode on record as it stands now."""
        change.episodes.append(episode)
        if episode.state == "resolved":
            self._open.pop(episode.id, None)
            return
        before = self._open.get(episode.id, episode)
        word = episode.verdict or before.verdict
        self._open[episode.id] = episode._replace(verdict=word)

    def _tell(self, event: Event, change: Change) -> None:
        alert = message(event)
        change.alerts[alert.id] = messages.encode(alert)
        self._note(row(alert), change)
        log.info("%s %s on %s: %s", alert.code, alert.rule, alert.subject, alert.state)

    def _tell_end(
        self, rule: str, subject: str, standing: Standing, change: Change
    ) -> None:
        """Close an episode whose rule or subject is not there any more."""
        known = self._open.get(standing.episode)
        alert = Alert(
            id=f"{standing.episode}-{standing.step}",
            episode=standing.episode,
            code=code_of(standing.episode),
            rule=rule,
            severity=known.severity if known else "notice",
            state="resolved",
            subject=subject,
            audience=known.audience if known else "technician",
            plot=known.plot if known else "",
            vi="Quy tắc đã đổi hoặc bị tắt; cảnh báo được đóng lại.",
            en="The rule was changed or switched off; the alert is closed.",
            boot=standing.since_boot,
            since_ms=standing.since_ms,
            utc_ms=standing.since_utc_ms,
        )
        change.alerts[alert.id] = messages.encode(alert)
        self._note(row(alert), change)


def message(event: Event) -> Alert:
    """One step of an episode as it travels."""
    rule, standing = event.rule, event.standing
    return Alert(
        id=event.id,
        episode=standing.episode,
        code=code_of(standing.episode),
        rule=rule.id,
        severity=rule.table.severity,
        state=event.state,
        subject=event.subject,
        audience=rule.table.audience,
        plot=event.plot,
        title_vi=event.title.vi,
        title_en=event.title.en,
        vi=event.say.vi,
        en=event.say.en,
        do_vi=event.do.vi,
        do_en=event.do.en,
        action=rule.table.action,
        value=event.value,
        unit=event.unit,
        source="; ".join(each.text for each in rule.sources),
        threshold_state=rule.state,
        confidence="low" if event.is_doubtful else "normal",
        kind=event.kind,
        boot=standing.since_boot,
        since_ms=standing.since_ms,
        utc_ms=standing.since_utc_ms,
    )


def row(alert: Alert) -> EpisodeRow:
    """The episode as the buffer keeps it."""
    return EpisodeRow(
        id=alert.episode,
        code=alert.code,
        rule=alert.rule,
        subject=alert.subject,
        plot=alert.plot,
        audience=alert.audience,
        severity=alert.severity,
        state="resolved" if alert.kind == "daily" else alert.state,
        boot=alert.boot,
        since_ms=alert.since_ms,
        utc_ms=alert.utc_ms,
        vi=alert.vi,
        en=alert.en,
        verdict=None,
        steps=int(alert.id.rpartition("-")[2]),
    )
