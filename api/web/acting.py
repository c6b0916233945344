"""What every form of a case shares: the version its reader saw, a key against double clicks, refusals in words."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash, request
from markupsafe import Markup, escape

from api.problems import Problem, of_reasons
from api.web.fields import Trouble
from api.web.i18n import said as _
from workflow.casework.errors import KeyReused, NotFound, RefusedError, StaleCase, TaskTaken
from workflow.store.cases import Idempotency

T = TypeVar("T")
REFUSALS = (RefusedError, StaleCase, TaskTaken, KeyReused, Problem)


def once(version: int | None = None) -> Markup:
    """Return the hidden fields of a form that acts on a case: what version it was made from, and a key of its own."""
    key = Markup('<input type="hidden" name="command" value="{}">').format(uuid.uuid4().hex)
    seen = Markup('<input type="hidden" name="version" value="{}">').format(version) if version is not None else ""
    return key + escape(seen)


def known() -> Idempotency | None:
    """Return the key of this form: sent twice, it is done once."""
    key = request.form.get("command", "")
    if not key.isalnum() or len(key) > 64:
        return None
    told = sorted((k, v) for k, v in request.form.items(multi=True) if k not in ("csrf_token", "second_factor"))
    digest = hashlib.sha256(repr((request.path, told)).encode())
    return Idempotency(f"page:{key}", digest.hexdigest())


def seen_version() -> int | None:
    """Return the version the form was made from, or None."""
    text = request.form.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else None


def attempt(do: Callable[[], T]) -> tuple[T | None, list[Trouble], int]:
    """Return (what was done or None, why not, the status to answer with)."""
    try:
        return do(), [], 200
    except NotFound:
        raise
    except REFUSALS as error:
        return None, troubles(error), _status(error)


def troubles(error: Exception) -> list[Trouble]:
    """Return a refusal as lines for people: each says what to do and, where there is a field, leads to it."""
    if isinstance(error, RefusedError):
        error = of_reasons(error.refused.reasons)
    if isinstance(error, StaleCase):
        last = error.last or {}
        who = (last.get("actor") or {}).get("name") or _("系统")
        text = _("您打开这一页之后，%(who)s刚刚办理了本件。页面已经更新，请看过以后再办理。", who=who)
        return [Trouble(text)]
    if isinstance(error, TaskTaken):
        return [
            Trouble(
                _("待办已由 %(who)s 签收。", who=error.assignee) if error.assignee else _("请先签收这个待办，再办理。")
            )
        ]
    if isinstance(error, KeyReused):
        return [Trouble(_("这个表单已经提交过，请刷新页面。"))]
    assert isinstance(error, Problem)
    if not error.errors:
        return [Trouble(_(error.detail), law=error.law)]
    return [
        Trouble(_(str(one["message"])), anchor_of(where), str(one.get("law", "")), where)
        for one in error.errors
        for where in (str(one.get("field", "")),)
    ]


def _status(error: Exception) -> int:
    if isinstance(error, RefusedError):
        return of_reasons(error.refused.reasons).status
    return error.status if isinstance(error, Problem) else 409


def anchor_of(path: str) -> str:
    """Return the id of the control a problem is about: form.x, data.x, applicant.x."""
    head = path.split(".", maxsplit=1)[0]
    name = ".".join(path.split(".")[:2])
    return f"q-{name.replace('.', '-')}" if head in ("form", "data", "applicant") else ""


def by_name(error: list[Trouble]) -> dict[str, str]:
    """Return {field name: text} of the troubles that belong to one field."""
    found: dict[str, str] = {}
    for one in error:
        if one.anchor:
            name = one.anchor.removeprefix("q-").replace("-", ".", 1)
            found.setdefault(name, one.text)
    return found


def say(text: str, kind: str = "good") -> None:
    """Put a sentence on the next page."""
    flash(text, kind)


def done(name: str) -> None:
    """Say that an action was taken."""
    say(_("已办理：%(name)s。", name=_(name)))


def plain(value: Any) -> str:
    """Return a value of a form or a record as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "；".join(plain(one) for one in value)
    if isinstance(value, dict) and {"material", "what"} <= value.keys():
        return f"{value['material']}：{value['what']}"
    if isinstance(value, dict):
        return "：".join(plain(one) for one in value.values())
    return "" if value is None else str(value)
