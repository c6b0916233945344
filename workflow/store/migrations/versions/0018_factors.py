"""Second factors and recovery codes; profiles of applicants; who may log in through the identity platform.

Safe for the old code: it does not look here. Not reversible: profiles say whose account it is.
"""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: whose account it is would be lost."""
    raise NotImplementedError("profiles and factors are not undone; leave the tables where they are")
