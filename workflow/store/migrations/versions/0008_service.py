"""Records of service (送达回证): who got which paper, how, when, where, on whose proof.

Safe for the old code: it does not look here. Not undone: a record of service is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what is in it stays in it."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: who was served and when is part of the trail."""
    raise NotImplementedError("a record of service is not undone; leave the table where it is")
