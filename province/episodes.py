"""Episodes: the steps of alerts in the ledger, folded into one line of a story each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from province.alerting import clean, read
from province.schema import ALERT, VERDICT
from telemetry.messages import Alert
from telemetry.settings import ConfigError, unknown
from telemetry.topics import Identity
from telemetry.verdict import UNSEEN

TITLE_LETTERS: Final = 80  # of 3 to 6 words; a mail's subject stays readable
SEVERITIES_VI: Final = {
    "notice": "lưu ý",
    "warning": "cảnh báo",
    "critical": "khẩn cấp",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode of one gateway.  Times are UTC. [ms since 1970]

    ``since_ms`` is its begin as the gateway saw it, ``told_ms`` when its first step
    came in, ``until_ms`` when its end was told here; ``None`` where it is not known
    or not over.  ``state`` is that of the newest step that is no answer.
    """

    identity: Identity
    episode: str
    code: str
    rule: str
    plot: str
    subject: str
    audience: str
    severity: str
    state: str
    since_ms: int | None
    told_ms: int
    until_ms: int | None
    title_vi: str
    title_en: str
    verdict: str
    by: str  # the role that gave the verdict, "gateway", or "" while nobody has
    steps: int

    @property
    def begin_ms(self) -> int:
        """The best that is known of the begin."""
        return self.told_ms if self.since_ms is None else self.since_ms

    @property
    def is_open(self) -> bool:
        """Whether it has begun and its end has not been told."""
        return self.until_ms is None and self.state != "answered"


def episodes(
    connection: sa.Connection,
    *,
    coop: str | None = None,
    gateway: str | None = None,
    plot: str | None = None,
) -> list[Episode]:
    """Return the episodes of the ledger, or some of them; the oldest first."""
    wanted = [ALERT.c.coop == coop] if coop is not None else []
    if gateway is not None:
        wanted.append(ALERT.c.gw == gateway)
    steps: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    columns = [column for column in ALERT.c if column is not ALERT.c.body]
    told = sa.case((ALERT.c.step == 1, ALERT.c.body)).label("body")  # has the title
    asked = sa.select(*columns, told).where(*wanted)
    for row in connection.execute(asked.order_by(ALERT.c.step, ALERT.c.at_ms)):
        steps[row.coop, row.gw, row.episode].append(row)
    verdicts = {
        (row.coop, row.gw, row.episode): row
        for row in connection.execute(sa.select(VERDICT))
    }
    folded = [_fold(some, verdicts.get(key)) for key, some in steps.items()]
    found = [one for one in folded if plot is None or one.plot == plot]
    return sorted(found, key=lambda one: (one.begin_ms, one.identity, one.episode))


def _fold(steps: Sequence[Any], verdict: Any) -> Episode:
    first = steps[0]
    told = [row for row in steps if row.state != "answered"] or steps
    last = told[-1]
    since = [row.since_ms for row in steps if row.since_ms is not None]
    alert = None if first.body is None else read(first.body)
    state = last.state
    if alert is not None and alert.kind == "daily":
        state = "resolved"  # one line of a day has no end of its own
    title_vi, title_en = titles(alert, first.rule)
    return Episode(
        identity=Identity(first.coop, first.gw),
        episode=first.episode,
        code=first.code,
        rule=first.rule,
        plot=first.plot,
        subject=first.subject,
        audience=first.audience,
        severity=last.severity,
        state=state,
        since_ms=since[-1] if since else None,
        told_ms=first.at_ms,
        until_ms=last.at_ms if state == "resolved" else None,
        title_vi=title_vi,
        title_en=title_en,
        verdict=verdict.verdict if verdict else UNSEEN,
        by=verdict.who if verdict else "",
        steps=len(steps),
    )


def titles(alert: Alert | None, rule: str) -> tuple[str, str]:
    """Vietnamese and English title; the first sentence where a gateway gave none."""
    rule = clean(rule)
    if alert is None:
        return rule, rule
    vi = alert.title_vi or alert.vi.partition(". ")[0].rstrip(".")
    en = alert.title_en or alert.en.partition(". ")[0].rstrip(".")
    return clean(vi, TITLE_LETTERS) or rule, clean(en, TITLE_LETTERS) or rule


def named(found: Iterable[Episode], identity: Identity, code: str) -> list[Episode]:
    """Episodes of a gateway with this code, or with this very name.

    Raises
    ------
    ConfigError
        There is none; it says what is near.
    """
    own = [one for one in found if one.identity == identity]
    if not own:
        fact = f"{identity}: no alert of this gateway is here"
        raise ConfigError([f"{fact}; see canhdong-province alerts"])
    exact = [one for one in own if one.episode == code]
    hits = exact or [one for one in own if one.code and one.code == code.upper()]
    if not hits:
        codes = {one.code for one in own if one.code}
        fact = f"{identity}: no episode has the code {clean(code, 40)!r}"
        raise ConfigError([f"{fact}; {unknown(code.upper(), codes)}"])
    return hits
