"""Accounts of applicants: opened by themselves, checked at a window, changed by their owner."""

import re
from dataclasses import asdict
from typing import Any

from flask import Response, current_app, request
from flask.views import MethodView
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from api.auth.entrance import check_password, throttle
from api.auth.passwords import wrong_password
from api.auth.throttle import Limit, network_of
from api.auth.tokens import signer, tokens, whoami
from api.config import Settings
from api.problems import Problem, invalid
from api.v1.common import Strict, StrictBlueprint, office
from service_catalog.identifiers import wrong_citizen_id, wrong_phone, wrong_uscc
from service_catalog.values import clean_text
from workflow.casework import accounts
from workflow.casework.now import now

blp = StrictBlueprint("accounts", __name__, description="账号")
NAME_MAX = 100
NEW_ACCOUNTS = Limit(30, 900)  # made from one address: a hall with one line out makes many
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}")


class NewAccount(Strict):
    username = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z][a-z0-9._]{2,31}\Z"),
        metadata={"description": "小写字母开头，3 到 32 个小写字母、数字、点或下划线；账号是它加四位数字"},
    )
    password = fields.String(required=True, metadata={"description": "10 到 200 个字符"})
    holder = fields.String(required=True, validate=validate.OneOf(["person", "organisation"]))
    name = fields.String(required=True, metadata={"description": "姓名或单位全称"})
    id_no = fields.String(required=True, metadata={"description": "公民身份号码或统一社会信用代码"})
    phone = fields.String(required=True)
    email = fields.String(load_default="")
    legal_representative = fields.String(load_default="", metadata={"description": "单位的法定代表人姓名"})

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        found = faults_of(data)
        if found:
            raise ValidationError(found)

    @post_load
    def _clean(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {name: clean_text(data[name], NAME_MAX)[0] for name in ("name", "legal_representative")}


class ChangedProfile(Strict):
    phone = fields.String()
    email = fields.String()
    legal_representative = fields.String()


class NewPassword(Strict):
    old = fields.String(required=True, validate=validate.Length(1, 200))
    new = fields.String(required=True)


class SeenDocument(Strict):
    id_no = fields.String(required=True, validate=validate.Length(1, 40))


class Opened(Strict):
    account = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["open", "to-be-checked"]})


class Profile(Strict):
    id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    holder = fields.String(required=True)
    id_no = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    legal_representative = fields.String(required=True)
    checked_on = fields.Date(required=True, allow_none=True)


def open_account(body: dict[str, Any]) -> dict[str, str]:
    """Return the account and its status; pages and programs both register here.

    Raises Problem 403 where the office lets nobody register, 429 where one address makes very many accounts.
    """
    how = registration()
    if how == "closed":
        raise Problem(403, "REGISTRATION_CLOSED", "本系统不开放自行注册，请到政务服务窗口开通账号。")
    wait = throttle().take(throttle().key("accounts", network_of(request.remote_addr)), NEW_ACCOUNTS, now())
    if wait:
        text = f"从这个网络注册的账号过多，请在 {wait} 秒后再试，或者到政务服务窗口开通账号。"
        raise Problem(429, "REGISTRATION_THROTTLED", text, headers={"Retry-After": str(wait)})
    account = accounts.register(office(), accounts.NewAccount(**body), now(), is_open=how == "open")
    return {"account": account, "status": "open" if how == "open" else "to-be-checked"}


def confirm_account(account: str, id_no: str, by: str) -> None:
    """Note that a window has seen the document with this number; pages and programs both confirm here.

    Raises NotFound, Problem 422 where it is not the number the account claims, 409 where another account has it.
    """
    try:
        accounts.confirm_identity(office(), account, id_no, by, now())
    except accounts.WrongNumber as error:
        raise invalid([{"field": "id_no", "message": "证件号码与账号登记的不一致，请核对证件。"}]) from error
    except accounts.NumberTaken as error:
        raise Problem(409, "NUMBER_TAKEN", "这个证件号码已核验给另一个账号，请申请人使用原账号。") from error


def registration() -> str:
    """Return checked, open or closed: whether people make accounts themselves, and when they can log in."""
    settings: Settings = current_app.extensions["banjian.settings"]
    return settings.registration


@blp.route("/accounts")
class Accounts(MethodView):
    @blp.arguments(NewAccount)
    @blp.response(202, Opened)
    @blp.alt_response(403, description="本办公室不开放注册")
    @blp.alt_response(429, description="同一网络注册过多，请按 Retry-After 等待")
    def post(self, body: dict[str, Any]) -> dict[str, str]:
        """注册申请人账号；窗口核验证件后（或者立即，视本办公室的设定）可以登录"""
        return open_account(body)


@blp.route("/accounts/me")
class Me(MethodView):
    @blp.response(200, Profile)
    @blp.alt_response(401, description="未登录")
    def get(self) -> dict[str, Any]:
        """查看自己的账号"""
        return asdict(accounts.profile(office(), whoami().id))

    @blp.arguments(ChangedProfile)
    @blp.response(200, Profile)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(404, description="工作人员的账号由管理员维护")
    def patch(self, body: dict[str, str]) -> dict[str, Any]:
        """修改联系方式、法定代表人；名称和证件号码须到窗口变更"""
        me = accounts.profile(office(), whoami().id)
        checked = {
            "holder": me.holder,
            "legal_representative": me.legal_representative,
            "phone": me.phone,
            "email": me.email,
        } | body
        found = _contact_faults(checked)
        if found:
            raise invalid([{"field": field, "message": text} for field, (text,) in found.items()])
        return asdict(accounts.change_profile(office(), me.id, body, now()))


@blp.route("/accounts/me/password")
class Password(MethodView):
    @blp.arguments(NewPassword)
    @blp.response(204)
    @blp.alt_response(401, description="旧密码不正确")
    @blp.alt_response(429, description="错误次数过多")
    def post(self, body: dict[str, str]) -> Response:
        """修改密码；所有会话和令牌随即作废，请重新登录"""
        person = whoami()
        wrong = wrong_password(body["new"], person.id)
        if wrong or body["new"] == body["old"]:
            raise invalid([{"field": "new", "message": wrong or "新密码与旧密码相同，请换一个。"}])
        check_password(person, body["old"])
        accounts.change_password(office(), person.id, body["new"], now())
        tokens().forget()
        return Response(status=204)


@blp.route("/accounts/<account>/confirm")
class Confirm(MethodView):
    @blp.arguments(SeenDocument)
    @blp.response(204)
    @blp.alt_response(403, description="不是窗口人员")
    @blp.alt_response(404, description="没有这个账号")
    @blp.alt_response(409, description="这个号码已核验给另一个账号")
    def post(self, body: dict[str, str], account: str) -> Response:
        """窗口人员看过证件原件后，录入证件上的号码，开通账号"""
        confirm_account(account, body["id_no"].strip(), whoami().id)
        return Response(status=204)


@blp.route("/accounts/<account>/deactivate")
class Deactivate(MethodView):
    @blp.response(204)
    @blp.alt_response(403, description="不是系统管理员")
    @blp.alt_response(404, description="没有这个账号")
    def post(self, account: str) -> Response:
        """停用账号；其会话和令牌随即作废"""
        person = signer()
        if account == person.id:
            raise Problem(409, "OWN_ACCOUNT", "不能停用自己的账号，请由另一位系统管理员办理。")
        accounts.deactivate(office(), account, now(), by=person.id)
        tokens().forget()
        return Response(status=204)


def faults_of(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with a registration, field by field."""
    check_number = {"person": lambda no: wrong_citizen_id(no, now().date()), "organisation": wrong_uscc}.get(
        data.get("holder", "")
    )
    found = _contact_faults(data)
    checks = {
        "password": wrong_password(data.get("password", ""), data.get("username", "")),
        "name": _wrong_name(data.get("name", "")),
        "id_no": check_number(data["id_no"]) if check_number and "id_no" in data else "",
    }
    return found | {field: [text] for field, text in checks.items() if text}


def _contact_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    legal = data.get("legal_representative", "")
    is_organisation = data.get("holder") == "organisation"
    checks = {
        "phone": wrong_phone(data.get("phone", "")),
        "email": "" if not data.get("email") or _EMAIL.fullmatch(data["email"]) else "电子邮箱写法不正确，请核对。",
        "legal_representative": (
            _wrong_name(legal) if is_organisation else "个人和工作人员的账号没有法定代表人。" if legal else ""
        ),
    }
    return {field: [text] for field, text in checks.items() if text}


def _wrong_name(text: str) -> str:
    return clean_text(text, NAME_MAX)[1] if text else "必填。"
