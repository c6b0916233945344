"""Mandates: who may do what for whom, until when; an agent is a kind of account and no post of a department.

Safe for the old code: it gives agents nothing either way. Reversible: agents are staff without a post again.
"""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and turn agents from a post into a kind of account."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Drop the table; what mandates allowed is over."""
    op.execute("drop table mandates; drop function mandate_only_ends()")
    op.execute("update people set kind = 'staff' where kind = 'agent'")
    op.execute("alter table people drop constraint people_kind_check")
    op.execute("alter table people add constraint people_kind_check check (kind in ('applicant', 'staff'))")
