"""Which deliveries were heard before: by their id, and by their signed body, as an id alone is not signed."""

from datetime import datetime, timedelta

from kiro_worker.clock import stamp
from kiro_worker.state import Migration, State

# GitHub keeps deliveries for three days, and lets people send them again.
WINDOW = timedelta(days=3)
# However many there are, so many are remembered; who could make more of them has the secret.
_MOST = 50_000

_STEPS = (
    Migration(
        owner="webhook",
        number=1,
        sql="""
        CREATE TABLE webhook_delivery (
            mark TEXT PRIMARY KEY,
            at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX webhook_delivery_at ON webhook_delivery (at);
        """,
    ),
)


class Deliveries:
    """Remembers deliveries within the window."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.migrate(_STEPS)

    def is_new(self, delivery: str, digest: str, *, at: datetime) -> bool:
        """Take note of a delivery; False when its id or its body was heard before, within the window."""
        marks = (f"id:{delivery}", f"body:{digest}")
        with self._state.transaction() as connection:
            connection.execute("DELETE FROM webhook_delivery WHERE at < ?", (stamp(at - WINDOW),))
            known = connection.execute("SELECT count(*) FROM webhook_delivery WHERE mark IN (?, ?)", marks).fetchone()[
                0
            ]
            connection.executemany(
                "INSERT OR IGNORE INTO webhook_delivery VALUES (?, ?)", [(mark, stamp(at)) for mark in marks]
            )
            count = connection.execute("SELECT count(*) FROM webhook_delivery").fetchone()[0]
            if count > _MOST:
                query = (
                    "DELETE FROM webhook_delivery WHERE mark IN (SELECT mark FROM webhook_delivery ORDER BY at LIMIT ?)"
                )
                connection.execute(query, (count - _MOST,))
        return not known
