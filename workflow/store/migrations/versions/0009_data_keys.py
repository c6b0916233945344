"""Names and fingerprints of the keys that personal data is sealed with.

Safe for the old code: it does not look here. Reversible: the table is filled again at the next start.
"""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the table."""
    op.execute("drop table data_keys")
