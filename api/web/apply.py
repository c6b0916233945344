"""Applying: short steps made from the manual's form, kept as a draft at each, checked as a whole, then submitted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import segno
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from api.catalogue import open_item
from api.problems import Problem
from api.v1.cases import act_with_form, open_application
from api.v1.common import office
from api.v1.materials import take_upload
from api.web import fields as questions
from api.web import trail
from api.web.acting import attempt, by_name, known, plain, say, seen_version
from api.web.casepage import EVENTS_MAX, allowed
from api.web.fields import Field, Trouble
from api.web.i18n import said as _
from api.web.items import entry_or_404, name_of
from api.web.who import need_person
from service_catalog.conditions import holds
from service_catalog.forms import KINDS
from service_catalog.lifecycle import life_item
from service_catalog.model import ServiceItem
from workflow.casework import accounts, mandates, tracking
from workflow.casework.errors import NotFound
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.casework.people import Person

blp = Blueprint("apply", __name__)
PARTY = (
    ("name", "申请人名称（姓名）", "text", True, "organization", "与营业执照或者身份证一致。"),
    ("id_no", "证件号码", "text", True, "", "法人或者其他组织填统一社会信用代码，自然人填公民身份号码。"),
    ("legal_representative", "法定代表人（负责人）", "text", False, "name", ""),
    ("contact", "联系人", "text", False, "name", ""),
    ("phone", "联系电话", "tel", False, "tel", "用来接收办理通知。"),
    ("address", "地址", "text", False, "street-address", ""),
    ("email", "电子邮箱", "email", False, "email", ""),
)
RESUBMIT = ("resubmit", "resubmit-filing")
PAGE_FIELDS = frozenset({"csrf_token", "command", "version", "back"})


@blp.route("/items/<item_code>/apply", methods=["GET", "POST"])
def start(item_code: str) -> Response:
    """First step: who applies. Sending it makes the draft."""
    person = need_person()
    item = open_item(entry_or_404(item_code).code, now().date())
    party = _for_whom(person, item)
    earlier = _earlier(person, item, party)
    if request.method == "GET":
        return _start_page(item, party, _party_fields(item, earlier["applicant"]), [])
    applicant = {key: request.form.get(f"applicant.{key}", "").strip() for key in ("kind", *(one[0] for one in PARTY))}
    applicant = {key: value for key, value in applicant.items() if value}
    carried = questions.read_form(item.fields, request.form)
    form = _visible(item, {**earlier["form"], **carried})
    answer, problems, status = attempt(
        lambda: open_application(
            person,
            item.code,
            applicant,
            form,
            submit=False,
            channel=None,
            known=known(),
            on_behalf_of=party.chosen,
        )
    )
    if answer is None:
        return _start_page(
            item, party, questions.with_errors(_party_fields(item, applicant), by_name(problems)), problems, status
        )
    return redirect(url_for("apply.section", case_no=answer.case["case_no"], step=1), code=303)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Party:
    """For whom somebody can apply for an item. chosen: the grantor's account, None for oneself."""

    grantors: list[dict[str, Any]]
    chosen: str | None
    is_agent: bool

    @property
    def name(self) -> str:
        """Return the grantor's name, "" for oneself."""
        return next((str(one["name"]) for one in self.grantors if one["id"] == self.chosen), "")


def _for_whom(person: Person, item: ServiceItem) -> Party:
    """Return who the application is for: what was chosen, or the only one there is for somebody who never applies alone."""
    if person.kind == "staff":
        return Party([], None, False)
    grantors = mandates.grantors_for(office(), person, item.code, now().date())
    wanted = request.values.get("for", "").replace("\x00", "")
    is_agent = person.kind == "agent"
    if not wanted and is_agent and len(grantors) == 1:
        wanted = grantors[0]["id"]
    # A mandate that has ended meanwhile is refused when the form comes, never turned into a case of one's own.
    is_sent = request.method == "POST"
    is_known = any(one["id"] == wanted for one in grantors)
    return Party(grantors, (wanted or None) if is_sent or is_known else None, is_agent)


def _start_page(
    item: ServiceItem, party: Party, fields: list[Field], problems: list[Trouble], status: int = 200
) -> Response:
    carried = {
        key: value
        for key, value in (request.args if request.method == "GET" else request.form).items()
        if key.startswith("form.")
    }
    page = render_template(
        "applicant/start.html",
        item=item,
        party=party,
        fields=fields,
        problems=problems,
        carried=carried,
        steps=_steps(item, 0),
    )
    return make_response(page, status)


def _party_fields(item: ServiceItem, known_of: Mapping[str, Any]) -> list[Field]:
    kinds = tuple((key, _(name)) for key, name in KINDS.items() if key in item.applicants)
    chosen = known_of.get("kind") or (kinds[0][0] if len(kinds) == 1 else "")
    first = Field("applicant.kind", _("申请人类型"), "radios", options=kinds, values=(chosen,) if chosen else ())
    return [first] + [
        Field(
            f"applicant.{key}", _(label), kind, required, text=str(known_of.get(key, "")), complete=fill, hint=_(hint)
        )
        for key, label, kind, required, fill, hint in PARTY
    ]


def _earlier(person: Person, item: ServiceItem, party: Party) -> dict[str, Any]:
    """Return what is known already: the party of the last application, and answers to the same questions.

    Of a grantor, the agent gets no more than the agent may read.
    """
    if person.kind == "staff" or (party.is_agent and party.chosen is None):
        return {"applicant": {}, "form": {}}
    latest, _more = cases_for(office(), person, limit=1, owner=party.chosen or person.id)
    if not latest:
        return {"applicant": {"name": party.name} if party.chosen else _of_account(person), "form": {}}
    no = latest[0]["case_no"]
    view = tracking.case_view(office(), no, person, now())
    form = tracking.form(office(), no, person)
    kinds = {one.key: one for one in item.fields}
    same = {
        key: value
        for key, value in form.items()
        if key in kinds
        and kinds[key].type in ("text", "address", "phone", "uscc", "citizen-id")
        and isinstance(value, str)
    }
    return {"applicant": view["applicant"] | ({"name": party.name} if party.chosen else {}), "form": same}


def _of_account(person: Person) -> dict[str, str]:
    """Return what was told at registration, as the party of a first application."""
    me = accounts.profile(office(), person.id)
    told = {
        "kind": me.holder,
        "name": me.name,
        "id_no": me.id_no,
        "legal_representative": me.legal_representative,
        "phone": me.phone,
        "email": me.email,
    }
    return {key: text for key, text in told.items() if text}


def _visible(item: ServiceItem, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without those to questions that the other answers hide."""
    kept: dict[str, Any] = {}
    for one in item.fields:
        if one.key in form and holds(one.shown, kept):
            kept[one.key] = form[one.key]
    return kept


def _steps(item: ServiceItem, at: int) -> list[tuple[str, str]]:
    """Return (name, done | now | later) of the steps; at: which one is open, from 0."""
    names = [_("申请人"), *dict.fromkeys(one.section for one in item.fields), _("申请材料"), _("核对并提交")]
    return [(name, "done" if i < at else "now" if i == at else "later") for i, name in enumerate(names)]


class Draft:
    """A case whose form its reader may write: a draft, or one sent back for correction."""

    def __init__(self, case_no: str, person: Person) -> None:
        self.person, self.case_no = person, case_no
        self.view = tracking.case_view(office(), case_no, person, now())
        self.form = tracking.form(office(), case_no, person)
        self.is_draft = self.view["state"] == "draft"
        self.item = self._item()
        self.sections = list(dict.fromkeys(one.section for one in self.item.fields))

    def _item(self) -> ServiceItem:
        pinned = None if self.is_draft else tracking.pinned_version(office(), self.case_no, self.person)
        item = open_item(self.view["item_code"], now().date(), pinned)
        permit = self.view["permit"]
        return life_item(item, permit["operation"], permit["valid_until"]) if permit else item

    def fields(self, section: str) -> list[Any]:
        """Return the manual's questions of one section."""
        return [one for one in self.item.fields if one.section == section]


def _draft(case_no: str) -> Draft:
    draft = Draft(case_no, need_person())
    actions = tracking.actions(office(), case_no, draft.person, now())
    if not any(one["action"] == "amend-form" for one in actions["items"]):
        raise Problem(409, "CANNOT_AMEND", "本件现在不能修改申请表。")
    return draft


@blp.route("/cases/<case_no>/edit/<int:step>", methods=["GET", "POST"])
def section(case_no: str, step: int) -> Response:
    """One section of the form; what is sent is kept at once."""
    draft = _draft(case_no)
    if not 1 <= step <= len(draft.sections):
        abort(404)
    fields = draft.fields(draft.sections[step - 1])
    problems: list[Trouble] = []
    form, status = draft.form, 200
    if request.method == "POST":
        others = {key: value for key, value in draft.form.items() if key not in {one.key for one in fields}}
        form = _visible(draft.item, {**others, **questions.read_form(fields, request.form)})
        version = seen_version() or draft.view["version"]
        answer, problems, status = attempt(
            lambda: act_with_form(draft.person, case_no, "amend-form", form, {}, "", version, known())
        )
        if answer is not None:
            return redirect(_after(draft, step), code=303)  # type: ignore[return-value]
    page = render_template(
        "applicant/section.html",
        draft=draft,
        title=draft.sections[step - 1],
        step=step,
        fields=questions.with_errors(questions.of_form(draft.item, fields, form), by_name(problems)),
        problems=problems,
        steps=_steps(draft.item, step),
        checking=request.args.get("back") == "check",
    )
    return make_response(page, status)


def _after(draft: Draft, step: int) -> str:
    if request.form.get("back") == "check" or (request.form.get("back") == "later"):
        end = "apply.check" if request.form["back"] == "check" else "case.show"
        return url_for(end, case_no=draft.case_no)
    if step < len(draft.sections):
        return url_for("apply.section", case_no=draft.case_no, step=step + 1)
    return url_for("apply.materials", case_no=draft.case_no)


def _to_correct(view: Mapping[str, Any], person: Person) -> list[dict[str, str]]:
    """Return what the one correction notice asks for, while it is waited for."""
    if view["state"] != "awaiting-corrections":
        return []
    return trail.missing_in(
        allowed(lambda: tracking.events(office(), view["case_no"], person, after=0, limit=EVENTS_MAX)[0], [])
    )


@blp.route("/cases/<case_no>/materials", methods=["GET", "POST"])
def materials(case_no: str) -> Response:
    """Hand in materials, one file at a time, each for its line of the list."""
    person = need_person()
    problems: list[Trouble] = []
    status = 200
    if request.method == "POST":
        kept, problems, status = attempt(lambda: take_upload(case_no, person.id, extra=PAGE_FIELDS))
        if kept is not None:
            say(_("已提交：%(name)s（%(file)s）。", name=kept["name"], file=kept["file_name"]))
            return redirect(url_for("apply.materials", case_no=case_no), code=303)  # type: ignore[return-value]
    view = tracking.case_view(office(), case_no, person, now())
    listed = tracking.materials(office(), case_no, person)
    actions = tracking.actions(office(), case_no, person, now())
    may = any(one["action"] == "add-material" for one in actions["items"])
    resubmit = next((one for one in actions["items"] if one["action"] in RESUBMIT), None)
    missing = _to_correct(view, person)
    wrong = next((one for one in listed if problems and one["code"] == request.form.get("name")), {"code": ""})
    is_draft = view["state"] == "draft"
    draft = Draft(case_no, person) if is_draft else None
    page = render_template(
        "applicant/materials.html",
        case=view,
        listed=listed,
        may_add=may,
        is_draft=is_draft,
        problems=[replace(one, anchor=f"f-{wrong['code']}") if wrong["code"] else one for one in problems],
        wrong=wrong,
        missing=missing,
        to_correct=[one["material"] for one in missing],
        resubmit=resubmit,
        rest=[one for one in listed if one["supply"] != "applicant"],
        steps=_steps(draft.item, len(draft.sections) + 1) if draft else [],
        last_step=len(draft.sections) if draft else 0,
    )
    return make_response(page, status)


@blp.route("/cases/<case_no>/check", methods=["GET", "POST"])
def check(case_no: str) -> Response:
    """Look over everything, then submit."""
    draft = _draft(case_no)
    if not draft.is_draft:
        return redirect(url_for("case.show", case_no=case_no))  # type: ignore[return-value]
    problems: list[Trouble] = []
    status = 200
    if request.method == "POST":
        data = {"wants_a_person": True} if request.form.get("wants_a_person") else {}
        version = seen_version() or draft.view["version"]
        answer, problems, status = attempt(
            lambda: act_with_form(draft.person, case_no, "submit", None, data, "", version, known())
        )
        if answer is not None:
            return redirect(url_for("apply.receipt", case_no=case_no), code=303)  # type: ignore[return-value]
    sections = [
        (title, number, [(one.label, plain(draft.form.get(one.key)), one.unit) for one in shown])
        for number, title in enumerate(draft.sections, 1)
        if (shown := [one for one in draft.fields(title) if holds(one.shown, draft.form)])
    ]
    where = {one.key: draft.sections.index(one.section) + 1 for one in draft.item.fields}
    page = render_template(
        "applicant/check.html",
        draft=draft,
        sections=sections,
        listed=tracking.materials(office(), case_no, draft.person),
        problems=[_to_section(one, case_no, where) for one in problems],
        steps=_steps(draft.item, len(draft.sections) + 2),
        may_refuse_machine=draft.view["process"] == "self-service",
    )
    return make_response(page, status)


def _to_section(one: Trouble, case_no: str, where: Mapping[str, int]) -> Any:
    """Return a trouble whose link leads to the step where it can be mended."""
    key = one.anchor.removeprefix("q-form-")
    url = (
        url_for("apply.section", case_no=case_no, step=where[key], back="check") + f"#{one.anchor}"
        if key in where
        else ""
    )
    return {"text": one.text, "url": url, "law": one.law}


@blp.get("/cases/<case_no>/receipt")
def receipt(case_no: str) -> Response:
    """Say that it has come in: number, time, what happens next, a code to find it again by."""
    person = need_person()
    view = tracking.case_view(office(), case_no, person, now())
    if not view["received_at"]:
        raise NotFound(case_no)
    address = url_for("case.show", case_no=case_no, _external=True)
    clocks = allowed(lambda: tracking.clocks(office(), case_no, person, now())["clocks"], [])
    return make_response(
        render_template(
            "applicant/receipt.html",
            case=view,
            item=name_of(view["item_code"]),
            answer_by=next((one["due"] for one in clocks if one["id"] == "correction"), ""),
            qr=qr(address, _("二维码：打开办件 %(case)s 的进度", case=case_no)),
            papers=tracking.documents(office(), case_no, person),
        )
    )


def qr(text: str, title: str) -> Markup:
    """Return a QR code as inline SVG."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, svgclass="qr", lineclass=None, title=title, omitsize=True
    )
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704  made by segno, the text is escaped by it


def may_write(person: Person | None) -> bool:
    """Return True for those who can open cases."""
    return person is not None and (person.kind == "applicant" or person.has_post("window-clerk"))
