"""What has to hold of every case in the office, whatever anybody did: told from the rows and the events alone.

A ledger remembers how far it has checked each case, so that looking again costs only what is new; a fresh one looks
at everything from the first event. Every broken rule is an AssertionError that names the case.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from workflow.casework.office import Office
from workflow.casework.views import case_facts
from workflow.engine.case import CaseState, apply
from workflow.engine.clocks import next_wake
from workflow.engine.commands import CLOCK, Context
from workflow.engine.decide import read, tick
from workflow.engine.guards import PHRASES, Question, members_of
from workflow.engine.model import Process, Terms
from workflow.ledger.chain import GENESIS, canonical, link
from workflow.store.connect import Connection, Row

NEVER = date.max
SEVERITY = ["", "yellow", "red"]

# Who may not be one person in one case (docs/adr on separation of duties), written out here once more.
APART = (
    *(
        ("applicant", post)
        for post in ("window-clerk", "reviewer", "approver", "inspector", "expert", "hearing-officer")
    ),
    ("window-clerk", "reviewer"),
    ("window-clerk", "approver"),
    ("hearing-officer", "inspector"),
    ("reviewer", "department-head"),
    ("reviewer", "approver"),
    ("legal-reviewer", "reviewer"),
    ("legal-reviewer", "approver"),
    ("hearing-officer", "reviewer"),
    ("hearing-officer", "approver"),
    ("hearing-officer", "window-clerk"),
    ("inspector", "approver"),
    ("expert", "reviewer"),
    ("expert", "approver"),
    ("expert", "window-clerk"),
)
PREPARES = frozenset(
    {
        "accept",
        "accept-tolerantly",
        "accept-commitment",
        "propose",
        "propose-directly",
        "announce",
        "announce-revocation",
    }
)
DECIDES_BESIDES = frozenset({"impose", "keep", "revoke", "keep-permit", "agree", "disagree"})
AUTOMATIC = frozenset({"clock", "system", "case"})
NUMBER = re.compile(r"(.+)〔(\d{4})〕(\d+)号")

CASES = """
select c.*, (select jsonb_agg(to_jsonb(t) order by t.id) from tasks t where t.case_id = c.id) as tasks,
       (select to_jsonb(d) from due_dates d where d.case_id = c.id) as due,
       coalesce((select jsonb_agg(jsonb_build_object('seq', seq, 'title', title, 'no', no, 'ready', content is not null)
                                 order by id) from documents where case_id = c.id), '[]') as documents,
       coalesce((select jsonb_agg(to_jsonb(d) order by round) from decisions d where d.case_id = c.id), '[]') as decisions,
       coalesce((select jsonb_agg(jsonb_build_object('seq', seq, 'code', code) order by seq) from materials
                  where case_id = c.id), '[]') as materials,
       coalesce((select jsonb_agg(to_jsonb(r) order by requested_seq) from recusals r where r.case_id = c.id), '[]') as recusals,
       coalesce((select jsonb_agg(seq order by seq) from bans where case_id = c.id), '[]') as bans,
       (select count(*) from outbox o where o.case_id = c.id and o.done_at is null) as waiting,
       (select max(error) from outbox o where o.case_id = c.id and o.done_at is null) as failure
  from cases c order by c.id
"""
EVENTS = """
select case_id, seq, type, actor_id, hash, at, body from events e
 where seq > coalesce((%(seen)s::jsonb ->> case_id::text)::int, 0) order by case_id, seq
"""
FAILED = """
select 'outbox ' || topic as what, error from outbox where error is not null or quarantined_at is not null
union all
select 'clocks of ' || c.case_no, d.error from due_dates d join cases c on c.id = d.case_id
 where d.error is not null or d.quarantined_at is not null
"""
PERMITS = """
select p.*, l.case_no as life_no, c.case_no as granted_by, l.parent_id, l.kind as life_kind
  from permits p left join cases l on l.id = p.life_id join cases c on c.id = p.case_id
"""


@dataclass(slots=True)
class Known:
    """One case as its events tell it so far."""

    case: CaseState
    events: list[dict[str, Any]] = field(default_factory=list)
    checked: tuple[Any, ...] = ()


class Ledger:
    """Everything the office has written down, checked up to now."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.known: dict[int, Known] = {}

    def check(self, now: datetime, *, at_rest: bool = False) -> None:
        """Check all cases. at_rest: the worker has nothing left to do now. Raises AssertionError."""
        with self.office.work() as connection:
            rows = connection.exec_driver_sql(CASES).all()
            self._read_on(connection, rows)
            failed = connection.exec_driver_sql(FAILED).all()
            assert not failed, f"the worker failed: {[tuple(row) for row in failed]}"
            for row in rows:
                self._case(connection, row, now, at_rest=at_rest)
            check_numbers(connection)
            if at_rest:
                check_contents(connection)
            self._permits(connection, {row.id: row for row in rows}, now)
            self._branches(rows, at_rest=at_rest)

    def case(self, case_id: int) -> CaseState:
        """Return a case as its events tell it."""
        return self.known[case_id].case

    def events(self, case_id: int) -> Sequence[Mapping[str, Any]]:
        """Return its events."""
        return self.known[case_id].events

    def _read_on(self, connection: Connection, rows: Iterable[Row]) -> None:
        numbers = {row.id: row.case_no for row in rows}
        seen = {str(case_id): known.case.seq for case_id, known in self.known.items()}
        new = connection.exec_driver_sql(EVENTS, {"seen": canonical(seen).decode()})
        for row in new:
            known = self.known.setdefault(row.case_id, Known(CaseState(numbers[row.case_id])))
            event = row.body
            told = (event["seq"], event["type"], event["actor"]["id"], event["hash"], event["at"])
            kept = (row.seq, row.type, row.actor_id, row.hash, row.at)
            assert told[:4] == kept[:4] and datetime.fromisoformat(told[4]) == row.at, (told, kept)
            check_link(known.case, known.events, event)
            known.events.append(event)
            known.case = apply(known.case, event)

    def _case(self, connection: Connection, row: Row, now: datetime, *, at_rest: bool) -> None:
        known = self.known[row.id]
        process = self.office.process(connection, row.process_digest)
        terms = self.office.terms(connection, row.terms_digest)
        context = Context(now, self.office.calendar(connection), CLOCK)
        fresh = (row.version, row.due, row.tasks, row.documents, row.waiting)
        if known.checked != fresh:
            check_snapshot(row, known)
            check_edges(row, known.events, process)
            check_columns(row, known, process, terms, context)
            check_tasks(row, known.case, process)
            check_decision(row, known)
            check_papers(row, known.events)
            check_alerts(row, known)
            check_people(row, known.events)
            check_recusals(row, known.events)
            check_law(row, known.events, lambda digest: self.office.terms(connection, digest))
            known.checked = fresh
        check_clocks(row, known.case, process, terms, context, at_rest=at_rest)
        if at_rest:
            assert row.waiting == 0, f"{row.case_no}: the outbox is not empty: {row.failure}"
            assert all(paper["ready"] for paper in row.documents), f"{row.case_no}: a paper was never written"

    def _permits(self, connection: Connection, rows: Mapping[int, Row], now: datetime) -> None:
        permits = {row.case_id: row for row in connection.exec_driver_sql(PERMITS)}
        lives = {row.life_id for row in permits.values()}
        assert lives == {row.id for row in rows.values() if row.kind == "permit"}, "a life without permit, or none"
        for permit in permits.values():
            life = self.case(permit.life_id)
            check_permit(permit, life)
            row = rows[permit.life_id]
            terms = self.office.terms(connection, row.terms_digest)
            reading = read(terms, life, Context(now, self.office.calendar(connection), CLOCK))
            validity = reading.clock("validity")
            if permit.status in ("valid", "suspended") and permit.valid_until:
                assert validity is not None and validity.due == permit.valid_until, (
                    f"{permit.permit_no}: the clock runs to {validity and validity.due}, the register says {permit.valid_until}"
                )
        until = {permit.id: permit.valid_until and permit.valid_until.isoformat() for permit in permits.values()}
        for row in rows.values():
            terms = self.office.terms(connection, row.terms_digest)
            if row.operation == "renewal" and row.phase in ("intake", "review"):
                assert terms.permit["valid_until"] == until[row.permit_id], f"{row.case_no}: renews from another day"
            gets_one = row.outcome == "granted" and terms.result.get("certificate") and not terms.permit
            assert bool(gets_one) == (row.id in permits), f"{row.case_no}: a permit too many or too few"

    def _branches(self, rows: Sequence[Row], *, at_rest: bool) -> None:
        by_parent: dict[int, dict[str, Row]] = defaultdict(dict)
        for row in rows:
            if row.parent_id is not None:
                assert row.branch not in by_parent[row.parent_id], f"{row.case_no}: the branch was opened twice"
                by_parent[row.parent_id][row.branch] = row
        for row in rows:
            if row.process == "joint":
                check_branches(row, self.case(row.id), by_parent[row.id], self.known, at_rest=at_rest)
            else:
                assert row.id not in by_parent and not self.case(row.id).branches, row.case_no


# -- one case ---------------------------------------------------------------------------------------


def check_link(case: CaseState, before: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> None:
    """The chain: numbered without a gap, each event on the hash of the one before, later than it, from where it stood."""
    where = f"{case.case_no}#{event['seq']}"
    assert event["case_no"] == case.case_no and event["seq"] == case.seq + 1, f"{where}: a gap after {case.seq}"
    assert event["prev_hash"] == (before[-1]["hash"] if before else GENESIS), f"{where}: not on the event before"
    assert event["hash"] == link(event), f"{where}: the hash is not the event's"
    assert event["from"] == case.state, f"{where}: from {event['from']}, but the case stood at {case.state}"
    assert not before or event["at"] >= before[-1]["at"], f"{where}: earlier than the event before"


def check_snapshot(row: Row, known: Known) -> None:
    """The row is what the events say."""
    case = known.case
    assert row.version == len(known.events) == case.seq, f"{row.case_no}: version {row.version}, {case.seq} events"
    assert row.head == case.head == known.events[-1]["hash"], f"{row.case_no}: the head is not the last hash"
    told = case.to_json()
    differ = {key: (row.snapshot.get(key), told[key]) for key in told if row.snapshot.get(key) != told[key]}
    assert not differ and row.snapshot.keys() == told.keys(), f"{row.case_no}: the snapshot is not the fold: {differ}"


def check_edges(row: Row, events: Sequence[Mapping[str, Any]], process: Process) -> None:
    """Every event but the first took an edge of the pinned process, under a post that may take it."""
    for event in events[1:]:
        action = process.find(event["from"], event["type"])
        assert action is not None, f"{row.case_no}: no edge {event['from']}/{event['type']}"
        assert action.then == event["to"], f"{row.case_no}: {event['type']} leads to {action.then}, not {event['to']}"
        assert event["actor"]["post"] in action.by, f"{row.case_no}: {event['type']} by {event['actor']['post']}"


def check_columns(row: Row, known: Known, process: Process, terms: Any, context: Context) -> None:
    """State, outcome and dates on the row follow from the events, read at the moment of the last one."""
    case = known.case
    state = process.states[case.state]
    assert (row.state, row.phase) == (case.state, state.phase), f"{row.case_no}: {row.state} is not {case.state}"
    assert (row.outcome or "") == case.outcome and row.alert == case.alert, row.case_no
    assert (row.owner or "") == case.owner and row.process == case.process, row.case_no
    assert (row.terms_digest, row.process_digest) == (case.terms_digest, case.process_digest), row.case_no
    if len(known.events) == 1:
        return
    last = datetime.fromisoformat(known.events[-1]["at"])
    facts = case_facts(case, read(terms, case, Context(last, context.calendar, CLOCK)), process)
    told = (facts.accepted_on, facts.decided_on, facts.statutory_due, facts.promised_due)
    kept = (row.accepted_on, row.decided_on, row.statutory_due, row.promised_due)
    assert told == kept, f"{row.case_no}: the columns say {kept}, the events {told}"
    received = row.received_at and row.received_at.isoformat()
    assert (received and datetime.fromisoformat(received)) == (
        facts.received_at and datetime.fromisoformat(facts.received_at)
    ), row.case_no
    for task in _open_tasks(row):
        assert date.fromisoformat(task["due_on"]) == (facts.task_due or NEVER), f"{row.case_no}: the task's due date"


def check_tasks(row: Row, case: CaseState, process: Process) -> None:
    """One open task where the state has work to do, for its post and its people; none where the case has ended."""
    opened, task = _open_tasks(row), process.states[case.state].task
    if process.states[case.state].ends:
        assert not opened, f"{row.case_no}: has ended, but {opened[0]['title']} is still open"
    assert len(opened) == (1 if task else 0), f"{row.case_no}: {len(opened)} open tasks at {case.state}"
    for one in opened:
        assert task is not None
        assert (one["state"], one["post"], one["title"]) == (case.state, task.post, task.title), row.case_no
        assert one["department"] == row.department and 1 <= one["opened_seq"] <= case.seq, row.case_no
        members = list(members_of(case, task.members)) if task.members else None
        assert one["members"] == members, f"{row.case_no}: the task is for {one['members']}, not {members}"
        if task.post == "applicant":
            assert one["assignee"] == row.owner, f"{row.case_no}: the applicant's task is {one['assignee']}'s"


def _open_tasks(row: Row) -> list[dict[str, Any]]:
    return [task for task in row.tasks or () if task["closed_at"] is None]


def check_decision(row: Row, known: Known) -> None:
    """One decision a round, the one an event made, on the day and under the number of its paper."""
    made = [event for event in known.events if "outcome" in event["data"]["effects"]]
    assert len(made) <= 1, f"{row.case_no}: decided {len(made)} times"
    rounds = Counter(decision["round"] for decision in row.decisions)
    assert not rounds or max(rounds.values()) == 1, f"{row.case_no}: two decisions in one round"
    told = [(e["seq"], e["data"]["effects"]["outcome"], e["data"]["effects"]["documents"][0]["no"]) for e in made]
    kept = [(d["seq"], d["outcome"], d["document_no"]) for d in row.decisions]
    assert told == kept, f"{row.case_no}: decisions {kept}, events {told}"
    assert [e["at"][:10] for e in made] == [d["decided_on"] for d in row.decisions], row.case_no
    assert (row.outcome or "") == (made[0]["data"]["effects"]["outcome"] if made else ""), row.case_no
    if made and made[0]["type"] != "deem-renewed":
        assert row.decided_on.isoformat() == made[0]["at"][:10], f"{row.case_no}: decided on another day"


def check_papers(row: Row, events: Sequence[Mapping[str, Any]]) -> None:
    """Papers, materials and bans on file are those the events speak of."""
    effects = [(event["seq"], event["data"]["effects"]) for event in events]
    papers = [(seq, paper["title"], paper["no"]) for seq, told in effects for paper in told.get("documents", ())]
    kept = [(paper["seq"], paper["title"], paper["no"]) for paper in row.documents]
    assert sorted(papers) == sorted(kept), f"{row.case_no}: papers {kept}, events {papers}"
    supplied = [(seq, told["material"]["code"]) for seq, told in effects if "material" in told]
    assert supplied == [(one["seq"], one["code"]) for one in row.materials], f"{row.case_no}: materials"
    assert [seq for seq, told in effects if "ban" in told] == list(row.bans), f"{row.case_no}: bans"


def check_alerts(row: Row, known: Known) -> None:
    """Each alert cites the event that raised it; the case shows the gravest."""
    levels = [""]
    for alert in known.case.alerts:
        event = known.events[alert["seq"] - 1]
        assert event["data"]["effects"].get("alert") == alert["level"], f"{row.case_no}: alert without its event"
        levels.append(alert["level"])
    assert row.alert == max(levels, key=SEVERITY.index), f"{row.case_no}: shows {row.alert!r} for {levels}"


def check_people(row: Row, events: Sequence[Mapping[str, Any]]) -> None:
    """Nobody decides what they accepted or proposed, nor holds two posts in a case that are to be kept apart.

    A filing is confirmed by whoever receives it (file, refuse-filing): nothing was accepted or proposed before.
    """
    acted: dict[str, set[str]] = defaultdict(set)
    prepared, decided, at_once = set(), set(), set()
    for event in events:
        actor = event["actor"]
        if actor["post"] in AUTOMATIC:
            continue
        if event["type"] in ("declare-recusal", "request-recusal"):
            continue
        acted[actor["id"]].add(actor["post"])
        if (
            "one_hand" in event["data"]["effects"]
        ):  # 许可法34(2): on the spot one person may do both, and it is reported
            assert process_of(events) == "instant" and event["from"] == "spot-check", f"{row.case_no}: one hand"
            assert event["data"]["effects"]["alert"] == "yellow", f"{row.case_no}: one hand, and nobody hears of it"
            at_once.add(actor["id"])
            continue
        if event["type"] in PREPARES:
            prepared.add(actor["id"])
        if "outcome" in event["data"]["effects"] or event["type"] in DECIDES_BESIDES:
            decided.add(actor["id"])
    assert not prepared & decided, f"{row.case_no}: {prepared & decided} decided their own preparation"
    for person, posts in acted.items():
        for one, other in APART:
            is_told = person in at_once and {one, other} == {"window-clerk", "approver"}
            assert is_told or not {one, other} <= posts, f"{row.case_no}: {person} acted as {one} and as {other}"


def process_of(events: Sequence[Mapping[str, Any]]) -> str:
    """Return the process a case began under."""
    return str(events[0]["data"]["effects"]["process"])


def check_recusals(row: Row, events: Sequence[Mapping[str, Any]]) -> None:
    """Nobody acts or holds the task after they were kept out; nobody decides while it is open; the rows say the same."""
    open_for: dict[str, int] = {}
    gone: set[str] = set()
    told = []
    for event in events:
        actor, effects = event["actor"], event["data"]["effects"]
        assert actor["id"] not in gone or actor["id"] == row.owner, (
            f"{row.case_no}: {actor['id']} acts, though kept out"
        )
        if "outcome" in effects or event["type"] in DECIDES_BESIDES | {"terminate", "not-accepted"}:
            is_law = actor["post"] in AUTOMATIC
            assert is_law or not open_for, f"{row.case_no}: decided while a recusal was open: {open_for}"
        recusal = effects.get("recusal")
        if recusal is None:
            continue
        if recusal["status"] == "open":
            assert recusal["who"] not in open_for, f"{row.case_no}: asked twice at once"
            open_for[recusal["who"]] = event["seq"]
            continue
        assert actor["id"] != recusal["who"], f"{row.case_no}: {actor['id']} decided their own recusal"
        told.append([recusal["who"], recusal["status"], open_for.pop(recusal["who"]), event["seq"]])
        if recusal["status"] == "upheld":
            gone.add(recusal["who"])
    told += [[who, "open", seq, None] for who, seq in open_for.items()]
    kept = [[one["person_id"], one["status"], one["requested_seq"], one["decided_seq"]] for one in row.recusals]
    assert sorted(told, key=lambda one: one[2]) == kept, f"{row.case_no}: recusals {kept}, events {told}"
    for task in _open_tasks(row):
        assert task["assignee"] is None or task["assignee"] not in gone or task["assignee"] == row.owner, row.case_no


def check_clocks(row: Row, case: CaseState, process: Process, terms: Any, context: Context, *, at_rest: bool) -> None:
    """Clocks can always be read; an open case has a task or a clock; what the clocks will do is not slept through.

    A permit without an end (or past it) waits for other cases only: it may have neither task nor clock.
    """
    reading = read(terms, case, context)
    state = process.states[case.state]
    if state.ends:
        assert row.due is None, f"{row.case_no}: has ended, but is to be woken"
        return
    is_held = bool(_open_tasks(row)) or row.due is not None
    assert is_held or row.phase == "draft" or row.kind == "permit", f"{row.case_no}: open at {case.state}, nobody's"
    pending = tick(process, terms, case, context).events
    wake = context.now if pending else next_wake(reading, context.now)
    if wake is not None:
        assert row.due is not None, f"{row.case_no}: its clocks act at {wake}, and nothing wakes it"
        woken = datetime.fromisoformat(row.due["wake_at"])
        assert woken <= wake, f"{row.case_no}: its clocks act at {wake}, it is woken at {woken}"
    if at_rest:
        assert not pending, f"{row.case_no}: {pending[0]['type']} is due and was not done"
        left = undone(process, terms, case, context)
        assert not left, f"{row.case_no}: {left} is the system's to do at {case.state}"


def undone(process: Process, terms: Any, case: CaseState, context: Context) -> str:
    """Return a system action whose guards hold and that nobody took, or ""."""
    for action in process.states[case.state].actions.values():
        if action.by != ("system",) or (action.once and case.used.get(action.name)):
            continue
        question = Question(case, action, {}, terms, context.actor, context.now)
        if not any(PHRASES[phrase].judge(question) for phrase in action.needs):
            return action.name
    return ""


def check_law(row: Row, events: Sequence[Mapping[str, Any]], terms_of: Callable[[str], Terms]) -> None:
    """What the law asks of single acts, read off the events before them, without a word of the guards.

    许可法32 (complete materials, one notice of corrections), 34 (two inspectors), 38 (reasons and remedies), 42 (one
    extension), 45 and 36 (reviews and notices the item orders), 47 and 48 (no decision over an open hearing).
    """
    supplied: dict[str, int] = {}
    given: dict[str, Mapping[str, Any]] = {}  # the last event of each kind
    terms = terms_of(events[0]["data"]["effects"]["terms_digest"])
    for event in events:
        told, where = event["data"], f"{row.case_no}#{event['seq']} {event['type']}"
        effects = told["effects"]
        if "terms_digest" in effects:
            terms = terms_of(effects["terms_digest"])
        for rule in LAW.get(event["type"], ()):
            assert rule(event, given, supplied, terms), f"{where}: against {rule.__name__}"
        if effects.get("outcome") == "refused":
            assert told["reasons"].strip() and told["remedies"].strip(), f"{where}: no reasons or no remedies"
        if "outcome" in effects and event["type"] != "deem-renewed":  # 许可法50(2): whatever else is open
            assert not hearing_is_open(given), f"{where}: while a hearing is open"
            is_heard = follows(given, "sign-hearing-record", "announce-hearing", "request-hearing")
            is_aside = not is_heard or event["type"] == "refuse-for-fraud"
            assert is_aside or told.get("hearing_findings"), f"{where}: says nothing of the hearing"
        if "material" in effects:
            supplied[effects["material"]["code"]] = event["seq"]
        given[event["type"]] = event


Given = Mapping[str, Mapping[str, Any]]
Rule = Callable[[Mapping[str, Any], Given, Mapping[str, int], Terms], bool]


def follows(given: Given, kind: str, *others: str) -> bool:
    """Return True if the last event of that kind came after the last of each of the others."""
    return kind in given and all(given[kind]["seq"] > given[one]["seq"] for one in others if one in given)


def hearing_is_open(given: Given) -> bool:
    """Return True while a right to a hearing is open, or a hearing was asked for or announced and not yet held."""
    over = ("sign-hearing-record", "waive-hearing", "withdraw-hearing-request", "hearing-right-lapsed")
    begun = ("serve-hearing-rights", "request-hearing", "announce-hearing")
    return any(one in given and not any(follows(given, end, one) for end in over) for one in begun)


def complete(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """许可法32(5): accepted with everything that is asked for; what a commitment promises may follow."""
    promised = "commit" in given and given["commit"]["data"].get("form") == "materials"
    may_wait = event["type"] == "accept-tolerantly" or (promised and event["type"] == "accept-commitment")
    needed = {m.code for m in terms.materials if m.required and m.supply == "applicant"}
    return needed - {m.code for m in terms.materials if may_wait and m.tolerable} <= supplied.keys()


def corrected(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """许可法32(5): everything on the notice has come since, as far as it is still asked for."""
    notice = given["ask-corrections"]
    code_of = {name: m.code for m in terms.materials for name in (m.name, m.code)}
    asked = [code_of.get(entry["material"]) for entry in notice["data"]["missing"]]
    form = any(entry["material"] == "申请表" for entry in notice["data"]["missing"])
    return all(supplied.get(code, 0) > notice["seq"] for code in asked if code) and (
        not form or follows(given, "amend-form", "ask-corrections")
    )


def once(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """许可法32(4), 42(1): one notice of corrections, one extension."""
    return event["type"] not in given


def by_another(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """许可法34(3): what one inspector wrote down another one confirms; both were named for it."""
    first, order = CONFIRMED[event["type"]]
    named = given[order]["data"]["inspectors"]
    pair = (event["actor"]["id"], given[first]["actor"]["id"])
    return pair[0] != pair[1] and set(pair) <= set(named) and len(set(named)) > 1


def as_ordered(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """What the item's rule orders before an opinion is done: visit, experts, notices, hearing."""
    special = terms.special
    ends = ("confirm-pass", "confirm-failure", "waive-visit", "rectification-lapsed")
    visited = any(follows(given, end, "plan-visit") for end in ends)
    owes_notice = any(one["need"] == "always" for one in special.get("publicity", ()))
    return (
        (visited or special.get("on-site") != "always")
        and ("conclude-review" in given or special.get("experts", {}).get("need") != "always")
        and ("end-publicity" in given or not owes_notice)
        and ("sign-hearing-record" in given or special.get("hearing") != "always")
    )


def as_reviewed(event: Mapping[str, Any], given: Given, supplied: Mapping[str, int], terms: Terms) -> bool:
    """A decision on the list of major ones passed legal review, after the opinion it is about."""
    return not terms.legal_review or follows(given, "pass-legal-review", "ask-legal-review", "propose-directly")


CONFIRMED = {
    **dict.fromkeys(("confirm-pass", "confirm-failure", "confirm-rectification"), ("record-visit", "plan-visit")),
    **dict.fromkeys(
        ("confirm-true", "confirm-false", "confirm-shortfall"), ("record-verification", "order-verification")
    ),
}
LAW: Mapping[str, tuple[Rule, ...]] = {
    **dict.fromkeys(("accept", "accept-tolerantly", "accept-commitment", "file"), (complete,)),
    **dict.fromkeys(CONFIRMED, (by_another,)),
    "ask-corrections": (once,),
    "extend": (once,),
    "resubmit": (corrected,),
    "propose": (as_ordered,),
    "impose": (as_reviewed,),
}


# -- the office as a whole --------------------------------------------------------------------------


def check_numbers(connection: Connection) -> None:
    """Numbers of papers and permits run from one without a gap or a double, by organ, word and year."""
    numbers = connection.exec_driver_sql("select no from documents union all select permit_no from permits").scalars()
    counted: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number in numbers:
        match = NUMBER.fullmatch(number)
        assert match, f"{number} is no number of a paper"
        counted[match[1], int(match[2])].append(int(match[3]))
    kept = {
        (f"{row.organ}{row.word}", row.year): row.last
        for row in connection.exec_driver_sql("select organ, word, year, last from number_counters")
    }
    assert counted.keys() == kept.keys(), counted.keys() ^ kept.keys()
    for key, found in counted.items():
        assert sorted(found) == list(range(1, kept[key] + 1)), f"{key}: {sorted(found)}, counted to {kept[key]}"


def check_permit(permit: Row, life: CaseState) -> None:
    """The register's row is what the permit's own chain says."""
    assert life.case_no == permit.permit_no == permit.life_no and permit.life_kind == "permit", permit.permit_no
    status = {"renewal-pending": "valid", "suspended-pending": "suspended"}.get(life.state, life.state)
    assert permit.status == status, f"{permit.permit_no}: {permit.status} in the register, {life.state} in its life"
    told = {key: life.permit.get(key) for key in ("valid_from", "valid_until", "decision_no")}
    kept = {
        "valid_from": permit.valid_from.isoformat(),
        "valid_until": permit.valid_until and permit.valid_until.isoformat(),
        "decision_no": permit.decision_no,
    }
    assert told == kept, f"{permit.permit_no}: the register says {kept}, its life {told}"
    for key in ("content", "holder"):
        if key in life.permit:
            assert getattr(permit, key) == life.permit[key], f"{permit.permit_no}: {key}"


def check_branches(
    parent: Row, case: CaseState, children: Mapping[str, Row], known: Mapping[int, Known], *, at_rest: bool
) -> None:
    """What a joint case knows of its branches is what they are; each was opened once and only when it was wanted."""
    assert children.keys() <= case.branches.keys(), f"{parent.case_no}: {children.keys() - case.branches.keys()}"
    for key, branch in case.branches.items():
        child, outcome = children.get(key), branch["outcome"]
        if outcome == "not-opened":
            assert child is None, f"{parent.case_no}: {key} was opened, though it had fallen away"
            continue
        if outcome:
            assert child is not None and branch["case_no"] == child.case_no, f"{parent.case_no}: {key}"
            assert outcome == outcome_of(child, known[child.id]), f"{parent.case_no}: {key} is not {outcome}"
        if not at_rest:
            continue
        assert child is not None, f"{parent.case_no}: {key} was never opened"
        assert child.owner == parent.owner and child.accepted_on is not None, child.case_no
        if parent.phase != "ended" and parent.outcome is None:
            assert outcome == outcome_of(child, known[child.id]), f"{parent.case_no} did not hear of {child.case_no}"
        if parent.state in ("withdrawn", "terminated", "returned"):
            assert child.phase not in ("intake", "review"), f"{child.case_no}: goes on though {parent.case_no} ended"


def outcome_of(child: Row, known: Known) -> str:
    """Return what a joint case should have heard of this branch, from the branch's own events; "" while it is open."""
    if child.outcome:
        return str(child.outcome)
    if child.phase != "ended":
        return ""
    return {"agreed": "granted", "disagreed": "refused"}.get(child.state, child.state)


def check_contents(connection: Connection) -> None:
    """A paper's frozen content is what its digest says, and cites the event that issued it."""
    rows = connection.exec_driver_sql(
        "select d.no, d.content, d.sha256, e.hash from documents d join events e using (case_id, seq)"
        " where d.content is not null"
    )
    for row in rows:
        assert row.content["no"] == row.no and row.content["event_hash"] == row.hash, row.no
        assert sha256(canonical(row.content)).hexdigest() == row.sha256, f"{row.no}: not what was frozen"
