"""Papers as PDF, certificates, and the seals over both.

Safe for the old code: it freezes content without a file, and never looks at the new tables.
Not reversible: what was issued is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what was issued is part of the trail."""
    raise NotImplementedError("not undone; restore a dump instead")
