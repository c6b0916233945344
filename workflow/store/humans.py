"""Accounts and the humans behind them: one human may have an account per department and counts once."""

from collections.abc import Mapping
from datetime import datetime

from workflow.store.connect import Connection

# Over rows of people called p.
HUMAN = "coalesce(p.human_id, p.id)"
# The human behind the parameter `person`; asked once a statement.
MY_HUMAN = "(select coalesce(me.human_id, me.id) from people me where me.id = %(person)s)"
# Whether the parameter `person` is kept out of the case whose id the placeholder names.
RECUSED = f"""exists (select from recusals r join people kept on kept.id = r.person_id
  where r.case_id = {{case}} and r.status = 'upheld' and coalesce(kept.human_id, kept.id) = {MY_HUMAN})"""


def humans(connection: Connection) -> Mapping[str, str]:
    """Return account -> human for every account that is not its own human."""
    rows = connection.exec_driver_sql("select id, human_id from people where human_id is not null")
    return {row.id: row.human_id for row in rows}


def link_version(connection: Connection) -> int:
    """Return a number that moves with every change of the links."""
    return int(connection.exec_driver_sql("select coalesce(max(id), 0) from person_links").scalar_one())


def is_recused(connection: Connection, case_id: int, person_id: str) -> bool:
    """Return True if a recusal of this person, under whichever account, was upheld in the case."""
    sql = f"select {RECUSED.format(case='%(case)s')}"
    return bool(connection.exec_driver_sql(sql, {"case": case_id, "person": person_id}).scalar_one())


def accounts_of(connection: Connection, person_id: str) -> list[str]:
    """Return every account of the human behind this one, itself included; [] if there is no such account."""
    return list(
        connection.exec_driver_sql(
            f"select p.id from people p where {HUMAN} = {MY_HUMAN} order by p.id", {"person": person_id}
        ).scalars()
    )


def link(connection: Connection, accounts: list[str], human_id: str, *, by: str, because: str, at: datetime) -> None:
    """Say that these accounts are this human's from now on; an account that is its own human is linked to itself."""
    for account in accounts:
        connection.exec_driver_sql(
            "insert into person_links (person_id, human_id, at, by, because)"
            " values (%(id)s, %(human)s, %(at)s, %(by)s, %(because)s)",
            {"id": account, "human": human_id, "at": at, "by": by, "because": because},
        )
        connection.exec_driver_sql(
            "update people set human_id = nullif(%(human)s, id) where id = %(id)s", {"id": account, "human": human_id}
        )
