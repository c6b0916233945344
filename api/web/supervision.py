"""For supervisors: how the limits are kept, what is late, which alerts are open, who carries how much. Every figure opens."""

import csv
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
from workflow.casework.machine_room import open_load
from workflow.casework.now import now
from workflow.engine.vocabulary import POSTS
from workflow.oversight import handling, timeliness
from workflow.oversight.annual import annual
from workflow.oversight.figures import DIMENSIONS, FIGURES

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
RISKY = ("=", "+", "-", "@", "\t", "\r")


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


def percent(per_mille: Any) -> str:
    """Return a share as people read it."""
    return "" if per_mille is None else f"{per_mille // 10}.{per_mille % 10}%"


@blp.get("")
def dashboard() -> Response:
    """Show the whole at a glance."""
    need_post(*WATCHERS)
    first, last = period()
    by = request.args.get("by", "department")
    by = by if by in DIMENSIONS else "department"
    told = timeliness.timeliness(office().engine, first, last, by)
    today = now().date()
    year, before = (annual(office().engine, one, today=today) for one in (today.year, today.year - 1))
    late, more = timeliness.overdue(office().engine, calendar_of(office()), today, after=-1, limit=PAGE)
    open_alerts = handling.listed(
        office().engine, _reader(), {**NO_FILTER, "status": "open"}, before=ID_LIMIT - 1, limit=PAGE
    )
    issued = _issued(year["permits"], before["permits"])
    return make_response(
        render_template(
            "supervision/dashboard.html",
            told=told,
            first=first,
            last=last,
            by=by,
            dimensions={key: DIMENSION_NAMES.get(key, key) for key in DIMENSIONS},
            figures={name: one for name, one in told["rules"].items() if name not in ("paused", "days_used", "steps")},
            shares=SHARES,
            percent=percent,
            late=len(late),
            late_more=bool(more),
            alerts=open_alerts,
            load=open_load(office(), today),
            posts=POSTS,
            issued=issued,
            years=(today.year, today.year - 1),
            chart={
                "labels": [one["name"] for one in issued[:12]],
                "series": [
                    {"name": str(today.year), "values": [one["now"] for one in issued[:12]]},
                    {"name": str(today.year - 1), "values": [one["before"] for one in issued[:12]]},
                ],
            },
        )
    )


def _issued(this: list[dict[str, Any]], last: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return permits issued by type, this year beside last, most first."""
    found: dict[str, dict[str, Any]] = {}
    for key, rows in (("now", this), ("before", last)):
        for row in rows:
            one = found.setdefault(
                row["item_code"], {"code": row["item_code"], "name": row["name"], "now": 0, "before": 0}
            )
            one[key] += row["issued"]
    return sorted(found.values(), key=lambda one: (-one["now"], -one["before"], one["code"]))


@blp.get("/cases")
def cases() -> Response:
    """Show the cases a figure is made of."""
    need_post(*WATCHERS)
    first, last = period()
    figure = FIGURES.get(request.args.get("figure", ""))
    by = request.args.get("by", "department")
    if figure is None or by not in DIMENSIONS:
        abort(404)
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    items, more = timeliness.behind(
        office().engine,
        figure.name,
        first,
        last,
        by=by,
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
    by = request.args.get("by", "department")
    told = timeliness.timeliness(office().engine, first, last, by if by in DIMENSIONS else "department")
    names = [name for name in told["rules"] if name not in ("paused", "days_used", "steps")]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["名称", *(told["rules"][name]["title"] for name in names), *(title for title, _ in SHARES.values())]
    )
    for one in told["items"]:
        cells = [one["name"], *(one.get(name, 0) for name in names), *(percent(one.get(key)) for key in SHARES)]
        writer.writerow([f"'{cell}" if str(cell).startswith(RISKY) else cell for cell in cells])
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
            next=encode_cursor({"id": more} if more else None),
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
            words=handling.WORDS,
            may_explain=may_explain,
            may_judge=may_judge,
        )
    )


@blp.post("/alerts/<int:alert_id>/<kind>")
def say_of(alert_id: int, kind: str) -> Any:
    """Explain, urge, uphold or lift an alert."""
    who = _reader()
    text = request.form.get("text", "").strip()[:2000]
    if kind not in handling.WORDS:
        abort(404)
    if not text:
        say("请写明内容。", "bad")
        return redirect(url_for("watch.alert", alert_id=alert_id), code=303)
    try:
        _asked(lambda: handling.handle(office().engine, who, _sound(alert_id), kind, text, now()))  # type: ignore[arg-type]
        say(f"已{handling.WORDS[kind]}。")  # type: ignore[index]
    except (handling.NotYours, handling.AlreadyClosed) as error:
        say(str(error), "bad")
    return redirect(url_for("watch.alert", alert_id=alert_id), code=303)


def _sound(alert_id: int) -> int:
    if alert_id >= ID_LIMIT:
        abort(404)
    return alert_id


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except handling.NoSuchAlert:
        abort(404)
