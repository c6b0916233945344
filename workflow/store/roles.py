"""The lesser role: what the office's own programs may do in the database, once somebody else owns it (ADR 0039).

The owner migrates. banjian_app reads and writes rows, and can neither change nor delete an event, whatever the code
does and whoever got hold of it: it owns no table, so it cannot switch the triggers off either.
"""

from sqlalchemy import URL, make_url

from workflow.store.connect import Connection, engine_for, transaction

APP_ROLE = "banjian_app"
# A role belongs to the whole server: two databases may be migrated at once. An owner who may not make roles goes on
# without one.
MAKE = f"""
do $$ begin
    if not exists (select from pg_roles where rolname = '{APP_ROLE}') then
        create role {APP_ROLE} nologin;
    end if;
exception when duplicate_object or unique_violation then null;
          when insufficient_privilege then raise notice 'the role {APP_ROLE} is missing: ask an administrator for it';
end $$
"""
IS_THERE = f"select exists (select from pg_roles where rolname = '{APP_ROLE}')"
GRANTS = (
    f"grant usage on schema public to {APP_ROLE}",
    f"grant select, insert, update, delete on all tables in schema public to {APP_ROLE}",
    f"grant usage, select on all sequences in schema public to {APP_ROLE}",
    f"revoke insert, update, delete on alembic_version from {APP_ROLE}",
)
# Whatever a trigger of ours guards against, the role may not even ask for.
GUARDED = """
select tgrelid::regclass::text as place, bool_or(tgtype & 16 > 0) as no_update, bool_or(tgtype & 8 > 0) as no_delete
  from pg_trigger where tgfoid = 'refuse_change'::regproc and tgtype & 32 = 0 group by tgrelid
"""


def grant(connection: Connection) -> None:
    """Give the role what it needs on every table there is, and take what no program may do. Caller commits."""
    run = connection.exec_driver_sql
    run(MAKE)
    if not run(IS_THERE).scalar_one():
        return
    for statement in GRANTS:
        run(statement)
    for table in run(GUARDED):
        kinds = [kind for kind, taken in (("update", table.no_update), ("delete", table.no_delete)) if taken]
        run(f"revoke {', '.join(kinds)} on {table.place} from {APP_ROLE}")


def open_door(database_url: str) -> None:
    """Let the role log in without a password: for a server that only its own user can reach."""
    engine = engine_for(database_url, pool_size=1)
    try:
        with transaction(engine) as connection:
            connection.exec_driver_sql(f"alter role {APP_ROLE} login")
    finally:
        engine.dispose()


def as_app(database_url: str) -> str:
    """Return the same database's address for the lesser role."""
    url: URL = make_url(database_url).set(username=APP_ROLE, password=None)
    return url.render_as_string(hide_password=False)
