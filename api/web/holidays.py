"""The working calendar: which years are loaded, what a State Council notice would change, and the proposal to load it."""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _

from api.v1.common import office
from api.web.fields import Trouble
from api.web.four_eyes import propose
from api.web.i18n import said
from api.web.who import need_post
from workflow.casework import calendar as loading
from workflow.casework.machine_room import open_cases
from workflow.casework.now import now
from workflow.casework.recompute import waiting
from workflow.definitions.holiday_notice import HolidayNotice, NoticeError, check_notice, parse_notice
from workflow.engine.errors import DefinitionError
from workflow.engine.vocabulary import CLOCK_IDS

blp = Blueprint("holidays", __name__, url_prefix="/admin/calendar")
READERS = ("catalogue-admin", "system-admin", "auditor")
LOOKED_AT = 2000  # open cases a preview counts anew; the command and the background work count all of them
SHOWN = 100
FILE_MAX = 100_000
PASTED = "通知文件"


@blp.route("", methods=["GET", "POST"])
def calendar() -> Response:
    """Show the loaded years; show what a notice that was pasted, sent as a file or typed would change."""
    need_post(*READERS)
    if request.method == "GET":
        return _page()
    try:
        notice = _given()
    except (NoticeError, DefinitionError, UnicodeDecodeError) as error:
        return _page(problems=_troubles(error), status=422)
    return _page(notice=notice)


@blp.post("/propose")
def ask() -> Any:
    """Propose to load the notice that was looked at; another administrator confirms it."""
    person = need_post("catalogue-admin")
    try:
        notice = check_notice(_parsed(request.form.get("notice", "")), today=now().date())
    except NoticeError as error:
        return _page(problems=_troubles(error), status=422)
    body = {"notice": plain_of(notice), "confirm": request.form.get("confirm") == "1"}
    answer, problems, status = propose("load-calendar", body, notice.source[:1000], person)
    return answer or _page(notice=notice, problems=problems, status=status)


def _given() -> HolidayNotice:
    """Return the notice of the file, else of the pasted text, else of the single fields. Raises what reading it raises."""
    file = request.files.get("file")
    today = now().date()
    if file is not None and file.filename:
        return parse_notice(file.stream.read(FILE_MAX).decode("utf-8"), file.filename[:100], today=today)
    text = request.form.get("notice", "").strip()
    if text:
        return parse_notice(text[:FILE_MAX], PASTED, today=today)
    return check_notice(_typed(), today=today)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text[:FILE_MAX])
    except ValueError:
        return None


def _troubles(error: Exception) -> list[Trouble]:
    if isinstance(error, NoticeError):
        return [
            Trouble((said("第 %(n)s 行：", n=one.line) if one.line else "") + f"{one.what}。") for one in error.errors
        ]
    if isinstance(error, UnicodeDecodeError):
        return [Trouble(_("文件应当是 UTF-8 编码的文字。"), "file")]
    return [Trouble(_("文件读不懂，请按格式核对：%(what)s", what=str(error)), "notice")]


def plain_of(notice: HolidayNotice) -> dict[str, Any]:
    """Return a notice as a file holds it: what a proposal keeps."""
    return {
        "year": notice.year,
        "source": notice.source,
        "doc_no": notice.doc_no,
        "published_on": notice.published_on.isoformat(),
        "days_off": {day.isoformat(): name for day, name in notice.off.items()},
        "worked": [day.isoformat() for day in notice.worked],
    }


def _typed() -> dict[str, Any]:
    """Return the notice as it was typed: a day off a line (2027-01-01 元旦), a worked weekend a line."""
    off: dict[str, str] = {}
    for line in request.form.get("days_off", "").splitlines():
        day, _space, name = line.strip().partition(" ")
        if day:
            off[day] = name.strip() or "休息日"
    year = request.form.get("year", "").strip()
    return {
        "year": int(year) if year.isdigit() and len(year) == 4 else year,
        "source": request.form.get("source", "").strip(),
        "doc_no": request.form.get("doc_no", "").strip(),
        "published_on": request.form.get("published_on", "").strip(),
        "days_off": off,
        "worked": request.form.get("worked", "").split(),
    }


def _page(notice: HolidayNotice | None = None, problems: list[Trouble] | None = None, status: int = 200) -> Response:
    newest = {line.version.year: line.version for line in loading.versions(office()) if line.is_in_force}
    text = render_template(
        "admin/calendar.html",
        years=[newest[year] for year in sorted(newest, reverse=True)],
        looked=_looked(notice) if notice else None,
        problems=problems or [],
        typed=request.form,
        waiting=waiting(office()),
        may_ask=need_post(*READERS).has_post("catalogue-admin"),
    )
    return make_response(text, status)


def _looked(notice: HolidayNotice) -> Mapping[str, Any]:
    """Return what loading a notice would do: the days, the doubts, the open cases whose dates move."""
    seen = loading.preview(office(), notice, now(), most=LOOKED_AT)
    moved = list(seen.cases)
    left = open_cases(office()) - LOOKED_AT
    return {
        "notice": notice,
        "as_text": json.dumps(plain_of(notice), ensure_ascii=False),
        "days": seen.days,
        "doubts": seen.doubts,
        "moved": len(moved),
        "not_looked_at": max(left, 0),
        "rows": [
            (case_no, CLOCK_IDS.get(row["clock"], row["clock"]), row) for case_no, row in islice(_flat(moved), SHOWN)
        ],
    }


def _flat(moved: Any) -> Any:
    return ((case_no, row) for case_no, rows in moved for row in rows)
