"""Making an account: a person, or an organisation with its legal representative. Whether a name or number is known stays untold."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from marshmallow import ValidationError

from api.auth.sessions import page_session
from api.problems import Problem, flatten
from api.v1.accounts import NewAccount, faults_of, open_account, registration
from api.web.acting import by_name
from api.web.fields import Field, Trouble, with_errors
from api.web.i18n import said as _
from api.web.words import HOLDERS

blp = Blueprint("joining", __name__)
MADE = "made"  # the account this browser has just made: its name is shown once, on the next page
FIELDS = ("holder", "name", "id_no", "legal_representative", "phone", "email", "username", "password")
LENGTH_MAX = 200


@blp.get("/account/new")
def form() -> Response:
    """Ask who it is; who is logged in has an account."""
    if page_session():
        return _see(url_for("account.overview"))
    return _page({}, [], 200)


@blp.post("/account/new")
def make() -> Response:
    """Make the account, or say beside each field what is wrong."""
    sent = {key: request.form.get(f"form.{key}", "")[: LENGTH_MAX + 1] for key in FIELDS}
    given = {key: text if key == "password" else text.strip() for key, text in sent.items()}
    if given["holder"] == "person":
        given["legal_representative"] = ""  # without JavaScript the question stands there for a person too
    answered = {key: text for key, text in given.items() if text}
    try:
        found = open_account(NewAccount().load(answered))
    except ValidationError as error:
        wrong = flatten({**faults_of(answered), **error.normalized_messages()})
        return _page(given, _troubles({str(one["field"]): str(one["message"]) for one in wrong}), 422)
    except Problem as problem:
        return _page(given, [Trouble(problem.detail)], problem.status, problem.headers)
    form_session[MADE] = found
    return _see(url_for("joining.made"))


@blp.get("/account/new/made")
def made() -> Response:
    """Show the user name of the new account, and what comes next."""
    found = form_session.get(MADE)
    if not found:
        return _see(url_for("joining.form"))
    return make_response(render_template("joined.html", account=found["account"], is_open=found["status"] == "open"))


def _troubles(wrong: dict[str, str]) -> list[Trouble]:
    """Return what is wrong in the order of the page."""
    return [Trouble(wrong[key], f"q-form-{key}") for key in FIELDS if key in wrong]


def _page(given: dict[str, str], problems: list[Trouble], status: int, headers: Any = None) -> Response:
    fields = _fields(given)
    labels = {one.id: one.label for one in fields if not given.get(one.name.removeprefix("form."))}
    told = [
        replace(one, text=_("请填写：%(label)s。", label=labels[one.anchor])) if one.anchor in labels else one
        for one in problems
    ]
    page = render_template("joining.html", how=registration(), problems=told, fields=with_errors(fields, by_name(told)))
    return make_response(page, status, headers or {})


def _fields(given: dict[str, str]) -> list[Field]:
    """Return the questions; a password is never sent back."""
    kinds = tuple((key, _(name)) for key, name in HOLDERS.items())
    only_organisations = {"field": "holder", "is": "organisation"}

    def ask(key: str, label: str, kind: str = "text", **more: Any) -> Field:
        return Field(f"form.{key}", label, kind, text=given.get(key, ""), **more)

    return [
        Field("form.holder", _("为谁开通账号"), "radios", options=kinds, values=(given.get("holder", ""),)),
        ask("name", _("姓名或者单位全称"), hint=_("与身份证或者营业执照一致。"), complete="name"),
        ask("id_no", _("证件号码"), hint=_("个人填公民身份号码，单位填统一社会信用代码。")),
        ask("legal_representative", _("法定代表人（负责人）姓名"), hint=_("只有单位填写。"), shown=only_organisations),
        ask("phone", _("联系电话"), "tel", hint=_("用来接收办理通知。"), complete="tel"),
        ask("email", _("电子邮箱"), "email", required=False, complete="email"),
        ask(
            "username",
            _("想要的用户名"),
            hint=_("小写字母开头，3 到 32 个小写字母、数字、点或者下划线。系统会在后面加四位数字。"),
            complete="username",
        ),
        Field(
            "form.password",
            _("密码"),
            "password",
            hint=_("至少 10 个字符，不要包含用户名。可以用几个不相干的词连起来。"),
            complete="new-password",
        ),
    ]


def _see(address: str) -> Response:
    response: Any = redirect(address, code=303)
    found: Response = response
    return found
