"""What is made public (双公示) and withdrawn, and calls to other systems with their log.

Safe for the old code: it does not look here; what it publishes meanwhile is found by the sweep. Not undone: what was
public, who withdrew it and why is part of the trail.
"""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in them stays in them."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: what was public is part of the trail."""
    raise NotImplementedError("not undone; restore a dump instead")
