"""One office with every object and, for every post, people in every relation to them."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask

from api.app import create_app
from api.config import Settings
from tests.access.expected import LETTERS, MANDATED, STAFF_ACTS
from tests.builders import APPLICANT, at, terms_02
from tests.infrastructure.servers import QUICK
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.store.sealed import seal_holder

PASSWORD = "a-long-pass-phrase"
NOW = "2026-09-01T10:00:00"
ELSEWHERE = "别处的部门"
OWNER = "owner"
STATES = {"D": "draft", "I": "received", "R": "in-review", "V": "granted", "A": "delivered", "E": "closed"}
RELATIONS = ("here", "assigned", "there", "gone", "recused")
VERBS = ("read", "submit", "supply", "speak", "withdraw", "receive")


@dataclass(frozen=True)
class Walker:
    """Somebody who tries every door. cases: letters of the cases the relation is about."""

    id: str
    post: str
    relation: str
    cases: str = "DIRVAE"


@dataclass
class World:
    """The application, its people, and the objects: a case, a task, a material and a document a phase."""

    app: Flask
    department: str = ""
    cases: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    permit_no: str = "津开审证02〔2026〕9001号"
    mandate: int = 0
    to_end: int = 0
    message: int = 0
    alerts: dict[str, int] = field(default_factory=dict)  # a department -> of somebody there
    rating: int = 0
    disclosure: int = 0
    people: list[Walker] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    def run(self, sql: str, **parameters: Any) -> Any:
        """Run one statement in a transaction of its own; return its rows."""
        with self.app.extensions["banjian.office"].work() as connection:
            result = connection.exec_driver_sql(sql, parameters)
            return result.all() if "returning" in sql else []

    def headers(self, who: str) -> dict[str, str]:
        """Return the login of somebody; {} for the public."""
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}


def walkers() -> Iterator[Walker]:
    """Yield everybody: each post in each relation."""
    yield Walker("", "public", "none")
    yield Walker(OWNER, "applicant", "own")
    yield Walker("stranger", "applicant", "none")
    yield from (Walker(f"agent-{verb}", "agent", verb) for verb in MANDATED)
    for relation in ("expired", "early", "ended", "stranger", "item"):
        yield Walker(f"agent-{relation}", "agent", relation)
    yield Walker("agent-case", "agent", "all", cases="R")
    for post, relation in itertools.product(STAFF_ACTS, RELATIONS):
        yield Walker(f"{relation}-{post}", post, relation)
    yield Walker("two-posts", "window-clerk", "here")  # and a reviewer elsewhere, which counts for nothing here


def build(database_url: str, broker_url: str, folder: Path) -> World:
    """Return the world in this database."""
    settings = Settings(database_url, broker_url, folder, "test", is_demo=True, second_factor="optional")
    world = World(create_app(settings), people=list(walkers()))
    terms, process = terms_02()
    world.department = terms.department
    _people(world)
    office = world.app.extensions["banjian.office"]
    for letter in LETTERS:
        request = OpenRequest(OWNER, "applicant", OWNER, terms, APPLICANT, {}, submit=letter != "D")
        world.cases[letter] = open_and_submit(office, request, process, at(NOW)).case["case_no"]
    _tokens(world)
    for letter, case_no in world.cases.items():
        _upload(world, letter, case_no, terms.materials[0].name)
        _put(world, letter, case_no)
    _mandates(world)
    _told(world)
    _found(world)
    return world


def _people(world: World) -> None:
    world.run("update person_posts set valid_until = date '2026-01-01'")  # the demo's people only stand by
    hashed = QUICK.hash(PASSWORD)
    for one in world.people:
        kind = one.post if one.post in ("applicant", "agent") else "staff"
        if one.id:
            world.run(
                "insert into people (id, name, kind, password_hash) values (%(id)s, %(name)s, %(kind)s, %(hash)s)",
                id=one.id, name="示例公司" if one.id == OWNER else one.id, kind=kind, hash=hashed,
            )  # fmt: skip
        if kind == "staff" and one.id:
            place = ELSEWHERE if one.relation == "there" else world.department
            until = date(2026, 8, 31) if one.relation == "gone" else None
            world.run(
                "insert into person_posts (person_id, department, post, valid_until)"
                " values (%(id)s, %(place)s, %(post)s, %(until)s)",
                id=one.id, place=place, post=one.post, until=until,
            )  # fmt: skip
    world.run(
        "insert into person_posts (person_id, department, post) values ('two-posts', %(place)s, 'reviewer')",
        place=ELSEWHERE,
    )


def _tokens(world: World) -> None:
    client = world.app.test_client()
    for one in world.people:
        if one.id:
            answer = client.post("/api/v1/auth/token", json={"username": one.id, "password": PASSWORD})
            assert answer.status_code == 200, answer.data.decode()
            world.tokens[one.id] = answer.json["access_token"]


def _upload(world: World, letter: str, case_no: str, name: str) -> None:
    answer = world.app.test_client().post(
        f"/api/v1/cases/{case_no}/materials",
        data={"name": name, "file": (io.BytesIO(f"%PDF-1.4 {letter}".encode()), "材料.pdf")},
        headers=world.headers(OWNER),
    )
    sha = "0" * 63 + str(list(LETTERS).index(letter))
    if answer.status_code == 201:
        sha = answer.json["sha256"]
    else:  # where the case takes no more, or the file is judged otherwise: a row without its file
        world.run(
            "insert into materials (case_id, seq, code, name, file_name, media_type, size, sha256, supplied_by, supplied_at)"
            " select id, 1, 'm', 'm', 'm.pdf', 'application/pdf', 1, %(sha)s, owner, now() from cases where case_no = %(no)s",
            sha=sha, no=case_no,
        )  # fmt: skip
    world.files[letter] = sha


def _put(world: World, letter: str, case_no: str) -> None:
    """Set the case where its letter says, with a task whose members are all who are assigned, and a numbered paper."""
    assigned = [one.id for one in world.people if one.relation == "assigned"]
    world.run(
        "update cases set phase = %(phase)s, state = %(state)s,"
        " snapshot = jsonb_set(snapshot, '{state}', to_jsonb(%(state)s::text)) where case_no = %(no)s",
        phase=LETTERS[letter], state=STATES[letter], no=case_no,
    )  # fmt: skip
    world.run("update tasks set closed_at = now(), closed_seq = 9 where closed_at is null and case_id ="
              " (select id from cases where case_no = %(no)s)", no=case_no)  # fmt: skip
    world.tasks[letter] = world.run(
        "insert into tasks (case_id, opened_seq, state, department, post, title, opened_at, members)"
        " select id, 90, state, department, 'reviewer', 't', now(), %(members)s::text[] from cases where case_no = %(no)s"
        " returning id", no=case_no, members=assigned,
    )[0].id  # fmt: skip
    world.documents[letter] = world.run(
        "insert into documents (case_id, seq, title, no, issued_at) select id, 1, '受理通知书', %(doc)s, now()"
        " from cases where case_no = %(no)s returning id", no=case_no, doc=f"试〔2026〕{letter}号",
    )[0].id  # fmt: skip
    for one in world.people:
        if one.relation == "recused":
            world.run(
                "insert into recusals (case_id, person_id, ground, requested_by, requested_seq, status, decided_by, decided_seq)"
                " select c.id, %(who)s, 'other', %(who)s, e.a, 'upheld', 'somebody', e.b from cases c,"
                " (select min(seq) as a, max(seq) as b, case_id from events group by case_id) e"
                " where c.case_no = %(no)s and e.case_id = c.id and e.b > e.a", who=one.id, no=case_no,
            )  # fmt: skip
    if letter == "E":
        world.run(
            "insert into permits (permit_no, case_id, item_code, item_name, certificate, holder, holder_id_no, owner, department,"
            " issued_on, valid_from, valid_until, decision_no) select %(permit)s, id, item_code, item_name, '证', '示例公司',"
            " %(id_no)s, owner, department, date '2026-01-01', date '2026-01-01', date '2029-01-01', 'x' from cases"
            " where case_no = %(no)s",
            permit=world.permit_no, id_no=seal_holder(APPLICANT["id_no"], world.permit_no), no=case_no,
        )  # fmt: skip


def _told(world: World) -> None:
    """Tell the owner something."""
    world.message = world.run(
        "with sent as (insert into outbox (topic, case_id, seq, body, created_at, next_try_at)"
        " select 'notify', id, 1, '{}', now(), now() from cases where case_no = %(no)s returning id, case_id)"
        " insert into messages (outbox_id, case_id, recipient, action, title, kind, text, created_at)"
        " select id, case_id, %(to)s, 'submit', 't', 'courtesy', 't', now() from sent returning id",
        no=world.cases["R"], to=OWNER,
    )[0].id  # fmt: skip


def _found(world: World) -> None:
    """An alert here and one elsewhere, each of somebody; a bad rating and a public decision of this department."""
    for place, person in ((world.department, "here-reviewer"), (ELSEWHERE, "there-reviewer")):
        world.alerts[place] = world.run(
            "insert into alerts (key, code, name, level, case_id, department, person, shown_on, text, law, verified, evidence,"
            " raised_at) select %(place)s, 'PROMISE_NEAR', 'n', 'yellow', id, %(place)s, %(person)s, date '2026-09-01', 't', 'l',"
            " true, '[{\"seq\": 1}]', now() from cases where case_no = %(no)s returning id",
            place=place, person=person, no=world.cases["R"],
        )[0].id  # fmt: skip
    case_no = world.cases["E"]
    world.run(
        "insert into rating_invitations (case_id, token_hash, invited_at) select id, repeat('0', 64), now() from cases"
        " where case_no = %(no)s", no=case_no,
    )  # fmt: skip
    world.rating = world.run(
        "with rated as (insert into ratings (case_id, level, comment, is_anonymous, department, item_code, item_name, handlers,"
        " rated_at) select id, 5, 'c', true, department, item_code, item_name, array['here-reviewer'], now() from cases"
        " where case_no = %(no)s returning id) insert into rating_cases (rating_id, state, due_on, opened_at)"
        " select id, 'open', date '2026-09-09', now() from rated returning id", no=case_no,
    )[0].id  # fmt: skip
    world.disclosure = world.run(
        "insert into disclosures (case_id, seq, outcome, item_code, item_name, department, decided_on, row, problems, state,"
        " published_at, changed_at) select id, 1, 'granted', item_code, item_name, department, date '2026-09-01', '{}',"
        " array['p'], 'held', now(), now() from cases where case_no = %(no)s returning id", no=case_no,
    )[0].id  # fmt: skip


def _mandates(world: World) -> None:
    for verb, rights in MANDATED.items():
        world.mandate = _mandate(world, f"agent-{verb}", VERBS if rights is MANDATED["all"] else {"read", verb})
    _mandate(world, "agent-expired", VERBS, until="2026-08-31")
    _mandate(world, "agent-early", VERBS, first="2026-09-02")
    _mandate(world, "agent-ended", VERBS, is_over=True)
    _mandate(world, "agent-stranger", VERBS, grantor="stranger")
    _mandate(world, "agent-item", VERBS, item="46")
    _mandate(world, "agent-case", VERBS, case_no=world.cases["R"])
    world.to_end = _mandate(world, "agent-read", ("read",), item="46")


def _mandate(
    world: World, agent: str, verbs: Any, *, grantor: str = OWNER, first: str = "2026-01-01", until: str = "2027-01-01",
    item: str | None = None, case_no: str | None = None, is_over: bool = False,
) -> int:  # fmt: skip
    found: int = world.run(
        "insert into mandates (grantor, agent, verbs, item_code, case_id, valid_from, valid_until, created_at, ended_at, ended_by)"
        " values (%(grantor)s, %(agent)s, %(verbs)s, %(item)s, (select id from cases where case_no = %(no)s), %(first)s,"
        " %(until)s, now(), case when %(over)s then now() end, case when %(over)s then %(grantor)s end) returning id",
        grantor=grantor, agent=agent, verbs=list(verbs), item=item, no=case_no, first=first, until=until, over=is_over,
    )[0].id  # fmt: skip
    return found
