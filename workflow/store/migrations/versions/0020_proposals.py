"""Proposals that another person confirms: what, by whom, and what became of it.

Safe for the old code: it does not look here, and what it writes alone is not stopped.
"""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: who proposed and confirmed what is part of the trail."""
    raise NotImplementedError("proposals are not undone; leave the tables where they are")
