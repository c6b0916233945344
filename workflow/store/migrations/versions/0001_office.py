"""The first office: people, terms, cases, events, tasks, due dates, documents, permits, outbox.

Safe for the old code: there is none. Reversible only by dropping the database: a trail is not undone.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: a migration that would delete an audit trail does not exist."""
    raise NotImplementedError("the first version is not undone; drop the database instead")
