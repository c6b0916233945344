"""Decisions bunched on the last day of the promise, by month and person: nothing false, but worth a look."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from workflow.oversight import alerts
from workflow.oversight.alerts import Rule
from workflow.oversight.detectors import Sign
from workflow.store.connect import Connection

EVIDENCE_MAX = 100
# Months that are over. The events cited are the decisions themselves.
BUNCHED = """
with decided as (
    select m.*, date_trunc('month', decided_on)::date as month from case_measures m
     where kind = 'procedure' and promised_due is not null and decided_by <> ''
       and decided_on >= %(first)s and decided_on < %(next)s)
select month, department, decided_by as person, count(*) as decided,
       count(*) filter (where decided_on = promised_due) as on_the_day,
       array_agg(case_id order by case_id) filter (where decided_on = promised_due) as ids
  from decided group by 1, 2, 3
having count(*) >= %(least)s and count(*) filter (where decided_on = promised_due) * 100 >= count(*) * %(share)s
"""
PROOF = """
select c.id, c.case_no, d.seq, e.hash from decisions d join cases c on c.id = d.case_id
  join events e on e.case_id = d.case_id and e.seq = d.seq where d.case_id = any(%(ids)s) order by c.id limit %(most)s
"""


def raise_for(connection: Connection, rules: Sequence[Rule], now: datetime) -> int:
    """Raise the alerts of the month before this one; return how many were new. Caller commits."""
    return sum(_raise(connection, rule, now) for rule in rules if rule.detects == "bunched")


def _raise(connection: Connection, rule: Rule, now: datetime) -> int:
    following = now.date().replace(day=1)
    first = (following - timedelta(days=1)).replace(day=1)
    share, least = rule.parameters["share_percent"], rule.parameters["least"]
    found = connection.exec_driver_sql(BUNCHED, {"first": first, "next": following, "share": share, "least": least})
    return sum(_one(connection, rule, row.month, row, now) for row in found)


def _one(connection: Connection, rule: Rule, month: date, row: object, now: datetime) -> bool:
    department, person = getattr(row, "department"), getattr(row, "person")  # noqa: B009  a row of the driver
    decided, on_the_day, ids = getattr(row, "decided"), getattr(row, "on_the_day"), getattr(row, "ids")  # noqa: B009
    proof = connection.exec_driver_sql(PROOF, {"ids": ids, "most": EVIDENCE_MAX}).all()
    if not proof:
        return False
    text = f"{month:%Y年%m月}作出的{decided}件决定中，{on_the_day}件在承诺期限的最后一日作出。"
    evidence = [{"case_no": one.case_no, "seq": one.seq, "hash": one.hash} for one in proof]
    sign = Sign(f"{month}", month, text, (), person)
    key = f"{rule.code}|{department}|{person}|{month}"
    return alerts.put(
        connection, rule, key, sign, evidence, now, case_id=proof[-1].id, department=department, person=person
    )
