"""The catalogue: items of the national list with their versions, dated lists, cancellations, the change log.

Safe for the old code: new tables only, nothing it reads is touched. Reversible by dropping them, but a change
log is not undone: downgrade refuses.
"""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the catalogue."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: a migration that would delete a change log does not exist."""
    raise NotImplementedError("the catalogue's change log is not undone; restore a backup instead")
