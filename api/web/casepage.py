"""One case as its applicant and as the staff see it: where it stands, until when, why, and what can be done now."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, render_template, url_for

from api.catalogue import open_item
from api.problems import Problem
from api.v1.common import office
from api.v1.papers import not_ready, sent
from api.web import months, trail
from api.web.acting import plain
from api.web.flow import picture, progress
from api.web.items import name_of
from api.web.lights import lights
from api.web.outline import outline
from api.web.served import papers_served
from api.web.who import need_person
from api.web.words import CLOCK_MEANS
from service_catalog.checklist import checklist
from service_catalog.lifecycle import life_item
from service_catalog.model import ServiceItem
from workflow.casework import read_papers, register, tracking
from workflow.casework.colleagues import names_of
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.photos import PHOTO_ACTION
from workflow.casework.read_papers import FileGone, NotInFull, NotReady, Paper
from workflow.casework.service import services
from workflow.engine.model import Process
from workflow.engine.vocabulary import POSTS

blp = Blueprint("case", __name__)
EVENTS_MAX = 500
DECISION = re.compile("决定书|准予|不予")
T = TypeVar("T")
NOTHING: dict[str, Any] = {"version": 0, "items": [], "closed": []}
QUIET = (
    "transfer",
    "delegate",
    "hand-back",
    "take-back",
    "urge",
    "withdraw",
    "discard",
    "terminate",
    "refuse-for-fraud",
    "agree-to-electronic-service",
    "end-electronic-service",
    "declare-recusal",
    "request-recusal",
    "uphold-recusal",
    "reject-recusal",
    "announce-service",
    "record-service",
)
FORM_ACTIONS = ("amend-form", "add-material", "submit")
CLOCK_STATUS = {"running": "进行中", "paused": "暂停计时", "met": "按期完成", "expired": "已过期", "lapsed": "已失效"}


def allowed(read: Callable[[], T], otherwise: T) -> T:
    """Return what is read, or nothing where this reader's post sees the case but not this part of it."""
    try:
        return read()
    except (NotFound, RefusedError):
        return otherwise


@dataclass(slots=True)
class CasePage:
    """What every page of one case needs. Raises NotFound for a stranger's."""

    case_no: str
    person: Person
    now: datetime
    view: dict[str, Any]
    process: Process
    actions: dict[str, Any]
    is_counter: bool = False  # only what the counter may do is shown, not the case

    @classmethod
    def of(cls, case_no: str) -> "CasePage":
        """Return the case for whoever reads this page."""
        person, moment = need_person(), now()
        view = tracking.case_view(office(), case_no, person, moment)
        process = tracking.pinned_process(office(), case_no, person)
        actions = allowed(lambda: tracking.actions(office(), case_no, person, moment, explain=True), dict(NOTHING))
        return cls(case_no, person, moment, view, process, actions)

    @classmethod
    def at_counter(cls, case_no: str, person: Person) -> "CasePage":
        """Return the case for somebody who may act on it and not read it. Raises NotFound, RefusedError."""
        moment = now()
        view = tracking.counter_view(office(), case_no, person, moment)
        process = tracking.pinned_process(office(), case_no, person, "actions")
        actions = tracking.actions(office(), case_no, person, moment, explain=True)
        return cls(case_no, person, moment, view, process, actions, is_counter=True)

    @property
    def url(self) -> str:
        """Return the page one comes back to after an act."""
        return url_for("counter.show" if self.is_counter else "case.show", case_no=self.case_no)

    @property
    def is_staff(self) -> bool:
        """Return True if the reader works on it or watches it; False for its applicant."""
        return self.person.kind == "staff"

    @property
    def works_here(self) -> bool:
        """Return True if the reader holds a post in the department of the case."""
        return self.view["department"] in self.person.departments and not self.person.oversees

    def form(self) -> dict[str, Any]:
        """Return the answers, {} for those who may not read them."""
        return allowed(lambda: tracking.form(office(), self.case_no, self.person), {})

    def events(self) -> list[dict[str, Any]]:
        """Return the records, none for those who may not read them."""

        def read() -> list[dict[str, Any]]:
            return tracking.events(office(), self.case_no, self.person, after=0, limit=EVENTS_MAX)[0]

        return allowed(read, [])

    def item(self) -> ServiceItem | None:
        """Return the manual the case was submitted under, None for what has none (a branch, a permit)."""
        permit = self.view["permit"]
        try:
            pinned = tracking.pinned_version(office(), self.case_no, self.person)
            item = open_item(self.view["item_code"], self.now.date(), pinned)
            return life_item(item, permit["operation"], permit["valid_until"]) if permit else item
        except (Problem, LookupError, NotFound, RefusedError):
            return None

    def papers(self) -> list[dict[str, Any]]:
        """Return the papers with how they were served, none for those who may not read them."""
        listed = allowed(lambda: tracking.documents(office(), self.case_no, self.person), [])
        records = allowed(lambda: services(office(), self.case_no, self.person), []) if listed else []
        may_record = any(one["action"] == "record-service" for one in self.actions["items"])
        return papers_served(self.case_no, listed, records, may_record=may_record)

    def links(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return (what is open, the main acts first; the rarer ones), each with its address."""
        main, quiet = [], []
        for one in self.actions["items"]:
            (quiet if one["action"] in QUIET else main).append({**one, "url": self._url(one)})
        main.sort(key=lambda one: self.is_staff and one["takes"] is not None)
        return main, quiet

    def closed(self) -> list[dict[str, Any]]:
        """Return what is not open now, with its reasons; to an applicant only what would be theirs to do."""
        state = self.view["state"]
        found = []
        for one in self.actions["closed"]:
            rule = self.process.find(state, one["action"])
            is_own = self.is_staff or (rule is not None and "applicant" in rule.by)
            if is_own and (self.is_counter or one["action"] not in FORM_ACTIONS):
                found.append(one)
        return found

    def _url(self, one: dict[str, Any]) -> str:
        is_draft = self.view["state"] == "draft"
        if one["action"] == "submit" and one["takes"] == "form":
            return url_for("apply.check", case_no=self.case_no)
        if one["takes"] == "form":
            return url_for("apply.section", case_no=self.case_no, step=1, back=None if is_draft else "later")
        if one["action"] == PHOTO_ACTION:
            return url_for("files.photos", case_no=self.case_no)
        if one["takes"] == "material" and self.is_counter:
            return url_for("counter.show", case_no=self.case_no) + "#files"
        if one["takes"] == "material":
            return url_for("apply.materials", case_no=self.case_no)
        return url_for("acts.act", case_no=self.case_no, action=one["action"])


@blp.get("/cases/<case_no>")
def show(case_no: str) -> Response:
    """Show a case."""
    page = CasePage.of(case_no)
    clocks = allowed(lambda: tracking.clocks(office(), case_no, page.person, page.now), {"clocks": []})
    events = page.events()
    today = page.now.date()
    clock = months.binding(clocks["clocks"])
    form, item = page.form(), page.item()
    main, quiet = page.links()
    assignee = page.view["tasks"][0]["assignee"] if page.view["tasks"] else None
    names = names_of(office(), [*trail.accounts_in(events, page.process), *([assignee] if assignee else [])])
    task = page.view["tasks"][0] if page.view["tasks"] else None
    light = lights(office(), today)
    papers = page.papers()
    return make_response(
        render_template(
            "case/show.html",
            page=page,
            case=page.view,
            item_name=item.name_zh if item else name_of(page.view["item_code"]),
            has_guide=item is not None and not page.view["permit"],
            progress=progress(page.process, page.view["state"]),
            outline=outline(page.process, now=page.view["state"], done=trail.visited(events)),
            clock=clock,
            clocks=clocks["clocks"],
            clock_status=CLOCK_STATUS,
            light=light(clock["due"]) if clock and clock["status"] in ("running", "expired", "paused") else None,
            months=months.months(clock, today) if clock else [],
            why=months.summary(clock) if clock else "",
            weekdays=months.WEEKDAYS,
            main=main,
            quiet=quiet,
            my_turn=bool(task) and task["post"] in ("applicant", "agent"),
            means=CLOCK_MEANS.get(clock["id"], "") if clock and clock["status"] in ("running", "paused") else "",
            result=_result(page, papers) if page.view["outcome"] and not page.is_staff else None,
            closed=page.closed(),
            missing=trail.missing_in(events) if page.view["state"] == "awaiting-corrections" else [],
            task=task,
            assignee=names.get(assignee or "", ""),
            may_claim=bool(
                task
                and task["id"]
                and not task["assignee"]
                and page.works_here
                and page.person.works_as(page.view["department"], task["post"])
            ),
            may_rate=not page.is_staff and bool(page.view["decided_on"]) and not main,
            posts=POSTS,
            listed=allowed(lambda: tracking.materials(office(), case_no, page.person), []),
            papers=papers,
            answers=answers(item, form),
            checklist=checklist(item, form) if item and page.works_here else None,
            trail=trail.lines(events, page.process, names)[::-1],
            moment=trail.moment,
        )
    )


def _result(page: CasePage, papers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what its applicant wants to see first of a decided case: the decision, and the permit if there is one."""
    drawn = [one for one in papers if one["pdf_sha256"] and DECISION.search(one["title"])]
    found = allowed(
        lambda: register.permits_for(office(), page.person, before=None, limit=1, case_no=page.case_no)[0], []
    )
    return {"paper": drawn[-1] if drawn else None, "permit": found[0] if found else None}


def answers(item: ServiceItem | None, form: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the form by section with its labels: what was answered."""
    if item is None:
        return [("", [(key, plain(value)) for key, value in form.items()])] if form else []
    found: dict[str, list[tuple[str, str]]] = {}
    for one in item.fields:
        if one.key in form:
            found.setdefault(one.section, []).append((one.label, f"{plain(form[one.key])}{one.unit}"))
    return list(found.items())


@blp.get("/cases/<case_no>/clocks")
def clocks(case_no: str) -> Response:
    """Show every clock of the case day by day."""
    page = CasePage.of(case_no)
    read = tracking.clocks(office(), case_no, page.person, page.now)
    today = page.now.date()
    told = [(one, months.months(one, today), months.summary(one)) for one in read["clocks"]]
    return make_response(
        render_template(
            "case/clocks.html",
            page=page,
            case=page.view,
            told=told,
            reading=read,
            clock_status=CLOCK_STATUS,
            weekdays=months.WEEKDAYS,
            why_of=months.why,
        )
    )


@blp.get("/cases/<case_no>/flow")
def flow(case_no: str) -> Response:
    """Show the whole picture of the process with the way of this case lit, and the way in words."""
    page = CasePage.of(case_no)
    events = page.events()
    return make_response(
        render_template(
            "case/flow.html",
            page=page,
            case=page.view,
            outline=outline(page.process, now=page.view["state"], done=trail.visited(events)),
            picture=picture(page.process, now=page.view["state"], done=trail.visited(events)),
            trail=trail.lines(events, page.process),
        )
    )


@blp.get("/cases/<case_no>/papers/<int:document_id>")
def paper(case_no: str, document_id: int) -> Response:
    """Show an issued document as it was drawn; personal data is covered for those who only watch."""
    found = _paper(case_no, document_id)
    etag = f"{found.sha256}-{'full' if found.in_full else 'masked'}"
    return sent(found.page, "text/html", etag=etag, name=f"{found.title} {found.no}.html")


@blp.get("/cases/<case_no>/papers/<int:document_id>.pdf")
def paper_file(case_no: str, document_id: int) -> Response:
    """Send the file that was issued."""
    found = _paper(case_no, document_id)
    try:
        body = read_papers.pdf(office(), found)
    except NotInFull as error:
        raise Problem(403, "MASKED_ONLY", "您只能查看隐去个人信息的文书，请改看网页。") from error
    except FileGone as error:
        raise Problem(503, "FILE_GONE", "文书的文件暂时取不到，已请管理员处理。") from error
    return sent(body, "application/pdf", etag=found.pdf_sha256, name=f"{found.title} {found.no}.pdf")


def _paper(case_no: str, document_id: int) -> Paper:
    try:
        return read_papers.paper(office(), case_no, document_id, need_person())
    except NotReady as error:
        raise not_ready("文书") from error
