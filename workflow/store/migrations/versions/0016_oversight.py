"""What supervisors read: measures, sums, alerts and what was said of them, assessments, historical records.

Safe for the old code: it looks at none of this. Not reversible: what people said of an alert is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what was said of an alert stays."""
    raise NotImplementedError("a record of supervision is not undone; leave the tables where they are")
