"""A month assessed: departments and people by transparent weights, ranked, and the talk with the last ones as a record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from workflow.definitions.strict_yaml import load_file
from workflow.engine.errors import BanjianError
from workflow.ledger.chain import digest_of
from workflow.oversight import rollups
from workflow.oversight.timeliness import names_of
from workflow.store.connect import Connection, reading, transaction

HERE = Path(__file__).parent
# Shares that may be merit. Nothing here grows with fines, fees or the number of cases (行政处罚法74).
INDICATORS = {"as_promised": "promised", "in_law": "timed", "first_pass": "decided", "disclosed": "published"}
DEDUCTIONS = ("red_upheld", "yellow_upheld", "unanswered")
KINDS = ("department", "person")
AGAINST = """
select {column} as subject, count(*) filter (where status = 'upheld' and level = 'red') as red_upheld,
       count(*) filter (where status = 'upheld' and level = 'yellow') as yellow_upheld,
       count(*) filter (where status = 'open' and exists (select from alert_steps s where s.alert_id = a.id
                        and s.kind = 'urged' and s.answer_by < %(next)s)) as unanswered
  from alerts a where shown_on >= %(first)s and shown_on < %(next)s and {column} <> '' group by 1
"""
PUT = """
insert into assessments (month, kind, version, weights, body, made_at, made_by)
select %(month)s, %(kind)s, coalesce(max(version), 0) + 1, %(weights)s, %(body)s::jsonb, %(now)s, %(by)s
  from assessments where month = %(month)s and kind = %(kind)s
returning id, version
"""
NEWEST = """
select a.id, a.month, a.kind, a.version, a.weights, a.body, a.made_at, a.made_by from assessments a
 where a.month = %(month)s and a.kind = %(kind)s order by version desc limit 1
"""
TALKS = """
select t.id, t.subject, t.held_on, t.held_by, t.present, t.issues, t.improve_by, t.follows, t.written_at from talks t
  join assessments a on a.id = t.assessment_id where a.month = %(month)s and a.kind = %(kind)s order by t.id
"""
TALK = """
insert into talks (assessment_id, subject, held_on, held_by, present, issues, improve_by, follows, written_at)
values (%(assessment)s, %(subject)s, %(held_on)s, %(by)s, %(present)s, %(issues)s, %(improve_by)s, %(follows)s, %(now)s)
returning id
"""


class CannotAssess(BanjianError):
    """The month is not over, was not assessed, or the subject is not in it; the message says which."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a talk was about. follows: an earlier talk this one looks back on."""

    subject: str
    held_on: date
    present: str
    issues: str
    improve_by: date
    follows: int | None = None


@cache
def weights(path: Path = HERE / "assessment.yaml") -> Mapping[str, Any]:
    """Return the weights, checked. Raises DefinitionError, also where something counts that must never be merit."""
    plain, lines = load_file(path, name=path.name)
    for name, indicator in plain["indicators"].items():
        place = ("indicators", name)
        if INDICATORS.get(name) != indicator.get("of"):
            raise lines.error(
                place, f"{name!r} is no indicator, or is a share of something else; there are {', '.join(INDICATORS)}"
            )
        if not isinstance(indicator.get("points"), int) or indicator["points"] < 0:
            raise lines.error(place, "points are a whole number, not below zero")
    for name, deduction in plain["deductions"].items():
        if name not in DEDUCTIONS or not isinstance(deduction.get("points"), int) or deduction["points"] < 0:
            raise lines.error(("deductions", name), f"deductions are {', '.join(DEDUCTIONS)}, each with whole points")
    return {**plain, "digest": digest_of(json.loads(json.dumps(plain)))}


def assess(engine: Engine, month: date, kind: str, *, by: str, now: datetime) -> dict[str, Any]:
    """Assess a month that is over, as one more version; return it. Raises CannotAssess."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    if now.date() < following:
        raise CannotAssess("这个月还没有结束。")
    rules = weights()
    with transaction(engine) as connection:
        ranked = _ranked(connection, first, following, kind, rules)
        body = {"subjects": ranked, "rules": {key: value for key, value in rules.items() if key != "digest"}}
        connection.exec_driver_sql(
            PUT,
            {
                "month": first,
                "kind": kind,
                "weights": rules["digest"],
                "body": json.dumps(body, ensure_ascii=False),
                "now": now,
                "by": by,
            },
        )
    return assessment(engine, first, kind)


def _ranked(
    connection: Connection, first: date, following: date, kind: str, rules: Mapping[str, Any]
) -> list[dict[str, Any]]:
    figures = [*INDICATORS, *INDICATORS.values()]
    rows = rollups.read(connection, first, following - timedelta(days=1), by=kind, figures=sorted(set(figures)))
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.key:
            mine = counts.setdefault(row.key, {})
            mine[row.figure] = mine.get(row.figure, 0) + row.n
    against = {
        row.subject: row
        for row in connection.exec_driver_sql(AGAINST.format(column=kind), {"first": first, "next": following})
    }
    subjects = [_scored(subject, counts.get(subject, {}), against.get(subject), rules) for subject in counts]
    subjects.sort(key=lambda found: (not found["is_ranked"], -found["score_milli"], found["subject"]))
    place = 0
    for number, found in enumerate(subjects, 1):
        if found["is_ranked"]:
            is_tied = number > 1 and subjects[number - 2]["score_milli"] == found["score_milli"]
            place = place if is_tied else number
            found["rank"] = place
    ranked = [found for found in subjects if found["is_ranked"]]
    for found in ranked[len(ranked) - rules["last_to_talk"] :] if len(ranked) > rules["last_to_talk"] else []:
        found["is_to_talk"] = True
    return subjects


def _scored(subject: str, count: Mapping[str, int], against: Any, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the score in thousandths of a point, out of 100, and each part of it. What nobody had counts for nobody."""
    parts, got, possible = [], 0, 0
    for name, rule in rules["indicators"].items():
        of = count.get(rule["of"], 0)
        if of:
            points = rule["points"] * 1000 * count.get(name, 0) // of
            got, possible = got + points, possible + rule["points"]
            parts.append({"name": name, "title": rule["name"], "value": count.get(name, 0), "of": of, "milli": points})
    score = got * 100 // possible if possible else 0
    for name, rule in rules["deductions"].items():
        times = getattr(against, name, 0) if against is not None else 0
        if times:
            score -= rule["points"] * 1000 * times
            parts.append({"name": name, "title": rule["name"], "value": times, "milli": -rule["points"] * 1000 * times})
    decided = count.get("decided", 0)
    return {
        "subject": subject,
        "score_milli": max(score, 0),
        "decided": decided,
        "is_ranked": decided >= rules["least_cases"],
        "rank": None,
        "is_to_talk": False,
        "parts": parts,
    }


def assessment(engine: Engine, month: date, kind: str) -> dict[str, Any]:
    """Return the newest assessment of a month with the talks that followed; names: how people are called.

    Raises CannotAssess if there is none.
    """
    with reading(engine) as connection:
        row = connection.exec_driver_sql(NEWEST, {"month": month.replace(day=1), "kind": kind}).one_or_none()
        talks = connection.exec_driver_sql(TALKS, {"month": month.replace(day=1), "kind": kind})
        if row is None:
            raise CannotAssess("这个月还没有考核。")
        called = names_of(connection, kind, [found["subject"] for found in row.body["subjects"]])
    return {
        "month": f"{row.month:%Y-%m}",
        "kind": row.kind,
        "version": row.version,
        "weights": row.weights,
        "made_at": row.made_at.isoformat(),
        "made_by": row.made_by,
        **row.body,
        "names": called,
        "talks": [{name: _plain(value) for name, value in talk._asdict().items()} for talk in talks],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def write_talk(engine: Engine, month: date, kind: str, talk: Talk, *, by: str, now: datetime) -> dict[str, Any]:
    """Write down a talk that was held; return the assessment with it. Raises CannotAssess."""
    if talk.held_on > now.date() or talk.improve_by < talk.held_on:
        raise CannotAssess("约谈日期不能晚于今天，整改期限不能早于约谈日期。")
    with transaction(engine) as connection:
        row = connection.exec_driver_sql(NEWEST, {"month": month.replace(day=1), "kind": kind}).one_or_none()
        if row is None:
            raise CannotAssess("这个月还没有考核。")
        if talk.subject not in {found["subject"] for found in row.body["subjects"]}:
            raise CannotAssess("约谈对象不在这个月的考核中。")
        earlier = {
            found.id
            for found in connection.exec_driver_sql("select id from talks where subject = %(s)s", {"s": talk.subject})
        }
        if talk.follows is not None and talk.follows not in earlier:
            raise CannotAssess("没有与该对象的那次约谈。")
        connection.exec_driver_sql(
            TALK,
            {
                "assessment": row.id,
                "subject": talk.subject,
                "held_on": talk.held_on,
                "by": by,
                "present": talk.present,
                "issues": talk.issues,
                "improve_by": talk.improve_by,
                "follows": talk.follows,
                "now": now,
            },
        )
    return assessment(engine, month, kind)
