"""Calendars that change: versions with their paper, and how far each open case has been counted anew.

Safe for the old code: it inserts cases without calendar_version, and the sweep counts those anew once.
Not reversible: what people were told about moved dates is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what people were told about moved dates is part of the trail."""
    raise NotImplementedError("not undone; restore a dump instead")
