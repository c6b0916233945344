"""What the access matrix needs to know of a row and of who asks, as pieces of SQL that stand in the query of the row.

They are over the parameters `person` and `today`. So a decision costs no query of its own, and speaks of the same
moment as the row it is about.
"""

from workflow.definitions.access import matrix
from workflow.store.humans import RECUSED
from workflow.store.posts import VALID_TODAY

_ALL = ", ".join(f"'{post}'" for post in matrix().everywhere())
MANDATE = "m.agent = %(person)s and m.ended_at is null and %(today)s between m.valid_from and m.valid_until"  # a mandate of this agent that is in force


def assigned(case: str) -> str:
    """Return the condition that the person holds, or held, or shares a task of the case with this id."""
    return (
        f"exists (select from tasks x where x.case_id = {case}"
        " and (x.assignee = %(person)s or x.members @> array[%(person)s]::text[]))"
    )


def recused(case: str) -> str:
    """Return the condition that the person is kept out of the case with this id (回避)."""
    return RECUSED.format(case=case)


def mandate_covers(owner: str, item_code: str, case: str) -> str:
    """Return the condition that mandate m speaks of a thing: its owner's, of its item, or that very case."""
    return (
        f"m.grantor = {owner} and (m.item_code is null or m.item_code = {item_code})"
        f" and (m.case_id is null or m.case_id = {case})"
    )


def facts(*, owner: str, department: str, item_code: str, case: str) -> str:
    """Return the columns a_kind, a_posts, a_anywhere, a_verbs, a_assigned and a_recused of a row."""
    return f"""
       (select kind from people where id = %(person)s) as a_kind,
       array(select post from person_posts where person_id = %(person)s and department = {department} and {VALID_TODAY})
         as a_posts,
       array(select distinct post from person_posts where person_id = %(person)s and post in ({_ALL}) and {VALID_TODAY})
         as a_anywhere,
       array(select unnest(m.verbs) from mandates m where {MANDATE} and {mandate_covers(owner, item_code, case)}) as a_verbs,
       {assigned(case)} as a_assigned, {recused(case)} as a_recused"""


CASE_FACTS = facts(owner="c.owner", department="c.department", item_code="c.item_code", case="c.id")
TASK_FACTS = facts(owner="c.owner", department="t.department", item_code="c.item_code", case="c.id")
PERMIT_FACTS = facts(owner="p.owner", department="p.department", item_code="p.item_code", case="p.case_id")
# Of a case that is not there yet: parameters owner, department and item_code say what it would be.
OPENING_FACTS = facts(
    owner="%(owner)s::text", department="%(department)s::text", item_code="%(item_code)s::text", case="null::bigint"
)
