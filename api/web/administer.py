"""Where administrators ask for a change: posts, linked accounts, lists, closed items, new versions. Each makes a proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from api.problems import Problem
from api.v1.catalog_lists import known_items
from api.v1.common import ID_LIMIT, office
from api.v1.proposals import manual_versions, shipped
from api.web.acting import attempt, known, say
from api.web.changes import changes_of
from api.web.fields import Field, Trouble
from api.web.four_eyes import propose
from api.web.i18n import said
from api.web.items import entry_or_404
from api.web.who import need_post
from workflow.casework import catalogue as changing
from workflow.casework.catalogue import Author
from workflow.casework.machine_room import account_card, departments
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.posts import GIVABLE, posts_held
from workflow.casework.publish import unpublished
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import POSTS

blp = Blueprint("administer", __name__, url_prefix="/admin")
POSTS_MAX = 200
BECAUSE = Field("because", "理由", "long", hint="写明依据的文件或者决定，另一人据此确认。")
BASIS = replace(BECAUSE, name="basis", label="依据")


def typed(fields: Sequence[Field]) -> tuple[dict[str, str], list[Trouble], list[Field]]:
    """Return (what was typed, what is missing or no date, the questions as they are to be shown again)."""
    given = {one.name: request.form.get(one.name, "").replace("\x00", "").strip()[:1000] for one in fields}
    wrong = {one.name: text for one in fields if (text := _wrong(one, given[one.name]))}
    shown = [
        replace(one, text=given[one.name], values=(given[one.name],), error=wrong.get(one.name, "")) for one in fields
    ]
    return given, [Trouble(text, _id_of(fields, name)) for name, text in wrong.items()], shown


def in_words(fields: Sequence[Field]) -> list[Field]:
    """Return the questions in the reader's language."""
    return [replace(one, label=said(one.label), hint=said(one.hint)) for one in fields]


def _wrong(one: Field, value: str) -> str:
    if not value:
        return said("请填写：%(what)s。", what=said(one.label)) if one.required else ""
    if one.kind == "date" and not _is_date(value):
        return said("%(what)s应当是日期。", what=said(one.label))
    if one.options and value not in dict(one.options):
        return said("请选择：%(what)s。", what=said(one.label))
    return ""


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _id_of(fields: Sequence[Field], name: str) -> str:
    return next(one.id for one in fields if one.name == name)


# ---- people


@blp.get("/people/<account>")
def person(account: str) -> Response:
    """Show one account: its posts, whose it is, and what may be proposed for it."""
    need_post("system-admin", "auditor")
    return _person(account)


def _person(account: str, asked: Mapping[str, Sequence[Field]] | None = None, **how: Any) -> Response:
    viewer = need_post("system-admin", "auditor")
    card = account_card(office(), account)
    if card is None:
        abort(404)
    held, _more = posts_held(
        office(), now().date(), person=account, department=None, post=None, after="", limit=POSTS_MAX
    )
    may_ask = viewer.has_post("system-admin") and viewer.id not in card["same"] and card["kind"] == "staff"
    text = render_template(
        "admin/person.html",
        one=card,
        held=held,
        posts=POSTS,
        may_ask=may_ask,
        asked={what: in_words(one) for what, one in {**_of_person(held, card), **(asked or {})}.items()}
        if may_ask
        else {},
        problems=how.get("problems", []),
        places=departments(office()),
    )
    return make_response(text, how.get("status", 200))


def _of_person(held: Sequence[Mapping[str, Any]], card: Mapping[str, Any]) -> dict[str, list[Field]]:
    """Return the questions of each change that may be asked for."""
    ending = tuple(
        (f"{one['department']}|{one['post']}", f"{POSTS.get(one['post'], one['post'])}（{one['department']}）")
        for one in held
        if one["valid"]
    )
    asked = {
        "give": [
            Field("department", "部门", "text"),
            Field("post", "岗位", "select", options=tuple((post, POSTS[post]) for post in GIVABLE)),
            Field("valid_until", "最后一日", "date", required=False, hint="不填就没有期限。"),
            BECAUSE,
        ],
        "link": [
            Field("other", "另一个账号", "text", hint="同一人的两个账号：一个人不能用它们办理须由两人办理的事。"),
            BECAUSE,
        ],
    }
    if ending:
        asked["take"] = [Field("held", "收回哪个岗位", "radios", options=ending), BECAUSE]
    if len(card["same"]) > 1:
        asked["separate"] = [BECAUSE]
    return asked


@blp.post("/people/<account>/<any(give, take, link, separate):what>")
def change_person(account: str, what: str) -> Any:
    """Propose a change of posts or of whose account it is."""
    viewer = need_post("system-admin")
    card = account_card(office(), account)
    if card is None:
        abort(404)
    held, _more = posts_held(
        office(), now().date(), person=account, department=None, post=None, after="", limit=POSTS_MAX
    )
    fields = _of_person(held, card).get(what)
    if fields is None:
        abort(404)
    given, problems, shown = typed(fields)
    status = 422
    if not problems:
        kind, body = _body_of(what, account, given)
        answer, problems, status = propose(kind, body, given["because"], viewer)
        if answer is not None:
            return answer
    return _person(account, {what: shown}, problems=problems, status=status)


def _body_of(what: str, account: str, given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    if what == "link":
        return "link-people", {"accounts": [account, given["other"]]}
    if what == "separate":
        return "separate-people", {"account": account}
    if what == "take":
        department, _bar, post = given["held"].rpartition("|")
        return "take-post", {"person": account, "department": department, "post": post}
    wanted = {"person": account, "department": given["department"][:100], "post": given["post"]}
    return "give-post", wanted | {"valid_until": given["valid_until"] or None}


# ---- lists and items


ENTRIES = (
    Field("items", "事项编码", "lines", hint="每行一个。"),
    Field("valid_from", "自何日起", "date", required=False, hint="不填就是今天。"),
    BASIS,
)
LIST = (
    Field("list_id", "编号", "text", hint="小写字母、数字和短横线，最多 40 个。"),
    Field("name", "名称", "text"),
    Field("note", "说明", "text", required=False),
    BASIS,
)
END = (Field("valid_until", "最后一日", "date"), BASIS)
CANCEL = (Field("cancelled_from", "自何日起不再受理", "date"), BASIS)
CODES_MAX = 500


@blp.route("/lists/new", methods=["GET", "POST"])
def new_list() -> Any:
    """Make an empty list; what is put on it takes two people."""
    person = need_post("catalogue-admin")
    fields: Sequence[Field] = LIST
    problems: list[Trouble] = []
    status = 200
    if request.method == "POST":
        given, problems, fields = typed(LIST)
        status = 422
        if not problems and not _is_list_id(given["list_id"]):
            problems = [Trouble(_("编号应当由小写字母、数字和短横线组成，最多 40 个。"), fields[0].id)]
        if not problems:
            made, problems, status = attempt(
                lambda: changing.create_list(
                    office(),
                    given["list_id"],
                    given["name"][:100],
                    given["note"],
                    Author(person.id, person.name, now(), given["basis"]),
                    known(),
                )
            )
            if made is not None:
                say(_("已新建清单。"))
                return redirect(url_for("admin.one_list", list_id=made["list_id"]), code=303)
    return _form(_("新建清单"), fields, problems, status, back=url_for("admin.lists"), name=_("事项清单"))


def _is_list_id(text: str) -> bool:
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    return 0 < len(text) <= 40 and text[0] != "-" and all(letter in allowed for letter in text)


@blp.route("/lists/<list_id>/entries", methods=["GET", "POST"])
def put_entries(list_id: str) -> Any:
    """Propose to put items on a list."""
    person = need_post("catalogue-admin")
    found, _entries, _more = changing.list_of(office(), list_id, after=0, limit=1, on=None)
    return _asking(
        _("把事项列入清单"),
        ENTRIES,
        lambda given: ("list-entries", _entries_body(list_id, given)),
        person,
        back=url_for("admin.one_list", list_id=list_id),
        name=found["name"],
    )


def _entries_body(list_id: str, given: Mapping[str, str]) -> dict[str, Any]:
    codes = [line.strip() for line in given["items"].splitlines() if line.strip()][:CODES_MAX]
    return {
        "list": list_id,
        "items": known_items(codes),
        "valid_from": given["valid_from"] or now().date().isoformat(),
    }


@blp.route("/lists/<list_id>/entries/<int:entry_id>/end", methods=["GET", "POST"])
def end_entry(list_id: str, entry_id: int) -> Any:
    """Propose to take one item off a list."""
    person = need_post("catalogue-admin")
    if entry_id >= ID_LIMIT:
        abort(404)
    found, entries, _more = changing.list_of(office(), list_id, after=entry_id - 1, limit=1, on=None)
    entry = next((one for one in entries if one["entry_id"] == entry_id), None)
    if entry is None:
        abort(404)
    return _asking(
        f"{_('移出清单')}：{entry['item_name'] or entry['item_code']}",
        END,
        lambda given: ("end-entry", {"list": list_id, "entry": entry_id, "valid_until": given["valid_until"]}),
        person,
        back=url_for("admin.one_list", list_id=list_id),
        name=found["name"],
    )


@blp.route("/manuals/<item_code>/<any(cancel, restore):what>", methods=["GET", "POST"])
def cancel_item(item_code: str, what: str) -> Any:
    """Propose to close an item to new cases, or to open it again."""
    person = need_post("catalogue-admin")
    entry = entry_or_404(item_code)
    is_closing = what == "cancel"
    return _asking(
        f"{_('取消事项') if is_closing else _('恢复事项')}：{entry.name}",
        CANCEL if is_closing else (BASIS,),
        lambda given: ("cancel-item", {"item": entry.code, "cancelled_from": given.get("cancelled_from")}),
        person,
        back=url_for("admin.manual", item_code=entry.code),
        name=entry.name,
    )


def _asking(title: str, wanted: Sequence[Field], body_of: Any, person: Person, *, back: str, name: str) -> Any:
    """Show a form, or propose what was typed into it."""
    fields, problems, status = wanted, [], 200
    if request.method == "POST":
        given, problems, fields = typed(wanted)
        status = 422
        if not problems:
            try:
                kind, body = body_of(given)
                answer, problems, status = propose(kind, body, given["basis"], person)
            except Problem as error:
                answer, problems, status = None, [Trouble(str(one["message"])) for one in error.errors], error.status
            if answer is not None:
                return answer
    return _form(title, fields, problems, status, back=back, name=name)


def _form(
    title: str, fields: Sequence[Field], problems: Sequence[Trouble], status: int, *, back: str, name: str
) -> Response:
    text = render_template(
        "admin/ask.html", title=title, fields=in_words(fields), problems=problems, back=back, name=name
    )
    return make_response(text, status)


# ---- versions


@blp.route("/publish", methods=["GET", "POST"])
def publish() -> Any:
    """Show which versions of this release are not published yet, and propose to publish them."""
    person = need_post("catalogue-admin", "system-admin", "auditor")
    fields: Sequence[Field] = (BECAUSE,)
    problems: list[Trouble] = []
    status = 200
    if request.method == "POST":
        person = need_post("catalogue-admin")
        given, problems, fields = typed(fields)
        status = 422
        if not problems:
            body, problems, status = attempt(shipped)
            answer = None
            if body is not None:
                answer, problems, status = propose("publish", body, given["because"], person)
            if answer is not None:
                return answer
    new = unpublished(office(), list(processes().values()), manual_versions())
    text = render_template(
        "admin/publish.html",
        changes=changes_of("publish", new),
        fields=in_words(fields),
        problems=problems,
        may_ask=person.has_post("catalogue-admin"),
    )
    return make_response(text, status)
