"""核验证件: a window clerk has the document in hand and types its number; from then on the account is that person's."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.v1.accounts import confirm_account
from api.web.acting import anchor_of, attempt, by_name, say
from api.web.fields import Field, Trouble, with_errors
from api.web.i18n import said as _
from api.web.who import need_staff
from workflow.casework.errors import NotFound

blp = Blueprint("identity", __name__)
ACCOUNT, NUMBER = "form.account", "form.id_no"


@blp.get("/accounts/confirm")
def ask() -> Response:
    """Show the form."""
    return _page([], 200)


@blp.post("/accounts/confirm")
def confirm() -> Response:
    """Take account and number, or say beside the field what is wrong. The number is not shown again."""
    person = need_staff()
    account, number = _typed(ACCOUNT), _typed(NUMBER)
    missing = {
        ACCOUNT: "" if account else _("请填写申请人的用户名。"),
        NUMBER: "" if number else _("请填写证件上的号码。"),
    }
    if any(missing.values()):
        return _page([Trouble(text, anchor_of(name)) for name, text in missing.items() if text], 422)
    try:
        _done, problems, status = attempt(lambda: confirm_account(account, number, person.id))
    except NotFound:
        return _page([Trouble(_("没有这个账号，请核对用户名。"), anchor_of(ACCOUNT))], 404)
    if problems:
        return _page([Trouble(one.text, anchor_of(NUMBER)) for one in problems], status)
    say(_("%(account)s 的证件已核验，可以登录办事。", account=account))
    return redirect(url_for("identity.ask"), code=303)  # type: ignore[return-value]


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:100]


def _page(problems: list[Trouble], status: int) -> Response:
    fields = [
        Field(ACCOUNT, _("用户名"), "text", text=_typed(ACCOUNT), hint=_("注册时显示给申请人的用户名。")),
        Field(NUMBER, _("证件号码"), "text", hint=_("照证件原件录入：身份证号码，或者统一社会信用代码。")),
    ]
    page = render_template("staff/identity.html", fields=with_errors(fields, by_name(problems)), problems=problems)
    return make_response(page, status)
