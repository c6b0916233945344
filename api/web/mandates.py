"""代办委托: whom one lets act, in what, until when; what others entrusted to one; how either ends it."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.catalogue import catalogue
from api.v1.common import ID_LIMIT, decode_cursor, encode_cursor, office
from api.web.acting import attempt, by_name, say
from api.web.fields import Field, Trouble, with_errors
from api.web.i18n import said as _
from api.web.items import entry_or_404, name_of
from api.web.who import need_person
from workflow.casework import mandates
from workflow.casework.errors import NotFound
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.definitions.access import matrix

blp = Blueprint("entrusting", __name__)
PAGE = 50
CASES_MAX = 50
READ = "read"  # without it nobody can act: every mandate given here has it
STATUS = {"valid": "有效", "expired": "已到期", "ended": "已终止"}
ORDER = ("agent", "scope", "item_code", "case_no", "verbs", "valid_until", "note")


@blp.get("/my/mandates")
def overview() -> Response:
    """Show the mandates given and received, ended ones too, and the form for a new one."""
    return _page(need_person(), {}, [], 200)


@blp.post("/my/mandates")
def grant() -> Response:
    """Give a mandate, or say beside each field what is wrong."""
    person = need_person()
    given = {key: request.form.get(f"form.{key}", "").replace("\x00", "").strip()[:400] for key in ORDER}
    wanted, problems = _wanted(given)
    status = 422
    if wanted is not None:
        made, problems, status = attempt(lambda: mandates.grant(office(), person, wanted, now()))
        if made is not None:
            say(_("已委托 %(name)s 代办，到 %(day)s 为止。", name=made["agent"]["name"], day=made["valid_until"]))
            return _back()
        problems = [_in_form(one) for one in problems]
    return _page(person, given, problems, status)


@blp.post("/my/mandates/<int:mandate_id>/end")
def end(mandate_id: int) -> Response:
    """End a mandate at once: its grantor, or the agent who resigns."""
    person = need_person()
    if mandate_id >= ID_LIMIT:
        raise NotFound(str(mandate_id))
    mandates.end(office(), mandate_id, person, now())
    say(_("委托已经终止，即时生效。"))
    return _back()


def _wanted(given: dict[str, str]) -> tuple[mandates.NewMandate | None, list[Trouble]]:
    """Return what was asked for, or what has to be filled in first."""
    problems = [
        Trouble(text, f"q-form-{key}")
        for key, text, is_missing in (
            ("agent", _("请填写代办人的账号。"), not given["agent"]),
            ("scope", _("请选择委托办什么。"), given["scope"] not in ("all", "item", "case")),
            ("item_code", _("请选择事项。"), given["scope"] == "item" and not given["item_code"]),
            ("case_no", _("请选择办件。"), given["scope"] == "case" and not given["case_no"]),
        )
        if is_missing
    ]
    try:
        until = date.fromisoformat(given["valid_until"])
    except ValueError:
        problems.append(Trouble(_("请填写委托到哪一天为止。"), "q-form-valid_until"))
    if problems:
        return None, problems
    verbs = [verb for verb in matrix().mandates if verb == READ or verb in request.form.getlist("form.verbs")]
    item = entry_or_404(given["item_code"]).code if given["scope"] == "item" else None
    case_no = given["case_no"] if given["scope"] == "case" else None
    return mandates.NewMandate(given["agent"], verbs, until, item, case_no, given["note"]), []


def _in_form(one: Trouble) -> Trouble:
    """Return a refusal of the engine with the field of this page it is about."""
    return Trouble(one.text, f"q-form-{one.field}" if one.field in ORDER else "", one.law)


def _page(person: Person, given: dict[str, str], problems: list[Trouble], status: int) -> Response:
    after = decode_cursor(request.args.get("cursor"), id=int)
    found, more = mandates.mandates_for(office(), person, now(), before=after["id"] if after else None, limit=PAGE)
    told = [{**one, "item_name": name_of(one["item_code"]) if one["item_code"] else ""} for one in found]
    page = render_template(
        "applicant/mandates.html",
        given=[one for one in told if one["grantor"]["id"] == person.id],
        received=[one for one in told if one["agent"]["id"] == person.id],
        verbs=matrix().mandates,
        status_names=STATUS,
        problems=problems,
        fields=with_errors(_fields(person, given), by_name(problems)) if person.kind == "applicant" else [],
        next=encode_cursor({"id": more} if more else None),
    )
    return make_response(page, status)


def _fields(person: Person, given: dict[str, str]) -> list[Field]:
    today = now().date()
    cases = cases_for(office(), person, limit=CASES_MAX, owner=person.id)[0]
    items = [(one.code, one.name) for one in catalogue().search(on=today, limit=1000) if one.has_manual]
    scopes = (("all", _("我的全部事项和办件")), ("item", _("一个事项")), ("case", _("一个办件")))
    chosen = tuple(request.form.getlist("form.verbs")) if given else tuple(matrix().mandates)
    until = given.get("valid_until") or (today + timedelta(days=365)).isoformat()
    return [
        Field(
            "form.agent",
            _("代办人的账号"),
            "text",
            text=given.get("agent", ""),
            hint=_("请向代办人要他的用户名，例如 lihua-0427。工作人员不能代办。"),
        ),
        Field("form.scope", _("委托办什么"), "radios", options=scopes, values=(given.get("scope", ""),)),
        Field(
            "form.item_code",
            _("哪一个事项"),
            "select",
            options=tuple(items),
            values=(given.get("item_code", ""),),
            shown={"field": "scope", "is": "item"},
        ),
        Field(
            "form.case_no",
            _("哪一个办件"),
            "select",
            options=tuple((one["case_no"], f"{one['case_no']} {one['item_name']}") for one in cases),
            values=(given.get("case_no", ""),),
            shown={"field": "scope", "is": "case"},
        ),
        Field(
            "form.verbs",
            _("可以替您做什么"),
            "checks",
            required=False,
            options=tuple((key, _(name)) for key, name in matrix().mandates.items() if key != READ),
            values=chosen,
            hint=_("代办人总是可以查看所委托的办件和进度。"),
        ),
        Field("form.valid_until", _("到哪一天为止（含当天）"), "date", text=until),
        Field("form.note", _("说明"), "text", required=False, text=given.get("note", "")),
    ]


def _back() -> Response:
    response: Any = redirect(url_for("entrusting.overview"), code=303)
    found: Response = response
    return found
