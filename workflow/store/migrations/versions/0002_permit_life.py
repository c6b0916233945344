"""Branches of joint cases, the life of permits, experts, registers, bans, tasks for several people.

Safe for the old code: new columns have defaults, checks only widen. Not reversible: events of the new kinds would remain.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the other six process types need."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()  # the driver's own: nothing in the text is a parameter
    cursor.execute(sql)
    cursor.close()


def downgrade() -> None:
    """Refuse: events of permits and branches would be left without their cases."""
    raise NotImplementedError("events written since would lose their cases; restore a backup instead")
