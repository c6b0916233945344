"""One human behind several accounts, recusals, delegated tasks, the codes of experts' units.

Safe for the old code: it neither reads nor fills the new columns and tables.
"""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: who was kept out of a case, and who is one person, is part of the trail."""
    raise NotImplementedError("recusals and links of accounts are not undone; leave the tables where they are")
