"""Whether an uploaded file was looked at for viruses.

Safe for the old code: what it uploads is not scanned, and says so. Reversible: what was found is lost.
"""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the columns."""
    for column in ("scan", "scanned_at", "infection", "erased_at"):
        op.execute(f"alter table materials drop column if exists {column} cascade")
