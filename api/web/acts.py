"""Taking an action of the engine: its form is made from the schema the engine gives, whatever the process."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.auth.sessions import page_factor
from api.problems import Problem
from api.v1.common import office
from api.web import fields as questions
from api.web import trail
from api.web.acting import REFUSALS, attempt, by_name, done, known, plain, say, seen_version
from api.web.casepage import CasePage, allowed, answers
from api.web.fields import Asked, Row, Trouble
from api.web.i18n import said as _
from api.web.served import WAYS, papers_to_name
from api.web.who import need_person
from service_catalog.checklist import checklist
from workflow.casework import tracking
from workflow.casework.act import ActRequest
from workflow.casework.act import act as take
from workflow.casework.assign import claim, release
from workflow.casework.colleagues import colleagues, names_of
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.previewing import Preview, preview
from workflow.engine.model import Action
from workflow.engine.vocabulary import POSTS
from workflow.papers.compose import CannotSay
from workflow.papers.pdf import CannotDraw

blp = Blueprint("acts", __name__)
# Whom an action names by which post; what is not here may be anybody of the department.
POST_OF_ASK = {"inspectors": "inspector", "experts": "expert", "countersigners": "reviewer"}
SIGNERS = ("reviewer", "approver", "department-head", "legal-reviewer")
PHRASES = {
    "window-clerk": ("材料齐全，符合法定形式。", "请按清单逐项补齐后一次提交。"),
    "reviewer": (
        "经审查，申请人符合法定条件，建议准予许可。",
        "经审查，不符合法定条件，建议不予许可，理由如下：",
        "材料之间相互印证，未发现异常。",
    ),
    "inspector": ("现场与申报材料一致。", "安全设施完好，标志齐全。", "现场与申报材料不一致之处："),
    "approver": ("同意审查意见。", "退回补充审查，请说明：", "依照法定条件，准予许可。"),
    "department-head": ("同意。", "情况复杂，同意延长。"),
    "government-head": ("同意。",),
    "legal-reviewer": ("事实清楚，证据充分，程序合法，适用依据正确。", "请补充说明："),
    "expert": ("资料完整，结论可信。", "同意评价结论。", "建议修改："),
    "hearing-officer": ("听证程序合法，笔录经参加人核对无误。",),
}
DANGEROUS = (
    "refuse",
    "refuse-for-fraud",
    "withdraw",
    "discard",
    "terminate",
    "not-accepted",
    "not-needed",
    "confirm-failure",
)
FREE_ROWS = 3
FINAL = {
    "withdraw": "撤回以后不能恢复，本件到此为止；想再办的，要重新申请。",
    "discard": "放弃以后草稿不能恢复；想再办的，要重新填写。",
    "waive-hearing": "放弃以后不能再要求听证。",
}


@blp.route("/cases/<case_no>/act/<action>", methods=["GET", "POST"])
def act(case_no: str, action: str) -> Response:
    """Show an action's form, take it, or say why not, beside the fields."""
    try:
        page = _opened(case_no, action)
    except NotFound:
        if not _done_before(case_no, action):
            raise
        say(_("已办理。"))
        return _on(case_no, need_person())
    schema = next((one for one in page.actions["items"] if one["action"] == action), None)
    problems: list[Trouble] = []
    status = 200
    if schema is None:
        return _closed(page, action)
    asked = _asked(page, action)
    previewed: list[Preview] = []
    rule = page.process.find(page.view["state"], action)
    titles = titles_of(rule, allowed(lambda: tracking.paper_titles(office(), case_no, page.person), {})) if rule else []
    data = questions.read_data(schema["schema"], asked, request.form) if request.method == "POST" else {}
    if request.method == "POST" and request.form.get("preview"):
        wanted = _wanted(page, action, data)
        if not may_preview(rule) or page.person.oversees:
            raise Problem(409, detail=_("这个动作出具的文书不能预览。"))
        seen, problems, status = attempt(lambda: refusable(lambda: preview(office(), wanted, now())))
        previewed = seen or []
        number = request.form["preview"].removeprefix("pdf-")
        if number.isdigit() and len(number) < 3 and int(number) < len(previewed):
            return _drawn(previewed[int(number)])
    elif request.method == "POST":
        wanted = replace(_wanted(page, action, data), known=known(), factor_at=page_factor())
        answer, problems, status = attempt(lambda: take(office(), wanted, now()))
        if answer is not None:
            done(schema["name"])
            return _on(case_no, page.person, at_counter=page.is_counter)
    shown = questions.with_errors(
        questions.of_schema(schema["schema"], asked, request.form if request.method == "POST" else None),
        by_name(problems),
    )
    item, form = page.item(), page.form()
    page_text = render_template(
        "case/act.html",
        page=page,
        case=page.view,
        action=schema,
        fields=shown,
        problems=problems,
        phrases=_phrases(page, rule),
        papers=titles,
        preview=bool(titles) and page.is_staff and not page.person.oversees and may_preview(rule),
        previewed=previewed,
        then=page.process.states[rule.then].title
        if rule and rule.then in page.process.states and rule.then != page.view["state"]
        else "",
        dangerous=action in DANGEROUS,
        warning="" if page.is_staff else FINAL.get(action, ""),
        answers=answers(item, form),
        points=checklist(item, form)["points"] if item and page.works_here else [],
        last=_last_said(page),
    )
    return make_response(page_text, status)


def _wanted(page: CasePage, action: str, data: dict[str, Any]) -> ActRequest:
    opinion = request.form.get("opinion", "")[:4000].strip()
    return ActRequest(page.case_no, action, page.person.id, data, opinion, seen_version() or page.view["version"])


def may_preview(rule: Action | None) -> bool:
    """Return True unless chance decides what the paper says: another draw would say something else."""
    return rule is not None and "draw-experts" not in rule.does


def refusable(do: Any) -> Any:
    """Return what is done; a paper that cannot be composed or drawn is told like a refusal."""
    try:
        return do()
    except (CannotSay, CannotDraw) as error:
        raise Problem(422, "CANNOT_DRAW", f"文书现在不能预览：{error}") from error


def _drawn(one: Preview) -> Response:
    """Return a paper as it would be drawn, to be looked at and not kept."""
    response = make_response(one.pdf())
    response.headers["Content-Type"] = "application/pdf"
    name = quote(f"预览-{one.title}.pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(case_no: str, action: str) -> CasePage:
    """Return the case; to somebody who may not read it, what the counter may do with it. Raises NotFound."""
    try:
        return CasePage.of(case_no)
    except NotFound:
        person = need_person()
        if person.kind != "staff":
            raise
    page = CasePage.at_counter(case_no, person)
    known_here = (one["action"] for one in (*page.actions["items"], *page.actions["closed"]))
    if action not in known_here:
        raise NotFound(case_no)
    return page


def titles_of(rule: Action, papers: Mapping[str, str]) -> list[str]:
    """Return the titles of what an action issues in this case: "@grant" and "@refusal" depend on its item."""
    return [papers.get(one, papers.get(one.removeprefix("@"), one)) for one in rule.issues]


def _done_before(case_no: str, action: str) -> bool:
    """Return True if this very form was taken already, which took the case out of its sender's sight: a double click."""
    key = known() if request.method == "POST" else None
    if key is None:
        return False
    again = ActRequest(case_no, action, need_person().id, {}, version=0, known=key)  # 0: only a replay
    try:
        return take(office(), again, now()).replayed
    except (NotFound, *REFUSALS):
        return False


def _on(case_no: str, person: Person, *, at_counter: bool = False) -> Response:
    """Go on to the case; to the list of work, where it has just left the reader's hands and eyes."""
    try:
        tracking.case_view(office(), case_no, person, now())
    except NotFound:
        if at_counter:
            return redirect(url_for("counter.show", case_no=case_no), code=303)  # type: ignore[return-value]
        if person.kind != "staff":
            return redirect(url_for("mine.cases"), code=303)  # type: ignore[return-value]
        say(_("%(case)s 现在不由您的岗位查看，已经从您这里转出。", case=case_no))
        return redirect(url_for("inbox.inbox"), code=303)  # type: ignore[return-value]
    return redirect(url_for("case.show", case_no=case_no), code=303)  # type: ignore[return-value]


def _closed(page: CasePage, action: str) -> Response:
    """Say why an action is not open: it was, perhaps, when the page that led here was made."""
    why = next((one for one in page.actions["closed"] if one["action"] == action), None)
    rule = page.process.find(page.view["state"], action)
    title = why["name"] if why else rule.title if rule else "这个动作"
    reasons = why["reasons"] if why else ["本件现在的环节没有这个动作，或者不由您办理。请看办件现在的情况。"]
    return make_response(
        render_template("case/closed.html", page=page, case=page.view, title=title, reasons=reasons), 409
    )


def _asked(page: CasePage, action: str) -> Asked:
    """Return what the form needs to offer: people by post, papers of the case, one row a material, ready phrases."""
    rule = page.process.find(page.view["state"], action)
    if rule is None:
        return Asked()
    choices: dict[str, Sequence[tuple[str, str]]] = {}
    if rule.ask("document") is not None:
        listed = allowed(lambda: tracking.documents(office(), page.case_no, page.person), [])
        choices["document"] = papers_to_name(listed)
    wants_people = [ask.name for ask in rule.asks if ask.type in ("person", "people")]
    if wants_people:
        staff = colleagues(office(), page.view["department"], page.now.date())
        task = page.view["tasks"][0] if page.view["tasks"] else None
        for name in wants_people:
            post = POST_OF_ASK.get(name) or (task["post"] if task and name == "to" else "")
            choices[name] = [
                (one.id, f"{one.name}（{'、'.join(POSTS[p] for p in one.posts if not post or p == post)}）")
                for one in staff
                if (not post or post in one.posts) and one.id != page.person.id
            ]
            if name == "people":  # who is asked to countersign has to hold a post that signs
                signing = {one.id for one in staff if set(SIGNERS) & set(one.posts)}
                choices[name] = [(one, label) for one, label in choices[name] if one in signing]
            if name in POST_OF_ASK:
                choices[name] = [(one.id, one.name) for one in staff if post in one.posts]
    rows: list[Row] = []
    if any(ask.type == "materials" for ask in rule.asks):
        listed = allowed(lambda: tracking.materials(office(), page.case_no, page.person), [])
        rows = [_row(one) for one in listed if one["supply"] == "applicant"]
        rows += [Row("", free=True) for _ in range(FREE_ROWS)]
    return Asked(choices, rows, _phrases(page, rule), _defaults(page, rule), _ways(rule))


def _ways(rule: Action) -> Mapping[str, Sequence[str]]:
    """Return {question: the ways of service it belongs to} where an act records service."""
    return WAYS if "serve" in rule.does else {}


def _row(one: dict[str, Any]) -> Row:
    missing = one["required"] and not one["files"]
    note = "必交，尚未提交" if missing else "已提交" if one["files"] else "选交"
    return Row(one["name"], "未提交，请提交。" if missing else "", note)


def _phrases(page: CasePage, rule: Action | None) -> Sequence[str]:
    """Return the ready phrases of the post under which the reader acts."""
    posts = [post for department, post in page.person.posts if department == page.view["department"]]
    return next((PHRASES[post] for post in (rule.by if rule else ()) if post in posts and post in PHRASES), ())


def _defaults(page: CasePage, rule: Action) -> dict[str, Any]:
    """Return what is most likely meant, to be looked at and changed."""
    names = {ask.name for ask in rule.asks}
    found: dict[str, Any] = {}
    if "notice_served_at" in names and any(ask.name == "notice_served_at" and ask.required for ask in rule.asks):
        found["notice_served_at"] = page.now.strftime("%Y-%m-%dT%H:%M")
    if "requester" in names and page.person.kind == "applicant":
        found["requester"] = page.view["applicant"]["name"]
    for name in ("document", "mode"):
        if name in names and request.args.get(name):
            found[name] = request.args[name]
    if "recipient" in names and not page.is_counter:  # there the name is covered
        found["recipient"] = page.view["applicant"]["name"]
    if "place" in names:
        form = page.form()
        found["place"] = plain(form.get("storage_address") or form.get("premises_address") or "")
    return found


def _last_said(page: CasePage) -> list[dict[str, Any]]:
    """Return the newest records that carry words: what the next person decides on."""
    events = page.events()[-12:]
    names = names_of(office(), trail.accounts_in(events, page.process))
    return [one for one in trail.lines(events, page.process, names)[::-1] if one["facts"]][:3]


@blp.post("/cases/<case_no>/claim")
def claim_it(case_no: str) -> Response:
    """Take the open task of this case."""
    return _hand(case_no, claim, "已签收。")


@blp.post("/cases/<case_no>/release")
def release_it(case_no: str) -> Response:
    """Put the task back for colleagues."""
    return _hand(case_no, release, "已退回待办池。")


def _hand(case_no: str, how: Any, said: str) -> Response:
    person = need_person()
    view = tracking.case_view(office(), case_no, person, now())
    task = view["tasks"][0]["id"] if view["tasks"] else None
    answer, problems, _status = (
        attempt(lambda: how(office(), task, person.id, now())) if task else (None, [Trouble("本件现在没有待办。")], 409)
    )
    if answer is None:
        for one in problems:
            say(one.text, "bad")
    else:
        say(said)
    return _on(case_no, person)
