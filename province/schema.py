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

HELD: Final = sa.Table(
    "held",
    METADATA,
    sa.Column("coop", sa.Text, primary_key=True),
    sa.Column("gw", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Numbers of an epoch that stand in the store, as disjoint ranges."""

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
    sa.UniqueConstraint("coop", "gw", "kind", "digest"),  # a resend adds nothing
)

ALARM: Final = sa.Table(
    "alarm",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("coop", sa.Text, nullable=False),
    sa.Column("gw", sa.Text, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # clone or old-card
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),  # '' for an old card
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("coop", "gw", "epoch", "kind", "first", "last", "batch"),
)
"""What a gateway cannot have done by itself: two cards, or one of the past."""

META: Final = sa.Table(
    "meta",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""``field_time``, ``origin BOOT`` of scaled clocks, ``listening`` of ingest."""
