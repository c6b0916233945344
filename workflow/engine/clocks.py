"""The clocks: legal facts in, due dates and findings out. Pure; the one place where time is law.

read_clocks() folds the facts in order. Before each fact, and at the end, the law acts for those who were
silent (acceptance by silence, lapsed rights, deemed renewal). A fact the law does not allow changes nothing
but leaves a finding with refused=True. Nothing stores remaining time: every date is computed from
(start, n, unit, what was excluded), so a new calendar changes them all (ADR 0007).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.engine.calendar import WorkingCalendar, plain_end
from workflow.engine.dates import SHANGHAI
from workflow.engine.facts import Fact, Period, Rules, parse_fact, parse_facts, parse_rules
from workflow.engine.suspensions import Suspension, merge, removed_days
from workflow.engine.vocabulary import CLOCK_IDS, GROUNDS

__all__ = [
    "Clock",
    "Finding",
    "Reading",
    "next_wake",
    "parse_fact",
    "parse_facts",
    "parse_rules",
    "read_clocks",
    "refusals_of",
]

XK32 = "行政许可法 第三十二条"
XK42 = "行政许可法 第四十二条"
XK45 = "行政许可法 第四十五条"
XK47 = "行政许可法 第四十七条"
XK48 = "行政许可法 第四十八条"
XK50 = "行政许可法 第五十条"
PROMISE_LAW = "优化营商环境条例 第三十六条"
ONE_DAY = timedelta(days=1)


class Finding(NamedTuple):
    """A deemed effect, an alert, or the refusal of a fact. on: the day it takes shape; text: Chinese."""

    code: str
    on: date
    law: str
    text: str
    refused: bool = False
    more: Mapping[str, Any] = MappingProxyType({})

    def to_json(self) -> dict[str, Any]:
        """Return code, on, law, text and what else proves it."""
        return {"code": self.code, "on": self.on.isoformat(), "law": self.law, "text": self.text, **self.more}


@dataclass(slots=True)
class Clock:
    """One period. starts: the day of the event, itself not counted. due: lawful until the end of that day.

    status: running | paused | met | expired | lapsed. removed_days: in the clock's own unit.
    """

    id: str
    starts: date
    n: int
    unit: str
    due: date
    law: str
    status: str = "running"
    ended_on: date | None = None
    removed_days: int = 0
    extended_by: int = 0
    provisional: bool = False
    yellow_from: date | None = None
    paused_since: date | None = None
    last_working_day: date | None = None
    removed: tuple[tuple[date, date, str], ...] = ()

    @property
    def name(self) -> str:
        """Return the Chinese name."""
        return CLOCK_IDS[self.id]

    @property
    def is_open(self) -> bool:
        """Return True while the clock runs or is paused."""
        return self.ended_on is None and self.status in ("running", "paused")


class Reading(NamedTuple):
    """All clocks of a case at one moment. accepted_by: clerk | resubmission | deemed | ""."""

    state: str
    received_on: date | None
    accepted_on: date | None
    accepted_by: str
    clocks: tuple[Clock, ...]
    findings: tuple[Finding, ...]
    provisional: bool
    wakes: tuple[date, ...] = ()

    def clock(self, clock_id: str) -> Clock | None:
        """Return the clock of that id, or None."""
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    @classmethod
    def empty(cls) -> "Reading":
        """Return the reading of a case without facts."""
        return cls("none", None, None, "", (), (), False)


def read_clocks(rules: Rules, facts: Sequence[Fact], calendar: WorkingCalendar, as_of: datetime) -> Reading:
    """Return every clock at `as_of` (or at the last fact, if that is later)."""
    if not facts:
        return Reading.empty()
    fold = _Fold(rules, calendar)
    for fact in facts:
        fold.take(fact)
    today = as_of.date() if as_of.tzinfo is SHANGHAI else as_of.astimezone(SHANGHAI).date()
    return fold.finish(max(today, facts[-1].on))


def refusals_of(
    rules: Rules, facts: Sequence[Fact], candidate: Fact, calendar: WorkingCalendar
) -> tuple[Finding, ...]:
    """Return the findings with which the law would refuse `candidate` after `facts`; () if it is allowed."""
    fold = _Fold(rules, calendar)
    for fact in facts:
        fold.take(fact)
    before = len(fold.findings)
    fold.take(candidate)
    return tuple(finding for finding in fold.findings[before:] if finding.refused)


def next_wake(reading: Reading, as_of: datetime) -> datetime | None:
    """Return the next midnight (Asia/Shanghai) at which the reading changes though nobody acts, or None."""
    today = as_of.astimezone(SHANGHAI).date()
    ahead = [day for day in reading.wakes if day > today]
    return datetime.combine(min(ahead), time.min, SHANGHAI) if ahead else None


class _Fold:
    """The running account of one case. Methods named after fact types are the law's effects."""

    __slots__ = (
        "accepted_by",
        "accepted_on",
        "calendar",
        "clocks",
        "commitment",
        "correction_asked",
        "decided",
        "decided_on",
        "ended_on",
        "extension",
        "findings",
        "gate",
        "received_on",
        "renewal",
        "rules",
        "state",
        "supplement_due_to",
        "suspensions",
        "watch",
    )

    def __init__(self, rules: Rules, calendar: WorkingCalendar) -> None:
        self.rules, self.calendar = rules, calendar
        self.state = "none"
        self.received_on: date | None = None
        self.accepted_on: date | None = None
        self.accepted_by = ""
        self.decided, self.decided_on = "", None
        self.ended_on: date | None = None
        self.correction_asked = False
        self.extension = 0
        self.gate = ""  # "", rights, requested: while open, no decision
        self.commitment = ""
        self.supplement_due_to = ""  # tolerant | commitment
        self.renewal: tuple[date, bool] | None = None  # (valid_until, filed in time)
        self.suspensions: list[Suspension] = []
        self.clocks: dict[str, Clock] = {}
        self.findings: list[Finding] = []
        self.watch = date.max  # until the end of this day, silence changes nothing

    # -- the frame -------------------------------------------------------------------------------

    def take(self, fact: Fact) -> None:
        """Apply one fact, after what the law did by itself before it."""
        self.elapse(fact.on)
        if self.state == "deemed-renewed" and fact.type == "decided":
            text = "有效期届满前未作出决定，已经视为准予延续，不能再作不予延续的决定。"
            self.refuse("DEEMED_RENEWED_ALREADY", fact.on, XK50, text)
            return
        if self.ended_on is not None and fact.type not in _AFTER_THE_END:
            self.refuse("CASE_ENDED", fact.on, "行政许可法 第三十二条至第四十四条", "本件已经结束，不能再办理。")
            return
        _HANDLERS[fact.type](self, fact)

    def elapse(self, today: date) -> None:
        """Let silence take effect up to the start of `today`."""
        if today <= self.watch:
            return
        self._elapse(today)
        silent = [clock.due for clock in self.clocks.values() if clock.id in _SILENT and clock.ended_on is None]
        self.watch = min((due for due in silent if due >= today), default=date.max)

    def _elapse(self, today: date) -> None:
        clocks = self.clocks
        clock = clocks.get("correction")
        if clock is not None and clock.ended_on is None and clock.status == "running" and today > clock.due:
            self._deem_accepted(clock)
        clock = clocks.get("resubmission")
        if clock is not None and clock.status == "running" and clock.ended_on is None and today > clock.due:
            self._expire(clock)
            self.find("RESUBMISSION_LAPSED", clock.due + ONE_DAY, clock.law, "逾期未补正，作退件处理。")
            self._end("returned", clock.due + ONE_DAY)
        clock = clocks.get("supplement")
        if clock is not None and clock.status == "running" and clock.ended_on is None and today > clock.due:
            self._supplement_lapses(clock)
        if self.gate == "rights":
            clock = clocks["hearing-request"]
            if today > clock.due:
                self.gate, clock.status = "", "lapsed"
                clock.ended_on = clock.due
                self.find("HEARING_REQUEST_LAPSED", clock.due + ONE_DAY, XK47, "逾期未申请听证，视为放弃听证权利。")
                self._stop_hearing_pause(clock.due)
        if self.renewal is not None:
            self._deem_renewed(today)

    def find(self, code: str, on: date, law: str, text: str, **more: Any) -> None:
        """Leave a finding."""
        self.findings.append(Finding(code, on, law, text, False, more))

    def refuse(self, code: str, on: date, law: str, text: str, **more: Any) -> None:
        """Leave the finding of a fact that is not allowed."""
        self.findings.append(Finding(code, on, law, text, True, more))

    def start(self, clock_id: str, on: date, period: Period, law: str = "") -> Clock:
        """Start a clock the day after `on`."""
        due = self.calendar.due(on, period.n, period.unit)
        clock = Clock(clock_id, on, period.n, period.unit, due, period.law or law)
        self.clocks[clock_id] = clock
        if clock_id in _SILENT and due < self.watch:
            self.watch = due
        return clock

    def meet(self, clock_id: str, on: date) -> None:
        """Stop a clock because what it waited for happened."""
        clock = self.clocks.get(clock_id)
        if clock is not None and clock.ended_on is None:
            clock.ended_on = on
            clock.status = "met" if on <= clock.due else "expired"

    def _expire(self, clock: Clock) -> None:
        clock.status, clock.ended_on = "expired", clock.due

    def _end(self, state: str, on: date) -> None:
        """End the case: whatever still runs lapses."""
        self.state, self.ended_on = state, on
        for clock in self.clocks.values():
            if clock.ended_on is None:
                self._settle_due(clock, on)
                clock.ended_on = on
                clock.status = "lapsed"
        self._close_suspensions(on)

    # -- intake ----------------------------------------------------------------------------------

    def received(self, fact: Fact) -> None:
        """许可法32: receipt starts the five days. 法释〔2009〕20号6: electronic filings count around the clock."""
        if self.received_on is not None:
            self.refuse("ALREADY_RECEIVED", fact.on, XK32, "本件已经收件。")
            return
        self.received_on = self._receipt_day(fact)
        if self.state == "none":
            self.state = "received"
        if self.accepted_on is None:
            self.start("correction", self.received_on, self.rules.correction, XK32)
        promised = self.rules.promised
        if promised is not None and promised.since == "received":
            self.start("promised", self.received_on, promised, PROMISE_LAW)
        if self.rules.decision.since == "received":
            self.start("statutory", self.received_on, self.rules.decision, XK42)

    def _receipt_day(self, fact: Fact) -> date:
        confirmed = fact.given.get("confirmed_at")
        if confirmed is not None:
            return confirmed.date()  # type: ignore[no-any-return]
        if fact.given.get("channel", "online") == "online":
            return fact.on
        day = fact.on
        if fact.at.time() > self.rules.office_closes:  # 民法典203(2): business hours
            day += ONE_DAY
        return self.calendar.roll_forward(day)

    def _deem_accepted(self, clock: Clock) -> None:
        """许可法32(4): not told in time means accepted, from the day of receipt."""
        self._expire(clock)
        assert self.received_on is not None
        text = (
            f"收件后{clock.n}{_UNIT_NAMES[clock.unit]}内(至{clock.due.isoformat()})未一次性告知补正，自收件之日起视为受理。"
        )
        self.find("DEEMED_ACCEPTED", clock.due + ONE_DAY, XK32, text, effective_on=self.received_on.isoformat())
        self._accept(self.received_on, "deemed")

    def _accept(self, on: date, by: str) -> None:
        self.accepted_on, self.accepted_by, self.state = on, by, "accepted"
        if self.rules.decision.since != "received" or "statutory" not in self.clocks:
            self.start("statutory", on, self.rules.decision, XK42)
        promised = self.rules.promised
        if promised is not None and (promised.since != "received" or "promised" not in self.clocks):
            self.start("promised", on, promised, PROMISE_LAW)

    def correction_requested(self, fact: Fact) -> None:
        """许可法32(4): once, everything at once, within the period."""
        if self.correction_asked:
            text = "补正要求只能一次性告知全部内容，不得再次要求补正。"
            self.refuse("SECOND_CORRECTION_NOTICE", fact.on, "行政许可法 第三十二条、第七十二条", text)
            return
        clock = self.clocks.get("correction")
        if self.accepted_on is not None or (clock is not None and clock.ended_on is not None):
            due = clock.due.isoformat() if clock else ""
            text = f"补正告知期限{f'已于{due}届满' if due else '已过'}，本件已经受理，不得再要求补正。"
            self.refuse("LATE_CORRECTION_NOTICE", fact.on, XK32, text)
            return
        self.correction_asked = True
        self.state = "correction-pending"
        self.meet("correction", fact.on)
        self.start("resubmission", fact.on, self.rules.resubmission, "本机关办理规程")

    def resubmitted(self, fact: Fact) -> None:
        """许可法32(5): accepted from the day everything on the notice was supplied."""
        if not fact.given.get("complete", True) or self.accepted_on is not None:
            return
        self.meet("correction", fact.on)
        self.meet("resubmission", fact.on)
        self._accept(fact.on, "resubmission")

    def accepted(self, fact: Fact) -> None:
        """The office accepts. After acceptance by silence or by complete resubmission it moves nothing."""
        if self.accepted_on is not None:
            return
        self.meet("correction", fact.on)
        self.meet("resubmission", fact.on)
        if fact.given.get("deemed"):
            self._accept(fact.given.get("effective_on", fact.on), "deemed")
        else:
            self._accept(fact.on, "clerk")

    def tolerantly_accepted(self, fact: Fact) -> None:
        """容缺受理: review goes on, the result waits for the missing material."""
        if self.accepted_on is not None:
            return
        self.accepted(fact)
        period = self.rules.supplement or self.rules.promised or self.rules.decision
        clock = self.start("supplement", fact.on, period, "容缺受理承诺")
        promised = self.clocks.get("promised")
        if promised is not None and clock.due > promised.due:  # may not exceed the promised limit
            clock.due, clock.n, clock.unit = promised.due, promised.n, promised.unit
            self.watch = min(self.watch, clock.due)
        self.supplement_due_to = "tolerant"

    def commitment_signed(self, fact: Fact) -> None:
        """告知承诺: to conditions (verified after the grant) or to materials (supplied within the period)."""
        self.commitment = fact.given.get("form", "materials" if self.rules.supplement else "conditions")
        if self.commitment == "materials":
            period = self.rules.supplement or self.rules.commitment_supplement
            self.start("supplement", fact.on, period, "告知承诺制度")
            self.supplement_due_to = "commitment"

    def supplemented(self, fact: Fact) -> None:
        """What was promised has been supplied."""
        self.meet("supplement", fact.on)

    def _supplement_lapses(self, clock: Clock) -> None:
        self._expire(clock)
        on = clock.due + ONE_DAY
        if self.supplement_due_to == "tolerant":
            self.find("SUPPLEMENT_LAPSED", on, clock.law, "逾期未补齐容缺材料，终止办理。")
            self._end("terminated", on)
        else:
            self.find("SUPPLEMENT_LAPSED", on, clock.law, "逾期未补齐承诺的材料，应当启动撤销程序。")

    # -- time that does not count ----------------------------------------------------------------

    def suspended(self, fact: Fact) -> None:
        """许可法45: one of the grounds, and the time needed told in writing; from service, not before."""
        ground = fact.given["ground"]
        allowed = self._check_ground(ground, fact.on)
        served = fact.given.get("notice_served_at")
        if served is None:
            text = f"未将{GROUNDS[ground]}所需时间书面告知申请人，时间照常计算。"
            self.refuse("SUSPENSION_NOT_NOTIFIED", fact.on, XK45, text)
        elif allowed:
            self._pause(ground, max(fact.on, served.date()), fact.given.get("notified_days"))

    def _check_ground(self, ground: str, on: date) -> bool:
        if ground in self.rules.excluded:
            return True
        text = f"本事项没有把“{GROUNDS[ground]}”列为可以扣除的时间，时间照常计算。"
        self.refuse("SUSPENSION_GROUND_NOT_ALLOWED", on, XK45, text)
        return False

    def _pause(self, ground: str, start: date, notified_days: int | None) -> None:
        cap = None
        if notified_days is not None and self.rules.cap_suspensions:
            cap = self.calendar.add_working_days(start, notified_days)
        self.suspensions.append(Suspension(ground, start, None, cap))

    def resumed(self, fact: Fact) -> None:
        """The special procedure is over; time counts again from the next working day."""
        ground = fact.given.get("ground")
        still_open = [pause for pause in self.suspensions if pause.end is None]
        if ground is None and still_open:
            ground = still_open[-1].ground
        self._resume(ground or "", fact.on)
        if ground == "rectification":
            self.meet("rectification", fact.on)

    def _resume(self, ground: str, on: date) -> None:
        for pause in self.suspensions:
            if pause.ground == ground and pause.end is None:
                pause.end = on

    def _close_suspensions(self, on: date) -> None:
        for pause in self.suspensions:
            if pause.end is None:
                pause.end = on

    def visit_started(self, fact: Fact) -> None:
        """A visit counts as time, unless the item's own rule excludes it and the applicant was told."""
        if "on-site" not in self.rules.excluded:
            return
        served = fact.given.get("notice_served_at")
        if served is None:
            text = "未书面告知现场核查所需时间，核查期间照常计时。"
            self.find("SUSPENSION_NOT_NOTIFIED", fact.on, XK45, text)
            return
        self._pause("on-site", max(fact.on, served.date()), fact.given.get("notified_days"))

    def site_visited(self, fact: Fact) -> None:
        """The visit is over. By itself a visit never stops a clock (许可法45 does not list it)."""
        self._resume("on-site", fact.on)
        if self.decided:
            self.meet("post-verification", fact.on)

    def rectification_ordered(self, fact: Fact) -> None:
        """The order is itself the served notice; it also ends the visit that led to it."""
        self._resume("on-site", fact.on)
        served = fact.given.get("notice_served_at")
        start = max(fact.on, served.date()) if served else fact.on
        if "rectification" in self.rules.excluded:
            self._pause("rectification", start, None)
        due_on, days = fact.given.get("due_on"), fact.given.get("days")
        period = self.rules.rectification
        if days is not None:
            period = Period(days, period.unit if period else "calendar_day", period.law if period else "")
        if due_on is not None:
            period = Period((due_on - start).days, "calendar_day", period.law if period else "")
        if period is not None:
            clock = self.start("rectification", start, period, "责令整改通知")
            clock.due = due_on or clock.due  # a date set by the order is that date

    def rectified(self, fact: Fact) -> None:
        """The holder reports; time counts again from the next working day."""
        self._resume("rectification", fact.on)
        self.meet("rectification", fact.on)

    # -- extension -------------------------------------------------------------------------------

    def extension_approved(self, fact: Fact) -> None:
        """许可法42: once, before expiry, by the right head, the reason told to the applicant."""
        rule, on = self.rules.extension, fact.on
        if rule is None:
            self.refuse("EXTENSION_NOT_ALLOWED", on, XK42, "法律法规对本事项的期限另有规定，不适用延期。")
            return
        law = rule.law or XK42
        reasons = []
        clock = self.clocks.get("statutory")
        if self.extension:
            reasons.append(("EXTENSION_ALREADY_USED", "期限只能延长一次。"))
        if clock is not None and on > self._settle_due(clock, on):
            reasons.append(("EXTENSION_AFTER_EXPIRY", f"法定期限已于{clock.due.isoformat()}届满，不能再批准延期。"))
        if rule.approver and fact.given.get("by") != rule.approver:
            who = _APPROVER_NAMES.get(rule.approver, rule.approver)
            reasons.append(("WRONG_APPROVER", f"延期应当由{who}批准。"))
        if not fact.given.get("reason_notified"):
            reasons.append(("EXTENSION_REASON_NOT_NOTIFIED", "应当将延长期限的理由告知申请人。"))
        for code, text in reasons:
            self.refuse(code, on, law, text)
        if not reasons:
            self.extension = rule.n

    # -- hearing ---------------------------------------------------------------------------------

    def hearing_rights_served(self, fact: Fact) -> None:
        """许可法47: told of the right; five days to ask."""
        self.gate = "rights"
        self.start("hearing-request", fact.on, self.rules.hearing_request, XK47)
        if self.rules.hearing_stops_from_rights and "hearing" in self.rules.excluded:
            self._pause("hearing", fact.on, None)

    def hearing_requested(self, fact: Fact) -> None:
        """Asked in time: the office has twenty days, and the time does not count (policy: from the request)."""
        clock = self.clocks.get("hearing-request")
        if clock is not None and (clock.status == "lapsed" or fact.on > clock.due):
            text = f"申请听证的期限已于{clock.due.isoformat()}届满。"
            self.refuse("HEARING_REQUEST_TOO_LATE", fact.on, XK47, text)
            return
        self.meet("hearing-request", fact.on)
        self.gate = "requested"
        self.start("hearing-arrange", fact.on, self.rules.hearing_arrange, XK47)
        already = any(pause.ground == "hearing" and pause.end is None for pause in self.suspensions)
        if "hearing" in self.rules.excluded and not already:
            self._pause("hearing", fact.on, None)

    def hearing_waived(self, fact: Fact) -> None:
        """Waived in writing: the gate closes."""
        self.meet("hearing-request", fact.on)
        if self.gate == "requested":
            self.meet("hearing-arrange", fact.on)
        self.gate = ""
        self._stop_hearing_pause(fact.on)

    def hearing_notice_served(self, fact: Fact) -> None:
        """许可法48(1): time and place at least seven working days before."""
        hearing_on = fact.given["hearing_on"]
        last = self.calendar.sub_working_days(hearing_on, self.rules.hearing_notice_days)
        if fact.on > last:
            text = f"听证通知应当最迟于{last.isoformat()}送达（听证的七个工作日前）。"
            self.refuse("HEARING_NOTICE_TOO_LATE", fact.on, XK48, text, latest_on=last.isoformat())

    def hearing_record_signed(self, fact: Fact) -> None:
        """Held and signed: the decision is open again, time counts from the next working day."""
        self.gate = ""
        self.meet("hearing-arrange", fact.on)
        self._stop_hearing_pause(fact.on)

    def _stop_hearing_pause(self, on: date) -> None:
        self._resume("hearing", on)

    # -- decision and after ----------------------------------------------------------------------

    def decided_(self, fact: Fact) -> None:
        """许可法38: stops the limits, starts service and publication."""
        outcome, on = fact.given["outcome"], fact.on
        if self.decided:
            self.refuse("ALREADY_DECIDED", on, "行政许可法 第三十八条", "本件已经作出决定。")
        elif self.gate:
            text = "听证权利告知后尚在等待期内，或者听证尚未举行，不得作出决定。"
            self.refuse("HEARING_RIGHT_PENDING", on, "行政许可法 第四十七条、第四十八条", text)
        elif outcome == "granted" and self._waits_for_tolerated_material():
            text = "容缺材料尚未补齐，不能作出准予决定。"
            self.refuse("TOLERANT_MATERIAL_MISSING", on, "容缺受理承诺", text)
        else:
            self._decide(outcome, on)

    def _waits_for_tolerated_material(self) -> bool:
        clock = self.clocks.get("supplement")
        return self.supplement_due_to == "tolerant" and clock is not None and clock.ended_on is None

    def _decide(self, outcome: str, on: date) -> None:
        for clock_id in ("statutory", "promised", "renewal"):
            clock = self.clocks.get(clock_id)
            if clock is not None and clock.ended_on is None:
                if clock_id != "renewal":
                    self._settle_due(clock, on)
                self.meet(clock_id, on)
        self._close_suspensions(on)
        for clock_id in ("correction", "resubmission"):
            clock = self.clocks.get(clock_id)
            if clock is not None and clock.ended_on is None:
                clock.ended_on, clock.status = on, "lapsed"
        self.decided, self.decided_on, self.state = outcome, on, outcome
        delivery = self.rules.delivery if outcome == "granted" else self.rules.refusal_delivery
        if delivery is not None:
            self.start("delivery", on, delivery, "行政许可法 第四十四条")
        self.start("publication", on, self.rules.publication)
        self.start("general-disclosure", on, self.rules.general_disclosure)
        if outcome == "granted" and self.commitment == "conditions":
            self.start("post-verification", on, self.rules.post_verification)

    def delivered(self, fact: Fact) -> None:
        """Served."""
        self.meet("delivery", fact.on)
        if self.decided:
            self.state = "delivered"

    def published(self, fact: Fact) -> None:
        """Published: both duties to publish are done."""
        self.meet("publication", fact.on)
        self.meet("general-disclosure", fact.on)

    def withdrawn(self, fact: Fact) -> None:
        """The application is taken back, or the examination ended: everything stops."""
        if self.decided:
            self.refuse("ALREADY_DECIDED", fact.on, "行政许可法 第三十八条", "决定已经作出，不能再撤回申请。")
            return
        self._end("withdrawn", fact.on)

    # -- renewal ---------------------------------------------------------------------------------

    def renewal_filed(self, fact: Fact) -> None:
        """许可法50: filed in time and undecided at the end of validity means renewed. Validity never rolls."""
        valid_until, on = fact.given["valid_until"], fact.on
        lead, earliest = self.rules.renewal, self.rules.renewal_earliest
        if earliest is not None and on < self._before(valid_until, earliest):
            first = self._before(valid_until, earliest).isoformat()
            self.refuse("RENEWAL_TOO_EARLY", on, lead.law or XK50, f"最早自{first}起可以申请延续。", earliest_on=first)
            return
        latest = self._before(valid_until, lead)
        in_time = on <= latest
        if not in_time:
            text = f"延续申请最迟应于{latest.isoformat()}提出，逾期提出的不适用逾期未决定视为准予延续。"
            self.find("RENEWAL_TOO_LATE", on, lead.law or XK50, text, latest_on=latest.isoformat())
        self.renewal = (valid_until, in_time)
        if self.state == "none":
            self.state = "renewal-pending"
        clock = Clock("renewal", on, max((valid_until - on).days, 0), "calendar_day", valid_until, XK50)
        clock.last_working_day = (
            valid_until
            if self.calendar.is_working(valid_until)
            else self.calendar.sub_working_days(valid_until, 1)
        )
        self.clocks["renewal"] = clock
        self.watch = min(self.watch, valid_until)

    def _before(self, day: date, period: Period) -> date:
        if period.unit == "working_day":
            return self.calendar.sub_working_days(day, period.n)
        return plain_end(day, -period.n, period.unit)

    def _deem_renewed(self, today: date) -> None:
        assert self.renewal is not None
        valid_until, in_time = self.renewal
        clock = self.clocks["renewal"]
        if clock.ended_on is not None or today <= valid_until:
            return
        self._expire(clock)
        on = valid_until + ONE_DAY
        if in_time or not self.rules.deemed_renewal_needs_timely_filing:
            text = f"有效期届满({valid_until.isoformat()})前未作出是否准予延续的决定，视为准予延续。"
            self.find("DEEMED_RENEWED", on, XK50, text, effective_on=valid_until.isoformat())
            self._end("deemed-renewed", on)
        else:
            self._end("expired", on)

    # -- the end ---------------------------------------------------------------------------------

    def _settle_due(self, clock: Clock, today: date) -> date:
        """Bring the due date of a limit that can be paused or extended up to `today`."""
        if clock.id not in ("statutory", "promised"):
            return clock.due
        extra = self.extension if clock.id == "statutory" else 0
        clock.extended_by = extra
        rule = self.rules.extension
        if self.suspensions:
            end = clock.ended_on or today
            clock.removed = merge(self.suspensions, clock.starts, end)
            due, removed = removed_days(
                self.calendar, clock.removed, clock.starts, clock.n, clock.unit, extra, rule.unit if rule else ""
            )
            clock.due, clock.removed_days = due, removed
        elif extra:
            clock.due = self._extended(clock, extra)
        return clock.due

    def _extended(self, clock: Clock, extra: int) -> date:
        rule = self.rules.extension
        if rule is not None and rule.unit == clock.unit:
            return self.calendar.due(clock.starts, clock.n + extra, clock.unit)
        base = self.calendar.due(clock.starts, clock.n, clock.unit)
        return self.calendar.due(base, extra, rule.unit if rule else clock.unit)

    def finish(self, today: date) -> Reading:
        """Return the reading at the start of `today`, with every alert that has arisen by then."""
        self.elapse(today)
        wakes: list[date] = []
        provisional = False
        missing: set[int] = set()
        for clock in self.clocks.values():
            if clock.ended_on is None:
                self._settle_due(clock, today)
                if clock.status == "running" and today > clock.due:
                    clock.status = "expired"
                self._pause_status(clock, today)
                wakes.append(clock.due + ONE_DAY)
            self._overdue(clock, today)
            if not self.calendar.is_final(clock.starts, clock.due):
                clock.provisional = provisional = True
                missing.update(self.calendar.years_missing(clock.starts, clock.due))
            if clock.yellow_from is not None and clock.ended_on is None:
                wakes.append(clock.yellow_from)
        if self.suspensions:
            self._used_up(today, wakes)
        if missing:
            years = "、".join(str(year) for year in sorted(missing))
            text = f"{years}年的节假日安排尚未载入，涉及的日期是暂定的。"
            self.find("CALENDAR_NOT_LOADED", today, "行政许可法 第八十二条", text, years=sorted(missing))
        findings = tuple(sorted(self.findings, key=_ON))
        return Reading(
            self.state,
            self.received_on,
            self.accepted_on,
            self.accepted_by,
            tuple(self.clocks.values()),
            findings,
            provisional,
            tuple(wakes),
        )

    def _pause_status(self, clock: Clock, today: date) -> None:
        if not self.suspensions or clock.id not in ("statutory", "promised"):
            return
        holding = [p for p in self.suspensions if p.end is None and p.start <= today and (p.cap is None or today <= p.cap)]
        holding = [p for p in holding if p.start <= clock.due]
        if holding:
            clock.status = "paused"
            clock.paused_since = min(pause.start for pause in holding)

    def _overdue(self, clock: Clock, today: date) -> None:
        end = clock.ended_on or today
        if clock.id == "promised":
            self._near(clock, end)
        if end <= clock.due or clock.status == "paused" or clock.id not in _OVERDUE:
            return
        code, law, text = _OVERDUE[clock.id]
        more: dict[str, Any] = {"due": clock.due.isoformat()}
        more["working_days"] = self.calendar.working_days_between(clock.due, end)
        if code == "PROMISE_OVERDUE":
            more["required_artifact"] = "公开说明理由"
        self.find(code, clock.due + ONE_DAY, law, text, **more)

    def _near(self, clock: Clock, end: date) -> None:
        yellow = self.calendar.sub_working_days(clock.due, 1)
        if yellow <= clock.starts:
            return
        clock.yellow_from = yellow
        if end >= yellow and clock.status != "paused":
            text = f"承诺期限{clock.due.isoformat()}将到。"
            self.find("PROMISE_NEAR", yellow, PROMISE_LAW, text, due=clock.due.isoformat())

    def _used_up(self, today: date, wakes: list[date]) -> None:
        """The announced days are gone and no further notice was served: time counts again."""
        for pause in self.suspensions:
            if pause.cap is None:
                continue
            end = pause.end or today
            if pause.end is None and self.ended_on is None:
                wakes.append(pause.cap + ONE_DAY)
            followed = any(
                other is not pause and other.ground == pause.ground and other.start <= pause.cap < (other.cap or date.max)
                for other in self.suspensions
            )
            if end > pause.cap and not followed:
                text = f"告知的{GROUNDS[pause.ground]}时间已于{pause.cap.isoformat()}用完，未再次告知，恢复计时。"
                self.find("SUSPENSION_DAYS_USED_UP", pause.cap + ONE_DAY, XK45, text)


_UNIT_NAMES = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}
_APPROVER_NAMES = {"department-head": "本机关负责人", "government-head": "本级人民政府（管委会）负责人"}
_ON = attrgetter("on")
# Clocks whose end changes the case by itself.
_SILENT = frozenset({"correction", "resubmission", "supplement", "hearing-request", "renewal"})
_AFTER_THE_END = frozenset({"delivered", "published"})
_OVERDUE: Mapping[str, tuple[str, str, str]] = {
    "statutory": ("STATUTORY_OVERDUE", "行政许可法 第四十二条、第七十四条", "超过法定期限未作出决定；逾期不等于准予。"),
    "promised": ("PROMISE_OVERDUE", PROMISE_LAW, "超过承诺期限未作出决定，应当公开说明理由。"),
    "delivery": ("DELIVERY_OVERDUE", "行政许可法 第四十四条", "超过送达期限。"),
    "publication": ("PUBLICATION_OVERDUE", "发改办财金〔2018〕424号", "超过双公示期限。"),
    "hearing-arrange": ("HEARING_OVERDUE", XK47, "超过组织听证的期限。"),
    "post-verification": ("POST_VERIFICATION_OVERDUE", "本机关办理规程", "超过事后核查期限；许可仍然有效，核查仍须进行。"),
    "rectification": ("RECTIFICATION_OVERDUE", "责令整改通知", "逾期未完成整改。"),
}
_HANDLERS: Mapping[str, Callable[[_Fold, Fact], None]] = {
    "received": _Fold.received,
    "correction_requested": _Fold.correction_requested,
    "resubmitted": _Fold.resubmitted,
    "accepted": _Fold.accepted,
    "tolerantly_accepted": _Fold.tolerantly_accepted,
    "commitment_signed": _Fold.commitment_signed,
    "suspended": _Fold.suspended,
    "resumed": _Fold.resumed,
    "extension_approved": _Fold.extension_approved,
    "hearing_rights_served": _Fold.hearing_rights_served,
    "hearing_requested": _Fold.hearing_requested,
    "hearing_waived": _Fold.hearing_waived,
    "hearing_notice_served": _Fold.hearing_notice_served,
    "hearing_record_signed": _Fold.hearing_record_signed,
    "rectification_ordered": _Fold.rectification_ordered,
    "rectified": _Fold.rectified,
    "visit_started": _Fold.visit_started,
    "site_visited": _Fold.site_visited,
    "decided": _Fold.decided_,
    "delivered": _Fold.delivered,
    "published": _Fold.published,
    "supplemented": _Fold.supplemented,
    "renewal_filed": _Fold.renewal_filed,
    "withdrawn": _Fold.withdrawn,
}
