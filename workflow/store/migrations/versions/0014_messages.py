"""Messages people read, and one delivery per message and channel; contacts, choices, reminders.

Safe for the old code: it writes messages without the new columns, which have defaults. Not undone: what people were told
is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what people were told is part of the trail."""
    raise NotImplementedError("not undone; restore a dump instead")
