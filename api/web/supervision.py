"""For supervisors: how the limits are kept, what is late, which alerts are open, who carries how much. Every figure opens."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for

from api.v1.common import ID_LIMIT, decode_cursor, encode_cursor, office
from api.v1.supervision import reader
from api.web.acting import say
from api.web.lights import calendar_of
from api.web.who import need_post, need_staff
from workflow.casework.machine_room import open_load, tasks_of
from workflow.casework.now import now
from workflow.engine.vocabulary import POSTS
from workflow.oversight import handling, timeliness
from workflow.oversight.annual import permits_of
from workflow.oversight.figures import DIMENSIONS, FIGURES
from workflow.spreadsheet import Rows

blp = Blueprint("watch", __name__, url_prefix="/supervision")
WATCHERS = ("supervisor", "auditor")
PAGE = 50
DIMENSION_NAMES = {
    "department": "部门",
    "item": "事项",
    "person": "人员",
    "process": "流程",
    "post": "岗位",
    "step": "环节",
}
STATUS = {"open": "待处理", "explained": "已说明", "upheld": "已认定", "lifted": "已撤销"}
SHARES = {
    "in_law_per_mille": ("法定期限内办结", "in_law"),
    "as_promised_per_mille": ("承诺期限内办结", "as_promised"),
    "first_pass_per_mille": ("一次办成", "first_pass"),
    "disclosed_per_mille": ("按期公示", "disclosed"),
}
NOT_SHOWN = ("paused", "days_used")  # told as grounds and percentiles


def period() -> tuple[date, date]:
    """Return the days asked for: this year, if nothing sound was said."""
    today = now().date()
    try:
        first = date.fromisoformat(request.args.get("from", "") or f"{today.year}-01-01")
        last = date.fromisoformat(request.args.get("to", "") or today.isoformat())
    except ValueError:
        return date(today.year, 1, 1), today
    sound = date(1990, 1, 1) <= first <= last <= date(2200, 12, 31)
    return (first, last) if sound else (date(today.year, 1, 1), today)


def dimension() -> str:
    """Return by what is asked: departments, if nothing sound was said."""
    by = request.args.get("by", "department")
    return by if by in DIMENSIONS else "department"


def percent(per_mille: Any) -> str:
    """Return a share as people read it."""
    return "" if per_mille is None else f"{per_mille // 10}.{per_mille % 10}%"


@blp.get("")
def dashboard() -> Response:
    """Show the whole at a glance."""
    need_post(*WATCHERS)
    first, last = period()
    by = dimension()
    told = timeliness.timeliness(office().engine, first, last, by)
    today = now().date()
    late, more = timeliness.overdue(office().engine, calendar_of(office()), today, after=-1, limit=PAGE)
    open_ones = {**NO_FILTER, "status": "open"}
    alerts = handling.listed(office().engine, _reader(), open_ones, before=ID_LIMIT - 1, limit=PAGE + 1)
    return make_response(
        render_template(
            "supervision/dashboard.html",
            told=told,
            first=first,
            last=last,
            by=by,
            dimensions=DIMENSION_NAMES,
            figures={name: one for name, one in told["rules"].items() if name not in NOT_SHOWN},
            shares=SHARES,
            percent=percent,
            late=_counted(len(late), is_more=bool(more)),
            alerts=_counted(min(len(alerts), PAGE), is_more=len(alerts) > PAGE),
            load=open_load(office(), today),
            posts=POSTS,
            years=(today.year, today.year - 1),
            **_issued(today.year),
        )
    )


def _counted(n: int, *, is_more: bool) -> str:
    """Return a number of which no more than a page was looked at."""
    return f"{n}+" if is_more else str(n)


def _issued(year: int) -> dict[str, Any]:
    """Return permits issued by type, this year beside last, most first; and the chart of the first of them."""
    found: dict[str, dict[str, Any]] = {}
    for key, one_year in (("now", year), ("before", year - 1)):
        for row in permits_of(office().engine, one_year):
            empty = {"code": row["item_code"], "name": row["name"], "now": 0, "before": 0}
            found.setdefault(row["item_code"] or row["name"], empty)[key] += row["issued"]
    rows = sorted(found.values(), key=lambda one: (-one["now"], -one["before"], one["code"]))
    shown = rows[:12]
    series = [{"name": str(year), "values": [one["now"] for one in shown]}]
    series.append({"name": str(year - 1), "values": [one["before"] for one in shown]})
    return {"issued": rows, "chart": {"labels": [one["name"] for one in shown], "series": series}}


@blp.get("/cases")
def cases() -> Response:
    """Show the cases a figure is made of."""
    need_post(*WATCHERS)
    first, last = period()
    figure = FIGURES.get(request.args.get("figure", ""))
    if figure is None:
        abort(404)
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    items, more = timeliness.behind(
        office().engine,
        figure.name,
        first,
        last,
        by=dimension(),
        key=request.args.get("key"),
        after=cursor["id"] if cursor else -1,
        limit=PAGE,
    )
    return make_response(
        render_template(
            "supervision/cases.html",
            figure=figure,
            items=items,
            next=encode_cursor({"id": more} if more else None),
            first=first,
            last=last,
        )
    )


@blp.get("/load")
def load() -> Response:
    """Show the open tasks behind a number of the load."""
    need_post(*WATCHERS)
    asked = request.args
    department, post = asked.get("department", ""), asked.get("post", "")
    cursor = decode_cursor(asked.get("cursor"), id=int)
    late_on = now().date() if asked.get("late") else None
    after = cursor["id"] if cursor else -1
    items, more = tasks_of(office(), department, post, asked.get("holder"), late_on=late_on, after=after, limit=PAGE)
    return make_response(
        render_template(
            "supervision/load.html",
            items=items,
            department=department,
            post=POSTS.get(post, post),
            late=late_on is not None,
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.get("/overdue")
def overdue() -> Response:
    """Show open cases past their promised or statutory date."""
    need_post(*WATCHERS)
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    items, more = timeliness.overdue(
        office().engine, calendar_of(office()), now().date(), after=cursor["id"] if cursor else -1, limit=PAGE
    )
    return make_response(
        render_template("supervision/overdue.html", items=items, next=encode_cursor({"id": more} if more else None))
    )


@blp.get("/timeliness.csv")
def export() -> Response:
    """Send the table of the dashboard as CSV for spreadsheets; text that would be a formula is made plain."""
    need_post(*WATCHERS)
    first, last = period()
    told = timeliness.timeliness(office().engine, first, last, dimension())
    names = [name for name in told["rules"] if name not in NOT_SHOWN]
    out = io.StringIO()
    table = Rows(out)
    table.write(["名称", *(told["rules"][name]["title"] for name in names), *(title for title, _ in SHARES.values())])
    for one in told["items"]:
        table.write([one["name"], *(one.get(name, 0) for name in names), *(percent(one.get(key)) for key in SHARES)])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="timeliness-{first}-{last}.csv"'
    return response


NO_FILTER: dict[str, Any] = {"status": None, "level": None, "code": None, "department": None}


def _reader() -> handling.Reader:
    return reader(need_staff())


@blp.get("/alerts")
def alerts() -> Response:
    """Show alerts: all of them to those who oversee, their own to the others."""
    who = _reader()
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    status, level = request.args.get("status", ""), request.args.get("level", "")
    filters = {**NO_FILTER, "status": status if status in STATUS else None}
    filters["level"] = level if level in ("yellow", "red") else None
    before = cursor["id"] if cursor else ID_LIMIT - 1
    found = handling.listed(office().engine, who, filters, before=before, limit=PAGE + 1)
    more = found[PAGE - 1]["id"] if len(found) > PAGE else None
    return make_response(
        render_template(
            "supervision/alerts.html",
            alerts=found[:PAGE],
            names=STATUS,
            status=status,
            level=level,
            oversees=need_staff().oversees,
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.get("/urges")
def urges() -> Response:
    """Show the urge notes: what was asked of whom, by when, and whether it was answered."""
    need_post(*WATCHERS)
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    before = cursor["id"] if cursor else ID_LIMIT - 1
    items, more = handling.urges(office().engine, now().date(), before=before, limit=PAGE)
    return make_response(
        render_template(
            "supervision/urges.html", items=items, names=STATUS, next=encode_cursor({"id": more} if more else None)
        )
    )


@blp.get("/alerts/<int:alert_id>")
def alert(alert_id: int) -> Response:
    """Show one alert with its evidence and everything said of it."""
    who = _reader()
    found = _asked(lambda: handling.shown(office().engine, who, _sound(alert_id)))
    may_explain, may_judge = _asked(lambda: handling.could_say(office().engine, who, _sound(alert_id)))
    return make_response(
        render_template(
            "supervision/alert.html",
            alert=found,
            names=STATUS,
            words={**handling.WORDS, "raised": "发出"},
            may_explain=may_explain,
            may_judge=may_judge,
        )
    )


@blp.post("/alerts/<int:alert_id>/<kind>")
def say_of(alert_id: int, kind: str) -> Any:
    """Explain, urge, uphold or lift an alert."""
    who = _reader()
    if kind not in handling.WORDS:
        abort(404)
    back = redirect(url_for("watch.alert", alert_id=alert_id), code=303)
    text = request.form.get("text", "").strip()[:2000]
    try:
        answer_by = date.fromisoformat(request.form["answer_by"]) if request.form.get("answer_by") else None
    except ValueError:
        say("答复期限应当是一个日期。", "bad")
        return back
    if not text:
        say("请写明内容。", "bad")
        return back
    try:
        _asked(
            lambda: handling.handle(
                office().engine,
                who,
                _sound(alert_id),
                kind,  # type: ignore[arg-type]
                text,
                now(),
                answer_by=answer_by if kind == "urged" else None,
            )
        )
        say(f"已{handling.WORDS[kind]}。")  # type: ignore[index]
    except (handling.NotYours, handling.AlreadyClosed) as error:
        say(str(error), "bad")
    return back


def _sound(alert_id: int) -> int:
    if alert_id >= ID_LIMIT:
        abort(404)
    return alert_id


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except handling.NoSuchAlert:
        abort(404)
