"""decide(): (process, terms, case, act, context) -> events | refusal. Pure: no clock, database or chance.

The order of judging is the order a careful officer would follow: is there such an action here, may this
person take it, is what was given sound, do the guards hold, do the clocks allow the fact it records.
Then what the law itself does first (tick) and what the system does next (system actions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from workflow.engine import asks
from workflow.engine.case import CaseState, apply, documents_of
from workflow.engine.clocks import (
    Finding,
    Reading,
    next_wake,
    parse_fact,
    parse_facts,
    parse_rules,
    read_clocks,
    refusals_of,
)
from workflow.engine.commands import CLOCK, SYSTEM, Act, Actor, Context
from workflow.engine.dates import SHANGHAI, day_in_shanghai
from workflow.engine.errors import Reason, Refused
from workflow.engine.guards import PHRASES, Question
from workflow.engine.machine import advance, edges_from
from workflow.engine.model import Action, Process, Terms
from workflow.engine.remedies import RemedyKind, remedies_text
from workflow.engine.roles import AGENT, SEPARATION, delegation_ends_on, in_whose_place, one_hand, post_for
from workflow.engine.works import WORKS
from workflow.ledger.chain import link

CHAIN_MAX = 20  # automatic actions after one act; more means a definition that runs in a circle
REMEDY_KINDS: Mapping[str, RemedyKind] = {"not-accepted": "not-accepted", "terminate": "termination"}
PAPER = "@"  # a document whose title the terms know: @grant, @refusal


@dataclass(frozen=True, slots=True)
class Decided:
    """What happens: events not yet sealed (no document numbers, no hashes), and the clocks after them.

    documents: titles of documents each event issues, as (index of event, title).
    """

    events: tuple[dict[str, Any], ...]
    case: CaseState
    reading: Reading

    @property
    def documents(self) -> tuple[tuple[int, str], ...]:
        """Return (index of event, document title) for everything to be numbered."""
        return tuple(
            (index, document["title"]) for index, event in enumerate(self.events) for document in documents_of(event)
        )


@dataclass(frozen=True, slots=True)
class Possible:
    """An action of the present state: open to this person now, or why not."""

    action: Action
    reasons: tuple[Reason, ...]


def read(terms: Terms, case: CaseState, context: Context) -> Reading:
    """Return the reading of all clocks of the case at context.now."""
    return read_clocks(_rules(terms), parse_facts(case.facts), context.calendar, context.now)


def decide(
    process: Process, terms: Terms, case: CaseState, act: Act, context: Context, extra: Mapping[str, Any] | None = None
) -> Decided | Refused:
    """Return the events of one act (with what the law did before and the system does after), or Refused.

    extra: effects only the office knows (terms_digest and form at submission, the stored material), merged
    into the event's effects. terms: at submission, already the terms the case will be pinned to.
    """
    law_first = tick(process, terms, case, context)
    action = process.find(law_first.case.state, act.action)
    if action is None or (action.is_automatic and not _may_ask(action, context)):
        return _no_such_edge(process, terms, law_first.case, act, context)
    extra = dict(extra or {})
    if action.takes and action.takes not in extra:
        what = {"form": "申请表", "material": "材料文件"}[action.takes]
        return Refused(
            (Reason("INPUT_MISSING", f"“{action.title}”须随附{what}。", action.law, "invalid", action.takes),)
        )
    judged = _judge(process, terms, law_first.case, action, act, context)
    if isinstance(judged, Refused):
        return judged
    post, given, fact, computed = judged
    event = _event(process, terms, law_first.case, action, context, context.actor, post, given, fact, extra | computed)
    case_after = apply(law_first.case, event)
    followed = _system_actions(process, terms, case_after, context, [*law_first.events, event])
    if isinstance(followed, Refused):
        return followed
    events, case_after = followed
    unchanged = case_after.facts is law_first.case.facts  # same facts, same moment: the same reading
    reading = law_first.reading if unchanged else read(terms, case_after, context)
    return Decided(tuple(events), case_after, reading)


def _may_ask(action: Action, context: Context) -> bool:
    """Return True where another case asks for what only another case may ask for."""
    return action.by == ("case",) and "case" in context.actor.posts


def tick(process: Process, terms: Terms, case: CaseState, context: Context) -> Decided:
    """Return what the clocks do by themselves up to now; no events if nothing is due."""
    events: list[dict[str, Any]] = []
    reading = read(terms, case, context)
    for _ in range(CHAIN_MAX):
        step = _due(process, case, reading, context.now)
        if step is None:
            break
        action, finding = step
        given, computed = _worked(action, _question(process, terms, case, action, {}, context, CLOCK))
        effects = {"finding": finding.to_json(), "fired": _fired_key(finding), **computed}
        fact = _clock_fact(action, finding, reading, context)
        event = _event(process, terms, case, action, context, CLOCK, "clock", given, fact, effects)
        case = apply(case, event)
        followed = _system_actions(process, terms, case, context, [*events, event])
        if isinstance(followed, Refused):  # the clock's own act stands; what should follow waits for a person
            events = [*events, event]
        else:
            events, case = followed
        reading = read(terms, case, context)
    return Decided(tuple(events), case, reading)


def _due(process: Process, case: CaseState, reading: Reading, now: datetime) -> tuple[Action, Finding] | None:
    """Return the first clock action whose finding has come and was not acted on yet."""
    actions = {a.when: a for a in process.states[case.state].actions.values() if a.by == ("clock",)}
    if not actions:
        return None
    besides = (*_delegation_over(case, now), *_to_publish(reading, now))
    for finding in sorted([*reading.findings, *besides], key=lambda found: found.on):
        action = actions.get(finding.code)
        if action is None or finding.refused or _fired_key(finding) in case.fired:
            continue
        if not (action.once and case.used.get(action.name)):
            return action, finding
    return None


def _delegation_over(case: CaseState, now: datetime) -> tuple[Finding, ...]:
    """Return the finding that a delegation is over, the day after its last one. No clock of the law: it stops nothing."""
    last = delegation_ends_on(case)
    if last is None or day_in_shanghai(now) <= last:
        return ()
    text = f"代班至{last.isoformat()}届满。"
    return (Finding("DELEGATION_ENDED", last + timedelta(days=1), "本机关办理规程", text),)


def _to_publish(reading: Reading, now: datetime) -> tuple[Finding, ...]:
    """Return the finding that what is unpublished has to be published now: the day before the last. The office's own rule."""
    day = _publishes_on(reading)
    if day is None or day_in_shanghai(now) < day:
        return ()
    text = "双公示期限将满，自动公开。"
    return (Finding("PUBLICATION_NEAR", day, "发改办财金〔2018〕424号；提前一日为本机关拟定", text),)


def _publishes_on(reading: Reading) -> date | None:
    """Return the day on which publication is due by machine; None where nothing waits to be published."""
    clock = next((one for one in reading.clocks if one.id == "publication"), None)
    return clock.due - timedelta(days=1) if clock is not None and clock.ended_on is None else None


def _fired_key(finding: Finding) -> str:
    return f"{finding.code}@{finding.on.isoformat()}"


def _clock_fact(action: Action, finding: Finding, reading: Reading, context: Context) -> dict[str, Any] | None:
    if not action.records:
        return None
    fact: dict[str, Any] = {"type": action.records, "at": context.now.isoformat(), **action.fixes}
    if finding.code == "DEEMED_ACCEPTED":  # 许可法32(4): accepted from the day of receipt
        assert reading.accepted_on is not None
        fact |= {"deemed": True, "effective_on": reading.accepted_on.isoformat()}
    return fact


def _system_actions(
    process: Process, terms: Terms, case: CaseState, context: Context, events: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], CaseState] | Refused:
    """Take every system action whose guards hold, until none is left. Refused if the law forbids one of them."""
    for _ in range(CHAIN_MAX):
        action = _next_system_action(process, terms, case, context)
        if action is None:
            return events, case
        given, computed = _worked(action, _question(process, terms, case, action, {}, context, SYSTEM))
        refusals = _clock_refusals(terms, case, action, "system", given, context)
        if refusals:
            return Refused(tuple(_reason(found) for found in refusals))
        fact = _fact(action, given, "system", context)
        event = _event(process, terms, case, action, context, SYSTEM, "system", given, fact, computed)
        events, case = [*events, event], apply(case, event)
    raise AssertionError(f"system actions of {process.slug} run in a circle at {case.state}")


def _next_system_action(process: Process, terms: Terms, case: CaseState, context: Context) -> Action | None:
    for action in process.states[case.state].actions.values():
        if action.by != ("system",) or (action.once and case.used.get(action.name)):
            continue
        question = _question(process, terms, case, action, {}, context, SYSTEM)
        if not any(PHRASES[phrase].judge(question) for phrase in action.needs):
            return action
    return None


def _question(
    process: Process,
    terms: Terms,
    case: CaseState,
    action: Action,
    given: Mapping[str, Any],
    context: Context,
    actor: Actor,
    refusals: frozenset[str] = frozenset(),
) -> Question:
    return Question(
        case,
        action,
        given,
        terms,
        actor,
        context.now,
        context.people,
        refusals,
        context.around,
        context.humans,
        process.apart,
    )


def _worked(action: Action, question: Question) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the works of an automatic action add to data and effects; one that cannot be done adds nothing."""
    given: dict[str, Any] = {}
    computed: dict[str, Any] = {}
    for name in action.does:
        result = WORKS[name](replace(question, given=given))
        if not isinstance(result, Reason):
            given |= result[0]
            computed |= result[1]
    return given, computed


def _no_such_edge(process: Process, terms: Terms, case: CaseState, act: Act, context: Context) -> Refused:
    if act.action not in process.action_names():
        return Refused((Reason("ACTION_UNKNOWN", f"“{process.title}”没有 {act.action} 这个办理动作。", "", "invalid"),))
    anywhere = next(s.actions[act.action] for s in process.states.values() if act.action in s.actions)
    if not anywhere.is_automatic:
        legal = _clock_refusals(terms, case, anywhere, anywhere.by[0], act.data, context)
        if legal:  # 二次补正, 逾期补正: say the rule, not only "not here"
            return Refused(tuple(_reason(found) for found in legal))
    state = process.states[case.state]
    text = f"本件当前环节是“{state.title}”，不能办理“{anywhere.title}”。"
    return Refused((Reason("ACTION_NOT_ALLOWED", text, anywhere.law, "conflict"),))


def _judge(
    process: Process, terms: Terms, case: CaseState, action: Action, act: Act, context: Context
) -> tuple[str, dict[str, Any], dict[str, Any] | None, dict[str, Any]] | Refused:
    post = post_for(process, action, context.actor, case, context.humans)
    if isinstance(post, Reason):
        return Refused((post,))
    given = _given(action, terms, act, context)
    problems = asks.check(action, given, terms)
    if len(act.opinion) > asks.TEXT_MAX:
        problems.append(Reason("FIELD_INVALID", f"意见不能超过 {asks.TEXT_MAX} 字。", "", "invalid", "opinion"))
    if problems:
        return Refused(tuple(problems))
    computed: dict[str, Any] = {}
    unable: list[Reason] = []
    for name in action.does:
        result = WORKS[name](_question(process, terms, case, action, given, context, context.actor))
        if isinstance(result, Reason):
            unable.append(result)
        else:
            given, computed = given | result[0], computed | result[1]
    refusals = _clock_refusals(terms, case, action, post, given, context)
    reasons = _broken_guards(process, terms, case, action, given, context, refusals, with_data=True) + unable
    covered = {reason.code for reason in reasons}
    reasons += [_reason(found) for found in refusals if found.code not in covered]
    if reasons:
        return Refused(tuple(reasons))
    if act.opinion:
        given["opinion"] = act.opinion
    computed |= _who_else(process, case, action, post, context)
    return post, given, _fact(action, given, post, context), computed


def _who_else(process: Process, case: CaseState, action: Action, post: str, context: Context) -> dict[str, Any]:
    """Return what the event has to tell besides of people: in whose place, and that one hand held two posts."""
    told: dict[str, Any] = {}
    place = in_whose_place(case, context.humans, context.actor.id, post)
    if place:
        told["acts_for"] = place
    held = one_hand(process, action, post, context.actor, case, context.humans)
    if held:  # 许可法34(2): decided on the spot one person may do both; whoever supervises hears of it
        text = f"同一人先后担任“{process.people[held]}”和“{process.people[post]}”，当场作出决定。"
        on = day_in_shanghai(context.now)
        finding = Finding("ONE_PERSON_DECIDED", on, "行政许可法 第三十四条第二款；" + SEPARATION, text)
        told |= {"one_hand": [held, post], "alert": "yellow", "finding": finding.to_json()}
    return told


def _given(action: Action, terms: Terms, act: Act, context: Context) -> dict[str, Any]:
    given = {name: value for name, value in act.data.items() if value is not None or action.ask(name) is None}
    if action.ask("remedies") and "remedies" not in given:
        kind = REMEDY_KINDS.get(action.name) or ("refusal" if action.decides == "refused" else "decision")
        is_licence = terms.kind in ("licence", "approval") and not terms.permit
        given["remedies"] = remedies_text(kind if is_licence or kind != "refusal" else "decision", context.now.date())
    return given


def _broken_guards(
    process: Process,
    terms: Terms,
    case: CaseState,
    action: Action,
    given: Mapping[str, Any],
    context: Context,
    refusals: Sequence[Finding],
    *,
    with_data: bool,
) -> list[Reason]:
    codes = frozenset(found.code for found in refusals)
    question = _question(process, terms, case, action, given, context, context.actor, codes)
    reasons = []
    if action.once and case.used.get(action.name):
        reasons.append(Reason("ALREADY_DONE", f"“{action.title}”只能办理一次。", action.law))
    for phrase in action.needs:
        guard = PHRASES[phrase]
        if guard.asks_data and not with_data:
            continue
        reason = guard.judge(question)
        if reason is not None:
            reasons.append(reason)
    return _with_clock_words(reasons, refusals)


def _with_clock_words(reasons: list[Reason], refusals: Sequence[Finding]) -> list[Reason]:
    """Where a clock refused, its own sentence explains better than the phrase."""
    texts = {found.code: found for found in refusals}
    return [
        replace(reason, text=texts[reason.code].text, law=texts[reason.code].law) if reason.code in texts else reason
        for reason in reasons
    ]


def _clock_refusals(
    terms: Terms, case: CaseState, action: Action, post: str, given: Mapping[str, Any], context: Context
) -> tuple[Finding, ...]:
    fact = _fact(action, given, post, context)
    if fact is None:
        return ()
    candidate = parse_fact(fact)
    return refusals_of(_rules(terms), parse_facts(case.facts), candidate, context.calendar)


def _fact(action: Action, given: Mapping[str, Any], post: str, context: Context) -> dict[str, Any] | None:
    """Return the legal fact this action records, with what the clocks need of the data given."""
    if not action.records:
        return None
    fact: dict[str, Any] = {"type": action.records, "at": context.now.isoformat()}
    for name in FACT_FIELDS.get(action.records, ()):
        if name in given:
            fact[name] = given[name]
    if action.records == "extension_approved":
        fact["by"] = post
    if action.records == "decided":
        fact["outcome"] = action.decides
    return fact | dict(action.fixes) | ({"complete": True} if action.records == "resubmitted" else {})


FACT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "received": ("channel", "confirmed_at"),
    "suspended": ("ground", "notice_served_at", "notified_days"),
    "resumed": ("ground",),
    "extension_approved": ("reason_notified",),
    "hearing_notice_served": ("hearing_on",),
    "visit_started": ("notice_served_at", "notified_days"),
    "rectification_ordered": ("notice_served_at", "due_on"),
    "renewal_filed": ("valid_until",),
    "commitment_signed": ("form",),
    "delivered": ("served_at",),
    "notice_served": ("notice", "served_at"),
    "publicity_started": ("n", "unit", "stage", "notice_served_at"),
    "hearing_announced": ("hearing_on",),
    "permit_issued": ("valid_until",),
    "permit_renewed": ("valid_until",),
}


def _event(
    process: Process,
    terms: Terms,
    case: CaseState,
    action: Action,
    context: Context,
    actor: Actor,
    post: str,
    given: Mapping[str, Any],
    fact: dict[str, Any] | None,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    to = advance(process, case.state, action.name)
    assert to == action.then, f"machine and definition disagree on {case.state}/{action.name}"
    effects: dict[str, Any] = dict(extra)
    if fact is not None:
        effects["fact"] = fact
    for key in ("marks", "clears"):
        if getattr(action, key):
            effects[key] = [*effects.get(key, ()), *getattr(action, key)]
    if to != case.state and "delegated" in case.marks:  # what was delegated was this task
        effects["clears"] = [*effects.get("clears", ()), "delegated"]
    if action.issues:
        effects["documents"] = [{"title": terms.papers[t[1:]] if t[0] == PAPER else t} for t in action.issues]
    if action.collects:
        effects["collects"] = action.collects
        if action.collects_by:
            effects["collects_as"] = str(given.get(action.collects_by, ""))
    if action.on_permit:
        effects["on_permit"] = terms.permit["operation"] if action.on_permit[0] == PAPER else action.on_permit
    if action.decides:
        effects["outcome"] = action.decides
    if action.alert:
        effects["alert"] = action.alert
    if action.law:
        effects["law"] = action.law
    return {
        "case_no": case.case_no,
        "seq": case.seq + 1,
        "type": action.name,
        "at": context.now.isoformat(),
        "actor": _said(actor, post),
        "from": case.state,
        "to": to,
        "data": {**given, "effects": effects},
        "prev_hash": case.head,
        "hash": "",
    }


def _said(actor: Actor, post: str) -> dict[str, Any]:
    """Return who acted as an event says it; an agent's act names whose agent."""
    said = {"id": actor.id, "name": actor.name, "post": post}
    return {**said, "agent_of": actor.agent_of} if post == AGENT else said


def open_case(
    process: Process, case_no: str, context: Context, post: str, effects: Mapping[str, Any], given: Mapping[str, Any]
) -> Decided:
    """Return the first event of a case: a draft under this process. effects: identity of the case."""
    event = {
        "case_no": case_no,
        "seq": 1,
        "type": "open",
        "at": context.now.isoformat(),
        "actor": _said(context.actor, post),
        "from": "",
        "to": process.starts_in,
        "data": {**given, "effects": {**effects, "process": process.slug, "process_digest": process.digest}},
        "prev_hash": CaseState(case_no).head,
        "hash": "",
    }
    case = apply(CaseState(case_no), event)
    return Decided((event,), case, Reading.empty())


def seal(before: CaseState, decided: Decided, numbers: Sequence[str]) -> tuple[list[dict[str, Any]], CaseState]:
    """Return the events with document numbers and hashes, and the case after them.

    numbers: one per entry of decided.documents, in order.
    """
    left = iter(numbers)
    head, sealed = before.head, []
    for draft in decided.events:
        for document in documents_of(draft):
            document["no"] = next(left)
        event = {**draft, "prev_hash": head}
        head = event["hash"] = link(event)
        sealed.append(event)
    return sealed, replace(decided.case, head=head)  # numbers and hashes change nothing else of a case


def possible(process: Process, terms: Terms, case: CaseState, context: Context) -> list[Possible]:
    """Return every action of the present state with the reasons against it (without any data given)."""
    law_first = tick(process, terms, case, context).case
    found = []
    for name in edges_from(process, law_first.state):
        action = process.states[law_first.state].actions[name]
        if action.is_automatic:
            continue
        post = post_for(process, action, context.actor, law_first, context.humans)
        if isinstance(post, Reason):
            found.append(Possible(action, (post,)))
            continue
        refusals = [
            f
            for f in _clock_refusals(terms, law_first, action, post, _hopeful(action, context), context)
            if f.code not in DATA_REFUSALS
        ]
        reasons = _broken_guards(process, terms, law_first, action, {}, context, refusals, with_data=False)
        covered = {reason.code for reason in reasons}
        reasons += [_reason(f) for f in refusals if f.code not in covered]
        found.append(Possible(action, tuple(reasons)))
    return found


# Refusals that depend on what will be given, so they say nothing about whether the action is open now.
DATA_REFUSALS = frozenset(
    {
        "EXTENSION_REASON_NOT_NOTIFIED",
        "SUSPENSION_NOT_NOTIFIED",
        "SUSPENSION_GROUND_NOT_ALLOWED",
        "HEARING_NOTICE_TOO_LATE",
    }
)


def _hopeful(action: Action, context: Context) -> dict[str, Any]:
    """Return data that satisfies the shape of the fact, so that only the timing is judged."""
    if action.records == "hearing_notice_served":
        return {"hearing_on": (context.now.date() + timedelta(days=365)).isoformat()}
    if action.records == "suspended":
        return {"ground": "hearing", "notice_served_at": context.now.isoformat()}
    if action.records == "publicity_started":
        return {"n": 1, "unit": "working_day"}
    if action.records == "renewal_filed":
        return {"valid_until": context.now.date().isoformat()}
    return {"reason_notified": True}


def wake_at(process: Process, case: CaseState, reading: Reading, now: datetime) -> datetime | None:
    """Return when the clocks act next by themselves, or None: at once where an act has brought something due."""
    return now if _due(process, case, reading, now) else sleeps_until(case, reading, now)


def sleeps_until(case: CaseState, reading: Reading, now: datetime) -> datetime | None:
    """Return when a clock, the end of a delegation or the day to publish changes something next, or None."""
    wakes = [moment for moment in (next_wake(reading, now),) if moment]
    last = delegation_ends_on(case)
    if last is not None:
        wakes.append(max(now, datetime.combine(last + timedelta(days=1), time.min, SHANGHAI)))
    day = _publishes_on(reading)
    if day is not None and day > day_in_shanghai(now):
        wakes.append(datetime.combine(day, time.min, SHANGHAI))
    return min(wakes, default=None)


def _reason(finding: Finding) -> Reason:
    return Reason(finding.code, finding.text, finding.law, "conflict")


def _rules(terms: Terms) -> Any:
    return parse_rules(terms.rules, key=terms.digest)
