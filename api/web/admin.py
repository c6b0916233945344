"""For administrators: people, manuals with their versions, lists, calendar, work put aside, settings. Mostly to read."""

import os
from hashlib import sha256
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from api.config import sources
from api.v1.common import decode_cursor, encode_cursor, office
from api.v1.papers import sent
from api.web.acting import say
from api.web.differences import differences
from api.web.items import entry_or_404
from api.web.who import need_post
from service_catalog import lint as manual_lint
from service_catalog.catalog import MANUALS
from service_catalog.catalog import catalog as shipped
from service_catalog.terms import stand_ins
from workflow.casework import webhooks
from workflow.casework.catalogue import all_lists, changes, list_of
from workflow.casework.machine_room import people, put_aside, put_back, waiting_work
from workflow.casework.now import now
from workflow.definitions.documents import DOCUMENTS, DocumentKind
from workflow.definitions.lint import lint_folder
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import POSTS
from workflow.papers.lint import issued
from workflow.papers.pdf import paper_pdf
from workflow.papers.samples import sample
from workflow.papers.wording import wordings

blp = Blueprint("admin", __name__, url_prefix="/admin")
PAGE = 50
ADMINS = ("catalogue-admin", "system-admin")
WHAT = {
    "clock": "时限", "email": "电子邮件", "sms": "短信", "wechat": "微信", "document": "文书", "notify": "消息", "certificate": "证照",
    "tell-systems": "对外推送", "archive": "归档", "invite-rating": "邀请评价", "open-branch": "开启分支", "tell-parent": "告知并联办件",
    "call-off": "终止分支", "permit-over": "证照到期", "scan-file": "病毒检查",
}  # fmt: skip
CALL_STATES = {"waiting": ("等待", "warn"), "sent": ("已送达", "good"), "quarantined": ("搁置", "bad")}
CALL_TOPICS = {"decision.granted": "准予许可", "decision.refused": "不予许可", "permit.changed": "证照变动"}
CHANGES = {
    "import": "导入清单", "item-added": "新增事项", "item-handed-down": "下放事项", "item-adjusted": "调整事项", "item-cancelled": "取消事项",
    "item-restored": "恢复事项", "list-created": "新建清单", "entry-added": "列入", "entry-ended": "移出",
}  # fmt: skip


@blp.get("")
def home() -> Response:
    """Show what there is to look after."""
    person = need_post(*ADMINS, "auditor")
    parts = [
        ("four_eyes.listed", _("两人确认的提议"), _("等待另一人确认的变更，自己提出的和已经结束的")),
        ("admin.manuals", _("事项手册和版本"), _("每个版本、差别、模型检查的结果")),
        ("administer.publish", _("发布流程和手册"), _("本发行版中还没有发布的版本")),
        ("admin.lists", _("事项清单"), _("列入、终止、变更记录")),
        ("holidays.calendar", _("工作日历"), _("国务院放假安排，载入新的一年")),
        ("admin.papers", _("文书目录"), _("文书的名称、字号和依据")),
        ("admin.accounts", _("人员和岗位"), _("谁在哪个部门担任什么岗位")),
        ("admin.jobs", _("后台任务"), _("等待的和失败后搁置的")),
        ("admin.calls", _("对外推送"), _("推送记录，失败的重新推送")),
        ("admin.settings", _("设置"), _("每一项的值和来源（只读）")),
    ]
    return make_response(render_template("admin/home.html", parts=parts, person=person))


@blp.get("/people")
def accounts() -> Response:
    """List accounts with their posts."""
    need_post("system-admin", "auditor")
    words = request.args.get("q", "").strip()[:60]
    found, more = people(office(), words, after=request.args.get("after", "")[:64], limit=PAGE, today=now().date())
    return make_response(render_template("admin/people.html", people=found, q=words, next=more, posts=POSTS))


@blp.get("/manuals")
def manuals() -> Response:
    """List the items with their versions."""
    need_post(*ADMINS, "auditor")
    items = shipped()
    rows = [
        {
            "code": code,
            "name": versions[-1].name_zh,
            "versions": [one.version for one in versions],
            "process": versions[-1].process,
        }
        for code, versions in sorted(_versions(items).items())
    ]
    titles = {process.slug: process.title for process in processes().values()}
    return make_response(render_template("admin/manuals.html", rows=rows, process_titles=titles))


def _versions(items: Any) -> dict[str, list[Any]]:
    return {code: sorted(ones, key=lambda one: one.effective_from) for code, ones in items.items.items()}


@blp.get("/manuals/<item_code>")
def manual(item_code: str) -> Response:
    """Show the versions of one manual, what each changed, and what the checks say of it."""
    person = need_post(*ADMINS, "auditor")
    entry = entry_or_404(item_code)
    versions = _versions(shipped()).get(entry.code)
    if not versions:
        abort(404)
    pairs = [
        {"version": new.version, "because": new.because, "changes": differences(old, new)}
        for old, new in pairwise(versions)
    ][::-1]
    file = MANUALS / versions[-1].file
    items, unreadable = manual_lint.read(file) if file.is_file() else ([], [])
    findings = [*unreadable, *manual_lint.judge(items)]
    unverified = manual_lint.unverified(versions[-1])
    return make_response(
        render_template(
            "admin/manual.html",
            item=versions[-1],
            versions=versions,
            pairs=pairs,
            findings=findings,
            unverified=unverified,
            closed_from=entry.cancelled_from,
            may_ask=person.has_post("catalogue-admin"),
        )
    )


@blp.get("/processes/check")
def model_check() -> Response:
    """Show what the model check finds in the processes of this release."""
    need_post(*ADMINS, "auditor")
    return make_response(render_template("admin/check.html", findings=lint_folder(), processes=processes().values()))


@blp.get("/lists")
def lists() -> Response:
    """Show the lists of items and the newest changes of the catalogue."""
    may_ask = need_post(*ADMINS, "auditor").has_post("catalogue-admin")
    listed = all_lists(office())
    recent, _more = changes(office(), before=None, limit=20)
    return make_response(
        render_template("admin/lists.html", lists=listed, changes=recent, change_names=CHANGES, may_ask=may_ask)
    )


@blp.get("/lists/<list_id>")
def one_list(list_id: str) -> Response:
    """Show one list and its entries."""
    may_ask = need_post(*ADMINS, "auditor").has_post("catalogue-admin")
    found, entries, more = list_of(office(), list_id, after=_number("after"), limit=PAGE, on=None)
    return make_response(render_template("admin/list.html", found=found, entries=entries, next=more, may_ask=may_ask))


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdigit() and len(text) < 18 else 0


@blp.get("/papers")
def papers() -> Response:
    """List the documents the office issues."""
    need_post(*ADMINS, "auditor")
    return make_response(render_template("admin/papers.html", kinds=DOCUMENTS.values(), worded=wordings()))


@blp.get("/papers/<code>")
def paper(code: str) -> Response:
    """Show one kind of paper as a sample, with everything its wording says."""
    need_post(*ADMINS, "auditor")
    return make_response(render_template("admin/paper.html", kind=_kind(code), content=_sample(code)))


@blp.get("/papers/<code>.pdf")
def paper_file(code: str) -> Response:
    """Send the sample as it is drawn."""
    need_post(*ADMINS, "auditor")
    body = paper_pdf(_sample(code), "")
    return sent(body, "application/pdf", etag=sha256(body).hexdigest(), name=f"样张 {_kind(code).title}.pdf")


def _kind(code: str) -> DocumentKind:
    found = next((one for one in DOCUMENTS.values() if one.code == code), None)
    if found is None:
        abort(404)
    return found


def _sample(code: str) -> dict[str, Any]:
    title = _kind(code).title
    actions = [a for process in processes().values() for a, one in issued(process, stand_ins()) if one == title]
    return sample(title, actions)


@blp.get("/jobs")
def jobs() -> Response:
    """Show what waits in the background and what was put aside."""
    person = need_post("system-admin", "auditor")
    text = render_template(
        "admin/jobs.html",
        counts=waiting_work(office()),
        aside=put_aside(office()),
        what=WHAT,
        may_release=person.has_post("system-admin"),
    )
    return make_response(text)


@blp.post("/jobs/<any(outbox, clocks, deliveries):queue>/release")
def release(queue: str) -> Any:
    """Let one thing that was put aside be tried again."""
    person = need_post("system-admin")
    put_back(office(), queue, request.form.get("key", "")[:200], person.id, now())
    say(_("已经放回队列，很快会再试。"))
    return redirect(url_for("admin.jobs"), code=303)


@blp.get("/calls")
def calls() -> Response:
    """Show the log of calls to other systems, newest first: every try, and what can be sent again."""
    need_post("system-admin")
    state = request.args.get("state", "")
    cursor = decode_cursor(request.args.get("cursor"), outbox=int)
    items, more = webhooks.calls(
        office(),
        state=state if state in CALL_STATES else None,
        before=cursor["outbox"] if cursor else None,
        limit=PAGE,
    )
    text = render_template(
        "admin/calls.html",
        calls=items,
        state=state,
        states=CALL_STATES,
        topics=CALL_TOPICS,
        next=encode_cursor({"outbox": more} if more else None),
    )
    return make_response(text)


@blp.post("/calls/<call_id>/replay")
def replay(call_id: str) -> Any:
    """Send one call again: the same id, the same bytes."""
    need_post("system-admin")
    webhooks.replay(office(), now(), call_id=call_id.replace("\x00", ""))
    say(_("已经放回队列，很快会再试。"))
    return redirect(url_for("admin.calls"), code=303)


@blp.get("/settings")
def settings() -> Response:
    """Show every setting with its source. Secrets are never shown."""
    need_post("system-admin", "auditor")
    return make_response(render_template("admin/settings.html", rows=list(sources(os.environ))))
