"""Sessions of programs with their refresh tokens, wrong logins, known places, the security log.

Safe for the old code: its sessions are those of pages. Not reversible: the security log stays.
"""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: the security log is part of the trail."""
    raise NotImplementedError("the security log is not undone; leave the tables where they are")
