"""Sessions of people at their browser: the cookie's hash, never the cookie.

Safe for the old code: it does not look here. Reversible: everybody logs in again.
"""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the table: who was logged in logs in again."""
    op.execute("drop table sessions")
