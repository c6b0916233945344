"""Columns for sealed personal data: salt of commitments, blind indexes.

Safe for the old code: it neither reads nor writes them. Reversible only before anything was sealed.
"""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the columns; sealed values stay sealed."""
    op.execute("alter table cases drop column if exists salt, drop column if exists applicant_index")
    op.execute("alter table permits drop column if exists holder_index")
