"""The running account of one case: what has started, what is paused, what was found.

It knows how periods start, stop and are read; what a fact does to them is the law's business and stands in
law_intake, law_time, law_hearing, law_decision and law_renewal.
"""

from datetime import date, timedelta
from typing import Any

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.facts import Period, Rules
from workflow.engine.reading import Clock, Finding, Passed
from workflow.engine.suspensions import Length, Span, Suspension, merge, removed_days, removed_working_days

XK32 = "行政许可法 第三十二条"
XK38 = "行政许可法 第三十八条"
XK42 = "行政许可法 第四十二条"
XK44 = "行政许可法 第四十四条"
XK45 = "行政许可法 第四十五条"
XK47 = "行政许可法 第四十七条"
XK48 = "行政许可法 第四十八条"
XK50 = "行政许可法 第五十条"
PROMISE_LAW = "优化营商环境条例 第三十六条"
OFFICE_RULE = "本机关办理规程"
TOLERANCE = "容缺受理承诺"
ONE_DAY = timedelta(days=1)

# Clocks whose end changes the case by itself, in the order the law acts when several end on one day.
SILENT = (
    "correction",
    "resubmission",
    "supplement",
    "hearing-request",
    "publicity",
    "statement",
    "renewal",
    "validity",
)
# The limits that suspensions stop. Only the first can be extended.
LIMITS = ("statutory", "promised")


class Fold:
    """The account. gate: "", rights or requested; while it is open no decision may be made."""

    __slots__ = (
        "_spans",
        "accepted_by",
        "accepted_on",
        "calendar",
        "clocks",
        "commitment",
        "correction_asked",
        "decided",
        "ended_on",
        "extension",
        "findings",
        "gate",
        "missing_years",
        "passed",
        "received_on",
        "renewal_in_time",
        "replaced",
        "rules",
        "state",
        "supplement_owed_by",
        "suspensions",
        "watch",
    )

    def __init__(self, rules: Rules, calendar: WorkingCalendar) -> None:
        self.rules, self.calendar = rules, calendar
        self.state = "none"
        self.received_on: date | None = None
        self.accepted_on: date | None = None
        self.accepted_by = ""
        self.decided = ""  # granted | refused
        self.ended_on: date | None = None
        self.correction_asked = False
        self.extension = 0
        self.gate = ""
        self.commitment = ""
        self.supplement_owed_by = ""  # tolerance | commitment
        self.renewal_in_time = False
        self.suspensions: list[Suspension] = []
        self.clocks: dict[str, Clock] = {}
        self.replaced: list[Clock] = []  # started anew since; if they ran out, that stays found
        self.findings: list[Finding] = []
        self.missing_years: set[int] = set()
        self.passed: list[Passed] = []
        self.watch = date.max  # until the end of this day, silence changes nothing
        self._spans: tuple[date, date, tuple[Span, ...]] | None = None

    def find(self, code: str, on: date, law: str, text: str, **more: Any) -> None:
        """Leave a finding."""
        self.findings.append(Finding(code, on, law, text, False, more))

    def refuse(self, code: str, on: date, law: str, text: str, **more: Any) -> None:
        """Leave the finding of a fact that is not allowed."""
        self.findings.append(Finding(code, on, law, text, True, more))

    def refuse_decided(self, on: date) -> None:
        """Refuse what only makes sense before the decision."""
        self.refuse("ALREADY_DECIDED", on, XK38, "本件已经作出决定。")

    def needs(self, first: date, last: date) -> dict[str, Any]:
        """Remember that a date was taken from these days of the calendar; say so if they are not loaded."""
        if self.calendar.is_final(first, last):
            return {}
        self.missing_years.update(self.calendar.years_missing(first, last))
        return {"provisional": True}

    def start(self, clock_id: str, on: date, period: Period, law: str = "") -> Clock:
        """Start a clock the day after `on` (民法典201)."""
        unit = period.unit
        if unit == "working_day":
            clock = Clock(clock_id, on, period.n, unit, self.calendar.period_end(on, period.n), period.law or law)
        else:
            due, plain = Length(on, period.n, unit).end(self.calendar, 0)
            clock = Clock(clock_id, on, period.n, unit, due, period.law or law, plain)
        if clock_id in self.clocks:
            self.put_aside(clock_id, on)
        self.clocks[clock_id] = clock
        if clock.due < self.watch and clock_id in SILENT:
            self.watch = clock.due
        return clock

    def put_aside(self, clock_id: str, on: date) -> None:
        """Take a clock off the table, because it starts anew or waits for something else first."""
        clock = self.clocks.pop(clock_id, None)
        if clock is not None:
            if clock.ended_on is None:
                self.settle(clock, on)
            self.lapse_clock(clock, on)
            self.replaced.append(clock)

    def meet(self, clock_id: str, on: date) -> None:
        """Stop a clock because what it waited for happened."""
        clock = self.clocks.get(clock_id)
        if clock is not None and clock.ended_on is None:
            clock.ended_on = on
            clock.status = "met" if on <= clock.due else "expired"

    def lapse(self, clock_id: str, on: date) -> None:
        """Stop a clock because what it waited for no longer matters. One that had run out stays expired."""
        clock = self.clocks.get(clock_id)
        if clock is not None and clock.ended_on is None:
            self.lapse_clock(clock, on)

    def lapse_clock(self, clock: Clock, on: date) -> None:
        """Do so for a clock at hand."""
        if clock.ended_on is None:
            clock.ended_on = on
            clock.status = "lapsed" if on <= clock.due else "expired"

    def expire(self, clock: Clock) -> date:
        """Let a clock run out; return the day on which that takes effect."""
        clock.status, clock.ended_on = "expired", clock.due
        return clock.due + ONE_DAY

    def end_case(self, state: str, on: date) -> None:
        """End the case: whatever still runs lapses."""
        self.state, self.ended_on, self.gate = state, on, ""
        for clock in self.clocks.values():
            if clock.ended_on is None:
                self.settle(clock, on)
                self.lapse_clock(clock, on)
        self.close_suspensions(on)

    # -- pauses ----------------------------------------------------------------------------------

    def pause(self, ground: str, start: date, notified_days: int | None) -> None:
        """Stop the limits after `start`, at most for the working days announced (policy suspension_cap)."""
        cap = None
        if notified_days is not None and self.rules.cap_suspensions:
            cap = self.calendar.add_working_days(start, notified_days)
        self.suspensions.append(Suspension(ground, start, None, cap, notified_days))
        self._spans = None

    def resume(self, ground: str, on: date) -> None:
        """Let time count again from the day after `on`."""
        for pause in self.suspensions:
            if pause.ground == ground and pause.end is None:
                pause.end = on
                self._spans = None

    def close_suspensions(self, on: date) -> None:
        """End all pauses."""
        for pause in self.suspensions:
            if pause.end is None:
                pause.end = on
                self._spans = None

    def forget_spans(self) -> None:
        """Merge the pauses anew when next asked: they, or the days between them, have changed."""
        self._spans = None

    def spans(self, since: date, until: date) -> tuple[Span, ...]:
        """Return what is suspended in (since, until]; the last answer is kept, two limits ask alike."""
        known = self._spans
        if known is not None and known[0] == since and known[1] == until:
            return known[2]
        found = merge(self.suspensions, since, until)
        self._spans = (since, until, found)
        return found

    def settle(self, clock: Clock, today: date) -> date:
        """Bring the due date of a limit that can be paused or extended up to `today`; return it."""
        if clock.id not in LIMITS:
            return clock.due
        extra = self.extension if clock.id == "statutory" else 0
        if extra or self.suspensions:
            clock.extended_by = extra
            spans = self.spans(clock.starts, today) if self.suspensions else ()
            clock.due, clock.rolls_from, clock.removed_days = self.due_with(clock, spans)
            if spans and spans[-1][0] > clock.due:
                spans = tuple(span for span in spans if span[0] <= clock.due)
            clock.removed = spans
        return clock.due

    def due_with(self, clock: Clock, spans: tuple[Span, ...]) -> tuple[date, date | None, int]:
        """Return (due, rolled from, days removed) of a limit under these suspensions."""
        extra, rule = self.extension if clock.id == "statutory" else 0, self.rules.extension
        extra_unit = rule.unit if extra and rule is not None else clock.unit
        if clock.unit == extra_unit == "working_day":
            return removed_working_days(self.calendar, spans, clock.starts, clock.n + extra)
        return removed_days(self.calendar, spans, Length(clock.starts, clock.n, clock.unit, extra, extra_unit))
