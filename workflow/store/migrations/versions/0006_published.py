"""What was published when, by whom and why: process versions and manuals.

Safe for the old code: it does not look here. Reversible, but a record of who published what is not thrown away.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CREATE = """
create table published_versions (
    id           bigint generated always as identity primary key,
    kind         text not null check (kind in ('process', 'manual')),
    name         text not null check (length(name) between 1 and 40),
    version      text not null,
    digest       text not null check (digest ~ '^[0-9a-f]{64}$'),
    published_at timestamptz not null,
    published_by text not null check (length(published_by) between 1 and 100),
    because      text not null check (length(because) between 1 and 400)
)
"""
INDEX = "create index published_versions_newest on published_versions (kind, name, id desc)"
GUARDS = (
    "create trigger published_append_only before update or delete on published_versions"
    " for each row execute function refuse_change()",
    "create trigger published_no_truncate before truncate on published_versions"
    " for each statement execute function refuse_change()",
    "alter table published_versions enable always trigger published_append_only",
    "alter table published_versions enable always trigger published_no_truncate",
)


def upgrade() -> None:
    """Create the table; what is in it stays in it."""
    for statement in (CREATE, INDEX, *GUARDS):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: who published what and why is part of the trail."""
    raise NotImplementedError("a record of publications is not undone; leave the table where it is")
