"""What a walk through the office is made of: who lives there, what they may say, and an office that starts anew.

Everything a walk chooses it draws from Hypothesis; nothing here asks for chance, and the clock stands still until it
is set. So a walk that found something finds it again.
"""

import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import note
from hypothesis import strategies as st

from service_catalog.catalog import catalog
from service_catalog.forms import check_form
from service_catalog.lifecycle import OPERATIONS, NotForThisItem, life_item
from service_catalog.model import ServiceItem
from tests.infrastructure.servers import TEMPLATE, create_database
from tests.service_catalog.builders import TODAY, a_form, granting_answers
from tests.story.telling import applicant_of
from workflow.casework.act import ActRequest
from workflow.casework.demo import ACCOUNTS
from workflow.casework.materials import StoredFile, supply
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.outbox import relay
from workflow.casework.people import Person
from workflow.casework.tick import tick_due
from workflow.definitions.access import matrix
from workflow.store.access import recused
from workflow.store.connect import Row

Draw = Callable[[st.SearchStrategy[Any]], Any]

EVERYBODY = tuple(account for account, _, _ in ACCOUNTS)
# Some hold several posts: only they can run into the duty to keep posts apart.
MORE_POSTS = {
    "clerk2": ("reviewer", "approver"),
    "reviewer2": ("approver", "window-clerk", "hearing-officer"),
    "approver2": ("legal-reviewer", "inspector"),
    "inspector2": ("approver",),
    "expert7": ("reviewer",),
    "hearing1": ("approver",),
}
POSTS: Mapping[str, tuple[str, ...]] = {
    account: (post, *MORE_POSTS.get(account, ())) for account, _, post in ACCOUNTS if post != "applicant"
}
OVERSEERS = ("auditor1", "supervisor1")  # they read every case, people masked
STRANGERS = ("nobody", "applicant2", "auditor1", "", "审查员甲", "reviewer1 ", "x" * 65)
REST_ROUNDS_MAX = 60
UNSEEN = (
    "open",
    "submit",
    "accept",
    "take-over",
    "accept-joint",
    "call-off",
    "deem-accepted",
    "auto-grant",
    "dispatch",
)

STAND = """
select coalesce(sum(version), 0) as versions, count(*) as cases, (select count(*) from documents) as papers,
       (select coalesce(sum(last), 0) from number_counters) as numbers, (select count(*) from outbox) as messages,
       (select coalesce(string_agg(coalesce(assignee, '-'), ',' order by id), '') from tasks) as hands from cases
"""


def holders(post: str) -> list[str]:
    """Return who holds a post."""
    return [account for account, posts in POSTS.items() if post in posts]


def reads_in(who: str, phase: str) -> bool:
    """Return True if a post of theirs reads every case in this phase, whoever works on it."""
    lines = [line for line in matrix().of("case", "read") if line.post in POSTS.get(who, ())]
    return any(line.whose != "assigned" and (not line.phases or phase in line.phases) for line in lines)


def acts_in_full(who: str, owner: str | None, action: str) -> bool:
    """Return True if who does this sees people in full, False if masked."""
    posts = POSTS.get(who, ())
    lines = [line for line in matrix().of("case", matrix().acts[action]) if line.post in posts]
    return who == owner or any(line.sees == "full" for line in lines)


class Town:
    """The office with everybody in it: one database, started anew for each walk; a clock that only moves when told."""

    def __init__(self, app: Flask, server: str, name: str, patch: pytest.MonkeyPatch) -> None:
        self.app, self.client, self.server, self.name = app, app.test_client(), server, name
        self.office: Office = app.extensions["banjian.office"]
        self._patch = patch
        patch.setenv("BANJIAN_DEMO", "1")
        patch.setenv("BANJIAN_CLOCK_STARTED", "0")
        patch.setattr("workflow.casework.now.time", SimpleNamespace(time=lambda: 0.0))
        tokens = app.extensions["banjian.tokens"]
        self._tokens = {account: tokens.issue(Person(account, "", "")) for account in EVERYBODY}

    def begin(self, moment: datetime) -> None:
        """Start anew at that moment: an empty office, its lots cast in a fixed order."""
        self.office.engine.dispose()
        create_database(self.server, self.name, TEMPLATE)
        self.set(moment)
        seeds = (f"{number:032x}" for number in range(1_000_000))
        lots = SimpleNamespace(token_hex=lambda size: next(seeds))
        self._patch.setattr("workflow.casework.surroundings.secrets", lots)
        with self.office.work() as connection:
            for account, posts in MORE_POSTS.items():
                for post in posts:
                    connection.exec_driver_sql(
                        "insert into person_posts (person_id, department, post)"
                        " select distinct %(account)s, department, %(post)s from person_posts on conflict do nothing",
                        {"account": account, "post": post},
                    )

    def set(self, moment: datetime) -> None:
        """Set the clock."""
        self._patch.setenv("BANJIAN_CLOCK", moment.isoformat())

    def now(self) -> datetime:
        """Return what time it is."""
        return now()

    def rest(self) -> None:
        """Let the worker do everything that is due."""
        for _ in range(REST_ROUNDS_MAX):
            if not tick_due(self.office, now()) + relay(self.office, now()):
                return
        raise AssertionError("the worker never comes to rest")

    def ask(
        self,
        method: str,
        path: str,
        who: str | None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        raw: bytes | None = None,
    ) -> tuple[int, Any]:
        """Return (status, JSON) of a request; whatever is not a success is a sound problem document."""
        send = dict(headers or {})
        if who is not None:
            send["Authorization"] = f"Bearer {self._tokens.get(who, who)}"
        more: dict[str, Any] = {"data": raw, "content_type": "application/json"} if raw is not None else {"json": body}
        answer = self.client.open(path, method=method, headers=send, **more)
        note(f"{now():%m-%d %H:%M} {who} {method} {path} {body if raw is None else raw} -> {answer.status_code}")
        return self._sound(method, path, answer)

    def upload(self, case_no: str, who: str, name: str, file_name: str, content: bytes) -> tuple[int, Any]:
        """Return (status, JSON) of handing in a file over HTTP."""
        path = f"/api/v1/cases/{case_no}/materials"
        answer = self.client.post(
            path,
            data={"name": name, "file": (io.BytesIO(content), file_name)},
            headers={"Authorization": f"Bearer {self._tokens[who]}"},
            content_type="multipart/form-data",
        )
        note(f"{now():%m-%d %H:%M} {who} uploads {name} -> {answer.status_code}")
        return self._sound("POST", path, answer)

    @staticmethod
    def _sound(method: str, path: str, answer: Any) -> tuple[int, Any]:
        where = f"{method} {path}"
        assert answer.status_code < 500, f"{where}: {answer.status_code} {answer.data.decode()}"
        told = json.loads(answer.data or b"null")
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", f"{where}: {answer.mimetype}"
            assert told["status"] == answer.status_code and told["code"] and told["detail"], f"{where}: {told}"
        return answer.status_code, told

    def hand_in(self, case_no: str, who: str, name: str) -> None:
        """Hand in a material without the detour over HTTP."""
        content = f"%PDF-1.4 {name}".encode()
        file = StoredFile("材料.pdf", "application/pdf", len(content), sha256(content).hexdigest())
        supply(self.office, ActRequest(case_no, "add-material", who, {}), name, file, now())

    def missing(self, case_no: str, who: str) -> list[str]:
        """Return the names of required materials that have not been handed in."""
        _, listed = self.ask("GET", f"/api/v1/cases/{case_no}/materials", who)
        wanted = [m for m in listed["items"] if m["required"] and m["supply"] == "applicant"]
        return [m["name"] for m in wanted if not m["files"]]

    def rows(self, sql: str) -> Sequence[Row]:
        """Return rows of the database."""
        with self.office.work() as connection:
            return connection.exec_driver_sql(sql).all()

    def is_kept_out(self, case_id: int, person: str) -> bool:
        """Return True if this person was excluded from the case (回避)."""
        with self.office.work() as connection:
            sql = f"select {recused('c.id')} from cases c where c.id = %(id)s"
            return bool(connection.exec_driver_sql(sql, {"id": case_id, "person": person}).scalar_one())

    def stand(self) -> tuple[Any, ...]:
        """Return a sum of everything an act could change, to see that a refusal changed nothing."""
        return tuple(self.rows(STAND)[0])


# -- applications -----------------------------------------------------------------------------------


@cache
def forms_of(code: str, operation: str = "") -> tuple[dict[str, Any], ...]:
    """Return complete forms of an item (or of an operation on its permits) that differ in one choice each."""
    item = catalog().get(code, TODAY)
    if operation:
        item = life_item(item, operation)
    tried = [a_form(item), a_form(item, **granting_answers(item))]
    for field in item.fields:
        options = {"flag": (True, False), "choice": field.options, "choices": [[o] for o in field.options]}
        tried += [a_form(item, **{field.key: option}) for option in tuple(options.get(field.type, ()))[:4]]
    sound: list[dict[str, Any]] = []
    for form in tried:
        if form not in sound and not check_form(item, form, today=TODAY).problems:
            sound.append(form)
    assert sound, f"no sound form of {code} {operation}"
    return tuple(sound)


def applications(draw: Draw, code: str) -> dict[str, Any]:
    """Return the body of a sound application for the item."""
    form = draw(st.sampled_from(forms_of(code)))
    return {"item_code": code, "applicant": applicant_of(code), "form": form, "submit": draw(st.booleans())}


def spoiled_application(draw: Draw, body: dict[str, Any]) -> dict[str, Any]:
    """Return the same with one thing wrong."""
    form = dict(body["form"])
    key = draw(st.sampled_from(sorted(form)))
    wrong = draw(st.sampled_from(("no item", "no form", "unknown", "type", "float", "applicant", "extra", "gone")))
    changes: dict[str, dict[str, Any]] = {
        "no item": {"item_code": draw(st.sampled_from(("99", "", "02'; --", "二", "0" * 41)))},
        "no form": {"form": draw(st.sampled_from(([], "form", None, 7)))},
        "unknown": {"form": {**form, "colour": "红"}},
        "type": {"form": {**form, key: {"deep": [1, {"er": None}]}}},
        "float": {"form": {**form, key: 1e-7}},
        "applicant": {"applicant": {**body["applicant"], "id_no": "123"}},
        "extra": {"state": "granted"},
        "gone": {"form": {name: value for name, value in form.items() if name != key}, "submit": True},
    }
    return {**body, **changes[wrong]}


def permit_operations(code: str) -> list[str]:
    """Return what a holder may ask of a permit of this item, in the words of the interface."""
    return [word for word, operation in OPERATIONS.items() if _has(catalog().get(code, TODAY), operation)]


def _has(item: ServiceItem, operation: str) -> bool:
    try:
        life_item(item, operation)
    except NotForThisItem:
        return False
    return True


# -- what people say --------------------------------------------------------------------------------


class Saying:
    """Draws the data of an action from its JSON schema, as somebody would fill it in, or with one thing wrong."""

    def __init__(self, draw: Draw, moment: datetime, materials: Sequence[str]) -> None:
        self.draw, self.moment, self.materials = draw, moment, list(materials)

    def well(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return data that fits the schema."""
        needed = set(schema.get("required", ()))
        return {
            name: self.field(name, shape)
            for name, shape in schema["properties"].items()
            if name in needed or self.draw(st.booleans())
        }

    def field(self, name: str, shape: Mapping[str, Any]) -> Any:
        """Return a plausible value of one field."""
        draw = self.draw
        if "enum" in shape:
            return draw(st.sampled_from(shape["enum"] or ["none"]))
        if shape["type"] == "array":
            return self._list(name, shape)
        if shape["type"] == "boolean":
            return draw(st.sampled_from((True, True, False))) if name.startswith("reason") else draw(st.booleans())
        if shape["type"] == "integer":
            return draw(st.integers(shape["minimum"], min(shape["maximum"], 20)))
        if shape.get("format") == "date":
            days = draw(st.sampled_from((9, 14, 20, 35) if name == "hearing_on" else (0, 1, 5, 11, 20)))
            return (self.moment.date() + timedelta(days=days)).isoformat()
        if shape.get("format") == "date-time":
            return (self.moment - timedelta(hours=draw(st.sampled_from((0, 1, 30))))).isoformat()
        if name == "to":
            return draw(st.sampled_from(sorted(POSTS)))
        return draw(st.sampled_from(("依法办理，事实清楚。", "情况属实", "a", "𠮷林 \n 第二行")))

    def _list(self, name: str, shape: Mapping[str, Any]) -> list[Any]:
        draw = self.draw
        if shape["items"].get("type") == "object":
            more = draw(st.lists(st.sampled_from(("申请表", *self.materials)), max_size=1)) if self.materials else []
            return [{"material": one, "what": "请补正"} for one in dict.fromkeys((*self.materials, *more, "申请表"))]
        if not shape.get("uniqueItems"):
            return ["申请人", "邻居"]
        least = max(shape["minItems"], 1)
        among = holders("inspector") if name == "inspectors" else sorted(POSTS)
        return draw(st.permutations(among))[: draw(st.integers(least, min(least + 1, len(among))))]

    def badly(self, schema: Mapping[str, Any]) -> tuple[Any, bool]:
        """Return (data with one thing wrong, whether no rule of any process could ever let it pass)."""
        fit = self.well(schema)
        needed = list(schema.get("required", ()))
        ways = ["unknown", "no object", *(["gone", "null"] if needed else []), *(["wrong"] * 3 if fit else [])]
        way = self.draw(st.sampled_from(ways))
        if way == "unknown":
            return {**fit, self.draw(st.sampled_from(("effects", "seq", "outcome", "x" * 300, ""))): "granted"}, True
        if way == "no object":
            return self.draw(st.sampled_from(([], "data", 7, [fit]))), True
        if way in ("gone", "null"):
            name = self.draw(st.sampled_from(needed))
            left = {key: value for key, value in fit.items() if key != name}
            is_filled_in = name == "remedies"  # the office's own text stands in where nothing is said
            return (left if way == "gone" else {**left, name: None}), not is_filled_in
        name = self.draw(st.sampled_from(sorted(fit)))
        value, is_hopeless = self._wrong(name, schema["properties"][name])
        return {**fit, name: value}, is_hopeless

    def _wrong(self, name: str, shape: Mapping[str, Any]) -> tuple[Any, bool]:
        """Return (a value that is out of place, whether its shape alone already is)."""
        wrong: list[tuple[Any, bool]] = [({"a": 1}, True), (1.5, True), (10**17, True), ([[]], True)]
        if shape["type"] == "string":
            wrong += [("", True), (" \t", True), ("a\u200bb", True), ("x" * 4001, True), (True, True), (["a"], True)]
        if shape.get("format") in ("date", "date-time"):
            wrong += [("2026-02-30", True), ("01.09.2026", True), ("9999-12-31", True), ("2026-09-01T09:00:00", True)]
            is_moment = shape["format"] == "date-time"
            wrong += [("2020-01-01T00:00:00+08:00", not is_moment), ("2020-01-01", is_moment)]
        if name == "to":
            wrong += [(stranger, True) for stranger in STRANGERS]
        if shape["type"] == "array":
            wrong += [([], True), ("a", True), (["a"] * 201, True), ([None], True)]
            if shape.get("uniqueItems"):
                wrong += [(["reviewer1", stranger], True) for stranger in STRANGERS if stranger != "auditor1"]
                wrong += [(["reviewer1", "reviewer1"], True), (["inspector1"] * 2, True)]
        if shape["type"] == "boolean":
            wrong += [("true", True), (0, True)]
        if shape["type"] == "integer":
            wrong += [(True, True), ("3", True), (-1, True), (shape["minimum"] - 1, True), (shape["maximum"] + 1, True)]
        value, is_hopeless = self.draw(st.sampled_from(wrong))
        return value, is_hopeless


def key_of(draw: Draw) -> str:
    """Return an idempotency key nobody has used."""
    return uuid.UUID(int=draw(st.integers(0, 2**64)), version=4).hex
