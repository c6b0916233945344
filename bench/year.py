"""A simulated year: thousands of real cases over all 46 items, by the engine itself, chained and written as always.

python -m bench.year [CASES] [SEED]: makes the year, measures it, verifies the trail, and recounts every number of the
report from the raw events by a program of its own (bench/recount.py). Deciding is done in memory and written a few
events at a time, by the same functions that write one: that is what makes twenty thousand cases a matter of minutes.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.config import Settings
from bench.office import PASSWORD, database
from bench.recount import disagreements
from service_catalog.catalog import catalog
from service_catalog.model import ServiceItem
from service_catalog.routing import process_of
from service_catalog.terms import terms_of
from tests.infrastructure import desk as desks
from tests.service_catalog.builders import a_form, granting_answers
from tests.story.telling import applicant_of, applied, carried
from workflow.casework.demo import ACCOUNTS, load_demo_office
from workflow.casework.follow import _follow
from workflow.casework.locked import Locked, lock_of
from workflow.casework.office import Office
from workflow.casework.record import write_down
from workflow.casework.submit import OpenRequest, open_within
from workflow.casework.surroundings import gather, wants
from workflow.definitions.loader import processes
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import effects_of
from workflow.engine.commands import CLOCK, NOTHING_AROUND, Act, Actor, Context
from workflow.engine.dates import SHANGHAI
from workflow.engine.decide import Decided, decide, read, tick, wake_at
from workflow.engine.errors import Refused
from workflow.ledger.verify import verify
from workflow.oversight import rollups
from workflow.oversight.annual import report
from workflow.oversight.observe import Observer
from workflow.oversight.trail import export
from workflow.store import cases
from workflow.store.connect import Connection, transaction
from workflow.store.personal import commitment
from workflow.store.sealed import open_salt

CASES, SEED, YEAR = 20_000, 20261231, 2026
AHEAD = date(YEAR + 1, 6, 30)  # answers that name a last day name one that no decision of the year comes after
JOINT_EACH = 4
SLOW = ("joint",)
STEPS_MAX = 40
NAMES = {account: (name, post) for account, name, post in ACCOUNTS}
PEOPLE = {account: frozenset({post}) for account, (_, post) in NAMES.items()}
MIX = (
    ("smooth", 68),
    ("corrected", 10),
    ("silent", 4),
    ("withdrawn", 4),
    ("refused", 5),
    ("late", 4),
    ("turned-away", 2),
    ("left", 3),
)


class Walk:
    """One case on its way, decided in memory; flush() writes what has happened since."""

    def __init__(self, connection: Connection, office: Office, item: ServiceItem, form: Any, begun: datetime) -> None:
        self.connection, self.office, self.now = connection, office, begun
        process = processes()[process_of(item, form)]
        terms = terms_of(item, form, process)
        self.form = form
        who = replace_id(applicant_of(item.code))
        request = OpenRequest("applicant1", "applicant", "applicant1", terms, who, form, submit=False)
        case_no = open_within(connection, office, request, process, begun).case["case_no"]
        row = cases.lock(connection, case_no, "applicant1", begun.date(), None)
        assert row is not None
        self.locked: Locked = lock_of(connection, office, row)
        self.salt = open_salt(row.salt or "", case_no)
        self.case, self.pending = self.locked.case, []
        self.calendar: WorkingCalendar = office.calendar(connection)
        self.reading = read(terms, self.case, self._context(Actor("clock", "时限")))

    @property
    def process(self) -> Any:
        return self.locked.process

    @property
    def state(self) -> Any:
        return self.process.states[self.case.state]

    def _context(self, actor: Actor, around: Any = NOTHING_AROUND) -> Context:
        return Context(self.now, self.calendar, actor, PEOPLE, around)

    def act(self, who: str, action: str, extra: Mapping[str, Any] | None = None, **data: Any) -> dict[str, str]:
        """Take an action if the engine lets us; return code -> words of its refusal, nothing if it was taken."""
        name, post = NAMES[who]
        owns = post == "applicant"
        actor = Actor(who, name, frozenset() if owns else frozenset({post}), owns=owns)
        wanted = wants(self.process, self.case.state, action)
        around = NOTHING_AROUND
        if wanted:
            self.flush()
            around = gather(
                self.connection,
                wanted,
                case_id=self.locked.id,
                item_code=self.case.item_code,
                applicant=self.locked.applicant,
                assignee=None,
                now=self.now,
                form=self.form,
            )
        decided = decide(
            self.process, self.locked.terms, self.case, Act(action, data), self._context(actor, around), extra
        )
        if isinstance(decided, Refused):
            return {reason.code: reason.text for reason in decided.reasons}
        self._took(decided)
        return {}

    def _took(self, decided: Decided) -> None:
        self.pending += decided.events
        self.case, self.reading = decided.case, decided.reading
        if any("outcome" in effects_of(event) or "on_permit" in effects_of(event) for event in decided.events):
            self.flush()

    def wait(self, days: int, hour: int = 10) -> None:
        """Let so many working days pass; the clocks act when they are due."""
        day = self.calendar.add_working_days(self.now.date(), days) if days else self.now.date()
        until = max(self.now + timedelta(minutes=20), datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))
        for _ in range(STEPS_MAX):
            if self.state.ends:
                break
            wake = wake_at(self.process, self.case, self.reading, self.now)
            if wake is None or wake > until:
                break
            self.now = max(self.now, wake)
            ticked = tick(self.process, self.locked.terms, self.case, self._context(CLOCK))
            if ticked.events:
                self._took(ticked)
            else:
                self.reading = read(self.locked.terms, self.case, self._context(CLOCK))
                if wake <= self.now and wake_at(self.process, self.case, self.reading, self.now) == wake:
                    break
        self.now = max(self.now, until)

    def flush(self) -> None:
        """Write what has happened since the last time."""
        if not self.pending:
            return
        at = datetime.fromisoformat(self.pending[-1]["at"])
        decided = Decided(tuple(self.pending), self.case, self.reading)
        written = write_down(self.connection, self.office, self.locked, decided, at, person="system")
        before = self.locked
        for event in written.events:
            _follow(self.connection, self.office, before, written, event, decided, at)
        self.locked = replace(before, case=written.case, assignee=None, task_id=None)
        self.case, self.pending = written.case, []


def replace_id(applicant: dict[str, Any]) -> dict[str, Any]:
    """Return the applicant as the checks leave them."""
    return dict(applicant)


class Year:
    """The dice, and what everybody does when it is their turn."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.dice, self.told = office, random.Random(seed), Counter[str]()
        self.items = [catalog().newest(code) for code in sorted(catalog().items)]
        self.forms = {item.code: a_form(item, on=AHEAD, **granting_answers(item)) for item in self.items}
        self.weights = [1 + (number * 7) % 10 for number in range(len(self.items))]

    def make(self, count: int) -> None:
        """Make so many cases, a hundred a transaction."""
        made = 0
        while made < count:
            with self.office.work() as connection:
                for _ in range(min(100, count - made)):
                    self._one(connection)
                    made += 1

    def _one(self, connection: Connection) -> None:
        item = self.dice.choices(self.items, self.weights)[0]
        while processes()[process_of(item, self.forms[item.code])].slug in SLOW:
            item = self.dice.choices(self.items, self.weights)[0]
        day = date(YEAR, 1, 5) + timedelta(days=self.dice.randrange(340))
        begun = datetime(day.year, day.month, day.day, self.dice.randrange(9, 17), 5, tzinfo=SHANGHAI)
        walk = Walk(connection, self.office, item, self.forms[item.code], begun)
        kind = self.dice.choices([name for name, _ in MIX], [weight for _, weight in MIX])[0]
        self._tell(walk, kind)
        walk.flush()
        self.told[f"{kind}: {walk.state.ends or walk.case.state}"] += 1

    def _tell(self, walk: Walk, kind: str) -> None:
        if kind != "corrected":
            self._hand_in(walk)
        says = (
            {"wants_a_person": True} if kind in ("refused", "corrected") and walk.process.slug == "self-service" else {}
        )
        assert not walk.act("applicant1", "submit", {"form": commitment(walk.salt, walk.form)}, **says)
        if kind == "withdrawn":
            walk.wait(self.dice.randrange(3))
            walk.act("applicant1", "withdraw", reason="不再需要")
            return
        if kind == "turned-away":
            walk.wait(self.dice.randrange(3))
            walk.act("clerk1", "not-needed", reasons="该事项依法不需要取得行政许可")
            return
        if kind == "corrected":
            self._corrected(walk)
        if kind == "silent":
            walk.wait(9)
        for _ in range(STEPS_MAX):
            if walk.state.ends or (kind == "left" and walk.state.phase == "review"):
                return
            if not self._step(walk, kind):
                return

    def _hand_in(self, walk: Walk) -> None:
        for material in walk.locked.terms.materials:
            if material.required and material.supply == "applicant" and material.code not in walk.case.materials:
                given = {"code": material.code, "name": material.name, "sha256": "0" * 64, "size": 1000}
                walk.act("applicant1", "add-material", {"material": given})

    def _corrected(self, walk: Walk) -> None:
        wanted = [
            {"material": m.name, "what": "未提交"}
            for m in walk.locked.terms.materials
            if m.required and m.supply == "applicant"
        ]
        walk.wait(self.dice.randrange(4))
        if not wanted or walk.act("clerk1", "ask-corrections", missing=wanted):
            self._hand_in(walk)
            return
        walk.wait(self.dice.randrange(1, 8))
        self._hand_in(walk)
        if walk.act("applicant1", "resubmit"):
            walk.act("applicant1", "resubmit-filing")

    def _step(self, walk: Walk, kind: str) -> bool:
        """Do the next thing; return False if nothing can be done."""
        state, begun = walk.case.state, walk.case.seq
        decides = walk.locked.terms.rules.get("promised") or walk.locked.terms.rules["decision"]
        far = decides["n"] + 6 if kind == "late" else max(int(decides["n"] * self.dice.random() * 0.8), 0)
        refuse = kind == "refused"
        today = walk.now.date().isoformat()
        if state == "received":
            walk.wait(self.dice.randrange(3))
            for action, data in (("file", {}), ("inform", {"conditions": "条件、标准和后果"}), ("accept", {})):
                if refuse and action == "file" and not walk.act("clerk1", "refuse-filing", reasons="不符合备案条件"):
                    break
                if not walk.act("clerk1", action, **data):
                    break
        elif state == "informed":
            form = walk.locked.terms.special.get("commitment", {}).get("form", "conditions")
            walk.act("applicant1", "commit", form=form, statement="承诺符合条件")
        elif state == "committed":
            walk.act("clerk1", "accept-commitment")
        elif state == "in-review":
            walk.wait(min(far, 60) if self._is_ready(walk) else 1)
            self._review(walk, refuse)
        elif state in ("to-decide", "proposed", "spot-check"):
            self._decide(walk, refuse)
        elif state in ("granted", "refused"):
            walk.wait(self.dice.randrange(4))
            walk.act("clerk1", "deliver", mode="counter", recipient="张三")
        elif state == "awaiting-verification":
            walk.wait(5)
            walk.act("reviewer1", "order-verification", inspectors=["inspector1", "inspector2"], planned_on=today)
            walk.act("inspector1", "record-verification", conclusion="true", findings="与承诺一致")
            walk.act("inspector2", "confirm-true")
        elif state == "supplement-pending":
            walk.wait(3)
            self._hand_in(walk)
        elif state == "in-audit":
            walk.wait(3)
            walk.act("reviewer1", "audit-clean", findings="依据属实")
        else:
            walk.wait(2)
        return walk.case.seq > begun or walk.case.state != state

    def _is_ready(self, walk: Walk) -> bool:
        return "visit-passed" in walk.case.marks or walk.process.slug in ("document-review", "instant", "notify-commit")

    def _review(self, walk: Walk, refuse: bool) -> None:
        for _ in range(6):
            codes = walk.act(
                "reviewer1", "propose", conclusion="refuse" if refuse else "grant", findings="依照标准审查"
            )
            if not codes:
                return
            if "VISIT_NOT_CONCLUDED" in codes:
                planned = walk.now.date().isoformat()
                walk.act("reviewer1", "plan-visit", inspectors=["inspector1", "inspector2"], planned_on=planned)
                walk.wait(self.dice.randrange(1, 4))
                walk.act("inspector1", "start-visit")
                walk.act("inspector1", "record-visit", conclusion="pass", findings="如实记录")
                walk.act("inspector2", "confirm-pass")
            elif "EXPERT_REVIEW_MISSING" in codes:
                served = walk.now.isoformat()
                walk.act("reviewer1", "notify-expert-review", notified_days=10, notice_served_at=served)
                walk.act("reviewer1", "draw-experts")
                walk.wait(self.dice.randrange(2, 9))
                drawn = [e["data"]["experts"] for e in self._events(walk) if "draw" in effects_of(e)]
                for expert in drawn[-1] if drawn else ():
                    walk.act(expert, "undertake")
                    walk.act(expert, "give-opinion", conclusion="pass", opinion_text="符合要求")
                walk.act("reviewer1", "conclude-review", summary="专家一致通过")
            elif "PUBLICITY_MISSING" in codes:
                stage = "after-acceptance" if "受理公示" in codes["PUBLICITY_MISSING"] else "before-decision"
                if walk.act("reviewer1", "publicise", stage=stage, where="门户网站公示栏"):
                    return
                walk.wait(12)
            elif "HEARING_MISSING" in codes:
                walk.act("reviewer1", "announce-hearing", ground="法规规定应当听证")
                held = walk.now.date() + timedelta(days=20)
                walk.act("hearing1", "serve-hearing-notice", hearing_on=str(held), place="三楼听证室", public=True)
                walk.wait(walk.calendar.working_days_between(walk.now.date(), held) + 1)
                walk.act("hearing1", "sign-hearing-record", record="各方意见记录在卷", participants=["申请人"])
            else:
                walk.wait(1)

    def _events(self, walk: Walk) -> list[Any]:
        walk.flush()
        return cases.events_of(walk.connection, walk.locked.id)

    def _decide(self, walk: Walk, refuse: bool) -> None:
        data: dict[str, Any] = {"reasons": "不符合规定的条件"} if refuse else {}
        if walk.process.find(walk.case.state, "forward"):
            walk.act("approver1", "forward", opinion_text="符合条件，同意转报")
        for _ in range(3):
            codes = walk.act("approver1", "refuse" if refuse else "grant", **data)
            if "LEGAL_REVIEW_MISSING" in codes:
                walk.act("approver1", "ask-legal-review")
                walk.act("legal1", "pass-legal-review", finding="程序合法")
            elif "HEARING_RECORD_IGNORED" in codes:
                data["hearing_findings"] = "根据听证笔录采纳"
            else:
                return


def joint_cases(url: str, folder: Path, each: int) -> int:
    """Let each joint item run some cases with all their branches, over HTTP: those live in transactions of their own."""
    load_demo_office(url, PASSWORD, catalog().departments)  # somebody in every department a branch goes to
    patch = pytest.MonkeyPatch()
    patch.setattr(desks, "PASSWORD", PASSWORD)
    app = create_app(Settings(url, "redis://127.0.0.1:1/0", folder, "bench", is_demo=True, second_factor="optional"))
    desk = desks.Desk(app, patch)
    count = 0
    try:
        for code in sorted(catalog().items):
            item = catalog().newest(code)
            if processes()[process_of(item, a_form(item))].slug not in SLOW:
                continue
            for number in range(each):
                desk.at(f"{YEAR}-{9 + number % 3:02d}-0{1 + number % 4}T09:00:00")
                carried(desk, applied(desk, code))
                count += 1
    finally:
        patch.undo()
        app.extensions["banjian.office"].close()
    return count


def simulate(office: Office, count: int, seed: int) -> Counter[str]:
    """Make a year in this office; return how its cases went."""
    year = Year(office, seed)
    year.make(count)
    return year.told


def main() -> None:
    """Make the year, measure, verify, recount; print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    after = datetime(YEAR + 1, 3, 1, 9, tzinfo=SHANGHAI)
    with database() as (url, folder):
        print(f"{joint_cases(url, folder / 'files', JOINT_EACH)} joint cases with their branches")
        office = Office.connect(url, pool_size=2)
        begun = time.perf_counter()
        told = simulate(office, count, seed)
        print(f"{count} cases in {time.perf_counter() - begun:.0f} s (seed {seed})")
        for how, number in sorted(told.items()):
            print(f"  {number:6} {how}")
        begun = time.perf_counter()
        seen = Observer(office.engine).observe(after, everything=True)
        print(f"{seen} cases measured in {time.perf_counter() - begun:.0f} s")
        with transaction(office.engine) as connection:
            print(f"sums that differ from a recomputation: {len(rollups.differences(connection))}")
        lines = list(export(office.engine, made_at=after))
        code, found = verify(lines)
        print(f"trail: exit {code}, {found['cases']} cases, {found['events']} events, {found['false']} false")
        for one in found["findings"][:5]:
            print("  ", one)
        made = json.loads(json.dumps(report(office.engine, YEAR, today=after.date())))
        wrong, agreed = disagreements(lines, made, YEAR)
        print(f"numbers of the report recounted from the raw events: {agreed} agree, {len(wrong)} do not")
        for line in wrong[:20]:
            print("  ", line)
        office.close()
        assert code == 0 and not wrong


if __name__ == "__main__":
    main()
