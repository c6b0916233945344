"""Sums of measures by one dimension at a time.

Safe for the old code: it goes on with rollups and rollup_days, which are left for it and read by nobody afterwards. What the
old code measures meanwhile, the nightly check finds and has summed. Reversible: sums can be made again from the measures.
"""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop them."""
    op.execute("alter table case_measures drop column late_until")
    op.execute("drop index permits_issued")
    op.execute("drop table item_names")
    op.execute("drop table sum_days")
    op.execute("drop table sums")
