"""The rules of alerts.yaml, checked when loaded; raising what they find: once, with the events that prove it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import load_file
from workflow.engine.errors import DefinitionError
from workflow.engine.vocabulary import POSTS
from workflow.oversight.across import refiled
from workflow.oversight.detectors import BEYOND, DETECTORS, NEEDS, Sign
from workflow.oversight.look import AUTOMATIC, Look
from workflow.store import oversight as stored
from workflow.store.connect import Connection

HERE = Path(__file__).parent
KEYS = ("name", "level", "detects", "law", "verified", "tells")
LEVELS = {"yellow": "黄牌", "red": "红牌"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. law: the law or local basis; verified: False where that basis is our own proposal."""

    code: str
    name: str
    level: str
    detects: str
    law: str
    verified: bool
    tells: tuple[str, ...]
    parameters: Mapping[str, Any]


@cache
def alert_rules(path: Path = HERE / "alerts.yaml") -> tuple[Rule, ...]:
    """Return every rule of the file. Raises DefinitionError with file and line."""
    plain, lines = load_file(path, name=path.name)
    rules = []
    for code, rule in plain["rules"].items():
        place = ("rules", code)
        detects = rule.get("detects")
        if detects not in DETECTORS and detects not in BEYOND:
            raise lines.error(place, f"unknown detector {detects!r}")
        wanted = {*KEYS, *NEEDS.get(detects, ())}
        if set(rule) != wanted:
            odd = sorted(set(rule) ^ wanted)[0]
            raise lines.error(place, f"{odd!r} is missing or unknown")
        _check(rule, lines, place)
        rules.append(
            Rule(
                code,
                rule["name"],
                rule["level"],
                detects,
                rule["law"],
                rule["verified"],
                tuple(rule["tells"]),
                {key: rule[key] for key in NEEDS.get(detects, ())},
            )
        )
    return tuple(rules)


def _check(rule: Mapping[str, Any], lines: Any, place: tuple[str, str]) -> None:
    if rule["level"] not in LEVELS:
        raise lines.error(place, f"unknown level {rule['level']!r}")
    if not isinstance(rule["verified"], bool) or not rule["law"]:
        raise lines.error(place, "a rule says on which law it rests and whether that is verified")
    for post in rule["tells"]:
        if post not in POSTS:
            raise lines.error(place, f"unknown post {post!r}")


def signs(connection: Connection, rule: Rule, look: Look) -> Iterator[Sign]:
    """Yield what a rule sees of one case."""
    if rule.detects in DETECTORS:
        yield from DETECTORS[rule.detects](look, rule.parameters)
    elif rule.detects == "void-and-refile":
        yield from refiled(connection, look, rule.parameters["within_days"])


def raise_all(connection: Connection, rules: Sequence[Rule], look: Look, now: datetime) -> int:
    """Raise what the rules see of one case and was not raised before; return how many. Caller commits."""
    if look.row.kind == "permit":
        return 0
    count = 0
    for rule in rules:
        for sign in signs(connection, rule, look):
            proof = [look.events[seq - 1] for seq in sign.events]
            evidence = [{"case_no": look.row.case_no, "seq": e["seq"], "hash": e["hash"]} for e in proof]
            count += put(
                connection,
                rule,
                f"{rule.code}|{look.row.case_no}|{sign.mark}",
                sign,
                evidence,
                now,
                case_id=look.row.id,
                department=look.row.department,
                person=sign.person or _concerned(look, proof[-1]),
            )
    return count


def _concerned(look: Look, event: Mapping[str, Any]) -> str:
    """Return who has to explain: who acted, or whoever holds the case where the clock did."""
    actor = event["actor"]
    if actor["post"] in AUTOMATIC or actor["id"] == look.case.owner:
        return look.assignee if look.assignee != look.case.owner else ""
    return str(actor["id"])


def put(
    connection: Connection,
    rule: Rule,
    key: str,
    sign: Sign,
    evidence: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    case_id: int,
    department: str,
    person: str,
) -> bool:
    """Keep one alert and tell people; return False if it was raised before."""
    if not evidence:
        raise DefinitionError("alerts.yaml", None, f"{rule.code} raised an alert without an event that proves it")
    title = f"效能监察{LEVELS[rule.level]}：{rule.name}。{sign.text}".rstrip("。")
    body = {"to": ["supervisor", *rule.tells], "people": [person] if person else [], "action": "alert", "title": title}
    return stored.raise_alert(
        connection,
        {
            "key": key,
            "code": rule.code,
            "name": rule.name,
            "level": rule.level,
            "case_id": case_id,
            "department": department,
            "person": person,
            "shown_on": sign.on,
            "text": sign.text[:1000],
            "law": rule.law,
            "verified": rule.verified,
            "evidence": json.dumps(evidence),
            "now": now,
            "told_case": case_id,
            "told_seq": evidence[-1]["seq"],
            "body": json.dumps(body, ensure_ascii=False),
        },
    )
