"""The staff's day: what is due, soonest first, with days left; many can be taken at once."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.v1.common import decode_cursor, encode_cursor, office
from api.web.acting import attempt, say
from api.web.lights import lights
from api.web.mine import state_title
from api.web.who import need_person, need_staff
from workflow.casework.assign import claim
from workflow.casework.colleagues import names_of
from workflow.casework.errors import NotFound
from workflow.casework.inbox import QUEUES, START, tasks
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import POSTS

blp = Blueprint("inbox", __name__)
PAGE = 25
BATCH_MAX = 50
NAMES = {"mine": "我签收的", "available": "可以签收的", "department": "本部门全部"}
URGENT = {"": None, "late": -1, "today": 0, "week": 7}


@blp.get("/inbox")
def inbox() -> Response:
    """Show one queue, filtered if asked."""
    person = need_staff()
    queue = request.args.get("queue", "")
    today = now().date()
    urgent, post = request.args.get("urgent", ""), request.args.get("post", "")
    cursor = decode_cursor(request.args.get("cursor"), due=str, id=int)
    until = today + timedelta(days=URGENT[urgent] or 0) if URGENT.get(urgent) is not None else None
    page = tasks(
        office(),
        person,
        queue if queue in QUEUES else "mine",
        today,
        after=(date.fromisoformat(cursor["due"]), cursor["id"]) if cursor else START,
        limit=PAGE,
        post=post if post in POSTS else None,
        until=until,
    )
    if not queue and not page.items and not cursor:
        return redirect(url_for("inbox.inbox", queue="available", urgent=urgent or None, post=post or None))  # type: ignore[return-value]
    light = lights(office(), today)
    who = names_of(office(), [one.assignee for one in page.items if one.assignee])
    rows = [
        {
            **asdict(one),
            "light": light(one.due_on),
            "state_title": state_title(one.process, one.state),
            "assignee_name": who.get(one.assignee or "", ""),
        }
        for one in page.items
    ]
    more = encode_cursor({"due": str(page.next[0]), "id": page.next[1]} if page.next else None)
    return make_response(
        render_template(
            "staff/inbox.html",
            tasks=rows,
            queue=queue if queue in QUEUES else "mine",
            queues=NAMES,
            urgent=urgent,
            post=post,
            my_posts={p: POSTS[p] for _, p in person.posts},
            posts=POSTS,
            next=more,
        )
    )


@blp.post("/inbox/claim")
def claim_many() -> Any:
    """Take every marked task; say which were gone already."""
    person = need_staff()
    wanted = [int(one) for one in request.form.getlist("task") if one.isdigit() and len(one) < 18][:BATCH_MAX]
    taken, gone = 0, []
    for task_id in wanted:
        try:
            answer, problems, _status = attempt(lambda task=task_id: claim(office(), task, person.id, now()))  # type: ignore[misc]
        except NotFound:
            answer, problems = None, []
        if answer is None:
            gone += [one.text for one in problems] or ["有一个待办已经办结。"]
        else:
            taken += 1
    if taken:
        say(f"已签收 {taken} 件。")
    for text in dict.fromkeys(gone):
        say(text, "bad")
    if not wanted:
        say("请先勾选要签收的待办。", "warn")
    return redirect(url_for("inbox.inbox", queue="mine" if taken else "available"), code=303)


@blp.get("/cases")
def cases() -> Response:
    """Search the cases the reader may see: by number, item or state, newest first."""
    person = need_person()
    number = request.args.get("no", "").strip()[:60]
    if number:
        end = "counter.show" if person.has_post("window-clerk") else "case.show"
        return redirect(url_for(end, case_no=number))  # type: ignore[return-value]
    after = decode_cursor(request.args.get("cursor"), id=int)
    state, item = request.args.get("state", "")[:40], request.args.get("item", "").strip()[:40]
    items, more = cases_for(
        office(), person, before=after["id"] if after else None, limit=PAGE, state=state or None, item_code=item or None
    )
    light = lights(office(), now().date())
    rows = [
        {
            **one,
            "state_title": state_title(one["process"], one["state"]),
            "light": light(one["due"]["promised"] or one["due"]["statutory"]) if not one["decided_on"] else None,
        }
        for one in items
    ]
    states = {
        name: one.title
        for process in processes().values()
        if process.kind == "procedure"
        for name, one in process.states.items()
    }
    return make_response(
        render_template(
            "staff/cases.html",
            cases=rows,
            states=states,
            state=state,
            item=item,
            next=encode_cursor({"id": more} if more else None),
        )
    )
