"""The log of unmasked readings and the list of erasures.

Safe for the old code: it neither reads nor writes them. Reversible only while both are empty: they are evidence.
"""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the tables."""
    op.execute("drop table erasures")
    op.execute("drop table readings")
