"""Ratings with what follows bad ones, and the archive packages of ended cases.

Safe for the old code: it does not look here. Not undone: what people said and what was archived is kept.
"""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in them stays in them."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what people said and what was archived is kept."""
    raise NotImplementedError("not undone; restore a dump instead")
