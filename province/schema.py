"""Tables of the ledger, as the code of today sees them.

The migrations make them; a test holds both against each other.
"""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

BATCH: Final = sa.Table(
    "batch",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("merged", sa.BigInteger, nullable=False),
    sa.Column("first_ns", sa.BigInteger),  # NULL where no line is in the store
    sa.Column("last_ns", sa.BigInteger),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("err_ms", sa.BigInteger, nullable=False),
    sa.Column("stored_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""One row for each batch that was settled, its rejected lines left out."""


def _spans(name: str) -> sa.Table:
    """Numbers of epochs as disjoint ranges."""
    return sa.Table(
        name,
        METADATA,
        sa.Column("coop", sa.Text, primary_key=True),
        sa.Column("gw", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Text, primary_key=True),
        sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


HELD: Final = _spans("held")
"""Numbers that stand in the store."""

LOST: Final = _spans("lost")
"""Numbers that the gateway says it gave up before they were here."""

REJECTED: Final = _spans("rejected")
"""Numbers whose line was rejected once; some of them may be held by now."""

REFILLED: Final = _spans("refilled")
"""Numbers that ``refill`` has taken out; those that came again are held."""

EPOCH: Final = sa.Table(
    "epoch",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),  # in the order of appearance
    sa.Column("first", sa.BigInteger),  # NULL where no hello has said it
    sa.Column("next", sa.BigInteger, nullable=False),
    sa.Column("oldest", sa.BigInteger, nullable=False),
    sa.Column("first_heard_ms", sa.BigInteger, nullable=False),
    sa.Column("last_heard_ms", sa.BigInteger, nullable=False),
)
"""What hello said of each epoch, also of those that are over."""

BOOT: Final = sa.Table(
    "boot",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("boot", sa.Text, primary_key=True),
    sa.Column("mono_ms", sa.BigInteger, nullable=False),
    sa.Column("next", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
"""The newest hello of a gateway's last boots, by which a late one is known."""

BEGUN: Final = sa.Table(
    "begun",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("boot", sa.Text, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
)
"""First number of an epoch's newest boots, by which another card is known."""

GATEWAY: Final = sa.Table(
    "gateway",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("boot", sa.Text, nullable=False),
    sa.Column("oldest", sa.BigInteger, nullable=False),
    sa.Column("next", sa.BigInteger, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),  # JSON
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
"""Each gateway's last hello."""

DOCUMENT: Final = sa.Table(
    "document",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("leaf", sa.Text, primary_key=True),  # up/state, up/meta, up/link
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
"""The latest of each kind of document."""

ALERT: Final = sa.Table(
    "alert",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in ("episode", "code", "rule", "plot", "subject", "audience")
    ),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in ("severity", "state", "verdict")
    ),
    sa.Column("step", sa.Integer, nullable=False, server_default="1"),
    sa.Column("since_ms", sa.BigInteger),  # UTC; NULL where the gateway had no clock
    # whether mail knows to whom it goes, so that looking for new ones stays cheap
    sa.Column("is_owed", sa.Integer, nullable=False, server_default="0"),
    sa.Index("alert_state", "state", "is_owed"),
    sa.Index("alert_rule", "rule"),
)
"""Every step of every episode; what stands behind ``at_ms`` is read from ``body``."""

VERDICT: Final = sa.Table(
    "verdict",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("episode", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),  # dung, sai, chua-xem
    sa.Column("who", sa.Text, nullable=False),  # a role or "gateway", never a person
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
"""Was it true?  The last answer to each episode."""

MAIL: Final = sa.Table(
    "mail",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # waiting, sending, sent, refused
    sa.Column("at_ms", sa.BigInteger, nullable=False),  # of that state; people's time
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # the digest it is part of, or ''
    sa.Column("why", sa.Text, nullable=False),  # it waits or was refused
    sa.Index("mail_state", "state", "at_ms"),
)
"""Which step of which episode goes, or went, to whom."""

QUARANTINE: Final = sa.Table(
    "quarantine",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("coop", sa.Text, nullable=False),
    sa.Column("gw", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # line or body
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False, server_default=""),
    sa.Column("number", sa.BigInteger),  # of a line, where it is known
    sa.UniqueConstraint("coop", "gw", "kind", "digest"),  # a resend adds nothing
)

ASIDE: Final = sa.Table(
    "aside",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("lines", sa.BigInteger, nullable=False),
    sa.Column("bodies", sa.BigInteger, nullable=False),
    sa.Column("new_rows", sa.BigInteger, nullable=False),
    sa.Column("new_bytes", sa.BigInteger, nullable=False),
)
"""How much of each gateway's quarantine went, and came since that was looked at."""

ALARM: Final = sa.Table(
    "alarm",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # see records.Alarm
    sa.Column("first", sa.BigInteger, nullable=False),  # lowest number so far
    sa.Column("last", sa.BigInteger, nullable=False),  # highest
    sa.Column("batch", sa.Text, nullable=False),  # the newest, '' where there is none
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),  # of the first time
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Column("told_ms", sa.BigInteger, nullable=False),
)
"""What a gateway cannot have done by itself: one row however often it happens."""

META: Final = sa.Table(
    "meta",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""``field_time``, ``origin BOOT`` of scaled clocks, ``listening`` of ingest."""
