"""Verify an exported trail. One file, Python's standard library only, no code shared with the engine.

    python verify.py EXPORT            (or: banjian audit verify --export EXPORT)

Exit 0: nothing false was found. 1: something is false, and which case, which event, what kind. 2: cannot tell,
because the file is cut off, no export, or says something this program does not know.

What is checked, of every case: its hash chain, that no event is missing or came from elsewhere (gap, hash, link,
head), that every event follows an edge of the process the case is pinned to (edge), that the state kept for the case
is what its events make of it (fold), that the columns, decision, papers and permit of the case are the same (row), and
that every due date, deemed effect and on-time flag is what a count of the days, one after the other, gives (date).
Of the whole: calendars, processes and terms are under their own digests; documents are numbered without a gap; no
event and no case is left out of the count.

What it cannot see: a whole chain made anew together with everything that follows from it. For that, compare heads
with some kept elsewhere: --heads writes them.
"""

import gzip
import hashlib
import json
import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any

SHANGHAI = timezone(timedelta(hours=8))
ZERO = "0" * 64
FORMAT = 1
SHOWN_MAX = 100
TERMS_KEPT = 4000
KEYS = {"case_no", "seq", "type", "at", "actor", "from", "to", "data", "prev_hash"}
EVENT_HEAD, EVENT_MIDDLE = b'["event","', b'",'
EVENT_BODY = len(EVENT_HEAD) + 64 + len(EVENT_MIDDLE)
# 行政许可法32, 42, 44, 45, 47, 50: what silence brings about, in the order the law acts on one day.
SILENT = {
    "correction": 0,
    "resubmission": 1,
    "supplement": 2,
    "hearing-request": 3,
    "publicity": 4,
    "statement": 5,
    "renewal": 6,
    "validity": 7,
}
LIMITS = ("statutory", "promised")
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
ALERT_WEIGHT = {"": 0, "yellow": 1, "red": 2}
# An event that is no edge of the process may be written beside the case, but may change none of these.
MOVING = {"fact", "outcome", "marks", "clears", "collects", "branches", "permit", "material", "fired", "item_code"}
PERMIT_STATUS = {
    "valid": "valid",
    "renewal-pending": "valid",
    "suspended": "suspended",
    "suspended-pending": "suspended",
    "revoked": "revoked",
    "withdrawn": "withdrawn",
    "forfeited": "forfeited",
    "expired": "expired",
    "cancelled": "cancelled",
}
# finding -> (clock, does it name the due date itself)
FOUND = {
    "DEEMED_ACCEPTED": "correction",
    "RESUBMISSION_LAPSED": "resubmission",
    "SUPPLEMENT_LAPSED": "supplement",
    "HEARING_REQUEST_LAPSED": "hearing-request",
    "PUBLICITY_ENDED": "publicity",
    "STATEMENT_LAPSED": "statement",
    "DEEMED_RENEWED": "renewal",
    "STATUTORY_OVERDUE": "statutory",
    "PROMISE_OVERDUE": "promised",
    "DELIVERY_OVERDUE": "delivery",
    "PUBLICATION_OVERDUE": "publication",
    "HEARING_OVERDUE": "hearing-arrange",
    "POST_VERIFICATION_OVERDUE": "post-verification",
    "RECTIFICATION_OVERDUE": "rectification",
}


_decoder: Any = json.JSONDecoder()
_scanned = _decoder.scan_once  # what decode() asks, without looking for blanks before and after
AUTOMATIC = frozenset({"clock", "system", "case"})
ENDS_KEPT = 200_000


class CannotTellError(Exception):
    """The export does not let anybody say."""


def _parsed(text: Any) -> Any:
    """Return the JSON of a text. Raises ValueError."""
    try:
        value, end = _scanned(text, 0)
    except StopIteration:
        return _decoder.decode(text)
    return value if end == len(text) else _decoder.decode(text)


# ---------------------------------------------------------------------------------------------- days, one by one


def day_of(text: Any) -> Any:
    """Return the day in Shanghai of an RFC 3339 time or a date, as an ordinal."""
    found = datetime.fromisoformat(text)
    zone = found.tzinfo
    return (found if zone is None or zone == SHANGHAI else found.astimezone(SHANGHAI)).toordinal()


def _local(text: Any) -> Any:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)


def iso(day: Any) -> Any:
    """Return an ordinal as a date text, None as None."""
    return None if day is None else date.fromordinal(day).isoformat()


class Days:
    """Which days offices work, by the notices known at some moment. Days are ordinals."""

    def __init__(self, notices: Any) -> None:
        self.loaded = set(notices)
        self.off = {date.fromisoformat(d).toordinal() for n in notices.values() for d in n["off"]}
        self.worked = {date.fromisoformat(d).toordinal() for n in notices.values() for d in n["worked"]}
        self._known: Any = {}
        self._ends: Any = {}  # (day, n) -> what after() counted: many cases begin on one day

    def works(self, day: Any) -> Any:
        """Return True if offices work that day; a year without a notice has weekends and fixed holidays off."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._works(day)
        return known

    def _works(self, day: Any) -> Any:
        at = date.fromordinal(day)
        if at.year not in self.loaded:
            return at.weekday() < 5 and (at.month, at.day) not in FIXED_HOLIDAYS
        return day in self.worked or (at.weekday() < 5 and day not in self.off)

    def after(self, day: Any, n: Any) -> Any:
        """Return the n-th working day after `day`."""
        found = self._ends.get((day, n))
        if found is None:
            if len(self._ends) >= ENDS_KEPT:
                self._ends.clear()
            found = self._ends[(day, n)] = self._count(day, n)
        return found

    def _count(self, day: Any, n: Any) -> Any:
        while n > 0:
            day += 1
            n -= self.works(day)
        return day

    def before(self, day: Any, n: Any) -> Any:
        """Return the n-th working day before `day`."""
        while n > 0:
            day -= 1
            if self.works(day):
                n -= 1
        return day

    def between(self, start: Any, end: Any) -> Any:
        """Return how many working days lie in (start, end]."""
        return sum(1 for day in range(start + 1, end + 1) if self.works(day))

    def on_or_after(self, day: Any) -> Any:
        """Return the day, or the next one that works."""
        while not self.works(day):
            day += 1
        return day

    def end(self, start: Any, n: Any, unit: Any, extra: Any = 0, extra_unit: Any = "", removed: Any = 0) -> Any:
        """Return the last day of a period, an extension and removed days (in the period's own unit) included."""
        if unit == "working_day" and (not extra or extra_unit == "working_day"):
            count = n + extra + removed
            return self.after(start, count) if count else self.on_or_after(start)
        if unit == "working_day":
            day = _plain(self.after(start, n), extra, extra_unit)
            return self.after(self.on_or_after(day), removed)
        if extra and extra_unit == "working_day":
            day = self.after(self.on_or_after(_plain(start, n, unit)), extra)
        elif extra and extra_unit != unit:
            day = _plain(_plain(start, n, unit), extra, extra_unit)
        else:
            day = _plain(start, n + extra, unit)
        return self.on_or_after(day + removed)


def _plain(day: Any, n: Any, unit: Any) -> Any:
    """Return the day n days, months or years on; the last of the month if there is no such day (民法典202)."""
    if unit == "calendar_day":
        return day + n
    start = date.fromordinal(day)
    month = start.year * 12 + start.month - 1 + n * (12 if unit == "year" else 1)
    for last in (start.day, 30, 29, 28):
        try:
            return date(month // 12, month % 12 + 1, min(start.day, last)).toordinal()
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


class Clock:
    """One period of a case. due: fixed once it has ended, or where a date was set."""

    def __init__(self, start: Any, n: Any, unit: Any, due: Any = None) -> None:
        self.start, self.n, self.unit, self.due, self.ended = start, n, unit, due, None
        self.is_set = due is not None


class Account:
    """The legal facts of one case told in order, every date counted by hand."""

    def __init__(self, rules: Any, days: Any) -> None:
        self.rules, self.days = rules, days
        self.clocks: Any = {}
        self.replaced: Any = []
        self.pauses: Any = []
        self.received = self.accepted = self.over = None
        self.decided = self.gate = self.promise = self.owed_by = ""
        self.extension = 0
        self.asked = self.timely = False

    # -- periods

    def start(self, name: Any, day: Any, rule: Any) -> Any:
        """Start a period of the rules, n units from the day after `day`."""
        if name in self.clocks:
            self.put_aside(name, day)
        self.clocks[name] = Clock(day, rule["n"], rule["unit"])
        return self.clocks[name]

    def due(self, name: Any, clock: Any, today: Any) -> Any:
        """Return when it falls due, as seen on `today`."""
        if clock.due is not None:
            return clock.due
        if name == "supplement" and self.owed_by == "tolerance":
            return self._capped(clock)
        if name not in LIMITS:
            return self.days.end(clock.start, clock.n, clock.unit)
        return self._limit(name, clock, today)

    def _limit(self, name: Any, clock: Any, today: Any) -> Any:
        """A limit: its days, the extension, and the union of what does not count (许可法42, 45)."""
        rule = self.rules.get("extension") or {}
        extra, unit = (self.extension, rule.get("unit", "")) if name == "statutory" else (0, "")
        found = self.days.end(clock.start, clock.n, clock.unit, extra, unit)
        removed = 0
        for start, end in self._spans(clock.start, today):
            if start > found:
                break
            removed += self.days.between(start, end) if clock.unit == "working_day" else end - start
            found = self.days.end(clock.start, clock.n, clock.unit, extra, unit, removed)
        return found

    def _spans(self, since: Any, until: Any) -> Any:
        """Return the paused days of (since, until] as spans that do not overlap."""
        spans: Any = []
        for pause in sorted(self.pauses, key=lambda p: p["start"]):
            ends = [until] + [pause[key] for key in ("end", "cap") if pause[key] is not None]
            start, end = max(pause["start"], since), min(ends)
            if end <= start:
                continue
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def _capped(self, clock: Any) -> Any:
        """容缺: the time to supply ends with the promised limit at the latest."""
        own = self.days.end(clock.start, clock.n, clock.unit)
        promised = self.clocks.get("promised")
        if promised is None:
            return own
        return min(own, self.days.end(promised.start, promised.n, promised.unit))

    def stop(self, name: Any, day: Any) -> Any:
        """End a period; its date is what it is on that day."""
        clock = self.clocks.get(name)
        if clock is not None and clock.ended is None:
            clock.due, clock.ended = self.due(name, clock, day), day

    def put_aside(self, name: Any, day: Any) -> Any:
        """Take a period off the table."""
        if name in self.clocks:
            self.stop(name, day)
            self.replaced.append((name, self.clocks.pop(name)))

    def end_case(self, day: Any) -> Any:
        """Everything stops."""
        self.over, self.gate = day, ""
        for name in list(self.clocks):
            self.stop(name, day)
        self.resume_all(day)

    def pause(self, ground: Any, start: Any, announced: Any) -> Any:
        """Let days after `start` not count, at most the working days announced."""
        if self.rules.get("suspension_cap", "notified") != "notified":
            announced = None
        cap = None if announced is None else self.days.after(start, announced)
        self.pauses.append({"ground": ground, "start": start, "end": None, "cap": cap, "n": announced})

    def resume(self, ground: Any, day: Any) -> Any:
        """Let days count again after `day`."""
        for pause in self.pauses:
            if pause["ground"] == ground and pause["end"] is None:
                pause["end"] = day

    def resume_all(self, day: Any) -> Any:
        """Let all days count again."""
        for pause in self.pauses:
            pause["end"] = day if pause["end"] is None else pause["end"]

    def new_calendar(self, days: Any, today: Any) -> Any:
        """Count what still runs by other notices; what ended stays."""
        self.days = days
        for pause in self.pauses:
            if pause["end"] is None and pause["cap"] is not None and pause["cap"] >= today and pause["n"] is not None:
                pause["cap"] = days.after(pause["start"], pause["n"])

    def elapse(self, today: Any) -> Any:
        """Let silence take effect for every period that was over before `today`."""
        while self.over is None:
            running = [
                (self.due(name, clock, today), SILENT[name], name)
                for name, clock in self.clocks.items()
                if clock.ended is None and name in SILENT
            ]
            if not running:
                return
            due, _, name = min(running)
            if due >= today:
                return
            self.clocks[name].due = self.clocks[name].ended = due
            self._lapse(name, due)

    def _lapse(self, name: Any, due: Any) -> Any:
        if name == "correction":  # 许可法32(4): accepted from the day of receipt
            self._accept(self.received)
        elif name == "resubmission" or (name == "supplement" and (self.owed_by == "tolerance" or not self.decided)):
            self.end_case(due + 1)
        elif name == "hearing-request":
            self.gate = ""
            self.resume("hearing", due)
        elif name == "publicity":
            self.resume("publicity", due)
        elif name == "renewal":
            self.end_case(due + 1)

    def _accept(self, day: Any) -> Any:
        self.accepted = day
        for name, key in (("statutory", "decision"), ("promised", "promised")):
            rule = self.rules.get(key)
            if rule and not (rule.get("from") == "received" and name in self.clocks):
                self.start(name, day, rule)

    # -- facts

    def tell(self, fact: Any) -> Any:
        """Take in one legal fact."""
        day = day_of(fact["at"])
        self.elapse(day)
        if self.over is not None and fact["type"] not in ("delivered", "notice_served", "published"):
            return
        teller = getattr(self, f"_{fact['type']}", None)
        if teller is not None:
            teller(fact, day)

    def _received(self, fact: Any, day: Any) -> Any:
        if self.received is not None or self.decided:
            return
        if fact.get("confirmed_at"):
            day = day_of(fact["confirmed_at"])
        elif fact.get("channel", "online") != "online":
            if _local(fact["at"]).strftime("%H:%M:%S.%f") > (self.rules.get("office_closes") or "17:30") + ":00.000000":
                day += 1
            day = self.days.on_or_after(day)
        self.received = day
        if self.accepted is None:
            self.start("correction", day, self.rules["correction"])
        for name, key in (("statutory", "decision"), ("promised", "promised")):
            rule = self.rules.get(key)
            if rule and rule.get("from") == "received":
                self.start(name, day, rule)

    def _correction_requested(self, fact: Any, day: Any) -> Any:
        if self.asked or self.accepted is not None or self.decided:
            return
        self.asked = True
        self.stop("correction", day)
        self.start("resubmission", day, self.rules["resubmission"])
        for name in LIMITS:
            self.put_aside(name, day)

    def _resubmitted(self, fact: Any, day: Any) -> Any:
        if self.accepted is None and fact.get("complete", True) and not self.decided:
            self.stop("correction", day)
            self.stop("resubmission", day)
            self._accept(day)

    def _accepted(self, fact: Any, day: Any) -> Any:
        if self.accepted is not None or self.decided:
            return
        self.stop("resubmission", day)
        self.stop("correction", day)
        on = day
        if fact.get("deemed"):
            on = day_of(fact["effective_on"]) if fact.get("effective_on") else (self.received or day)
        self._accept(on)

    def _tolerantly_accepted(self, fact: Any, day: Any) -> Any:
        if self.accepted is not None:
            return
        self._accepted(fact, day)
        if self.accepted is not None:
            rules = self.rules
            self.start("supplement", day, rules.get("supplement") or rules.get("promised") or rules["decision"])
            self.owed_by = "tolerance"

    def _commitment_signed(self, fact: Any, day: Any) -> Any:
        self.promise = fact.get("form") or ("materials" if self.rules.get("supplement") else "conditions")
        if self.promise == "materials":
            self.start("supplement", day, self.rules.get("supplement") or self.rules["commitment_supplement"])
            self.owed_by = "commitment"

    def _supplemented(self, fact: Any, day: Any) -> Any:
        self.stop("supplement", day)

    def _suspended(self, fact: Any, day: Any) -> Any:
        served = fact.get("notice_served_at")
        if fact["ground"] in self.rules.get("excluded", ()) and served and not self.decided:
            self.pause(fact["ground"], max(day, day_of(served)), fact.get("notified_days"))

    def _resumed(self, fact: Any, day: Any) -> Any:
        still = [p["ground"] for p in self.pauses if p["end"] is None]
        ground = fact.get("ground") or (still[-1] if still else "")
        self.resume(ground, day)
        if ground == "rectification":
            self.stop("rectification", day)

    def _visit_started(self, fact: Any, day: Any) -> Any:
        served = fact.get("notice_served_at")
        if "on-site" in self.rules.get("excluded", ()) and served and not self.decided:
            self.pause("on-site", max(day, day_of(served)), fact.get("notified_days"))

    def _site_visited(self, fact: Any, day: Any) -> Any:
        self.resume("on-site", day)
        if self.decided:
            self.stop("post-verification", day)

    def _rectification_ordered(self, fact: Any, day: Any) -> Any:
        self.resume("on-site", day)
        start = max(day, day_of(fact["notice_served_at"])) if fact.get("notice_served_at") else day
        if "rectification" in self.rules.get("excluded", ()) and not self.decided:
            self.pause("rectification", start, None)
        rule = self.rules.get("rectification")
        if fact.get("due_on"):
            due = day_of(fact["due_on"])
            self.start("rectification", start, {"n": max(due - start, 0), "unit": "calendar_day"}).due = due
        elif fact.get("days"):
            unit = rule["unit"] if rule else "calendar_day"
            self.start("rectification", start, {"n": fact["days"], "unit": unit})
        elif rule:
            self.start("rectification", start, rule)

    def _rectified(self, fact: Any, day: Any) -> Any:
        self.resume("rectification", day)
        self.stop("rectification", day)

    def _extension_approved(self, fact: Any, day: Any) -> Any:
        rule = self.rules.get("extension")
        if rule and not self.extension and not self.decided:
            self.extension = rule["n"]

    def _hearing_rights_served(self, fact: Any, day: Any) -> Any:
        if self.decided or self.gate == "requested":
            return
        self.gate = "rights"
        self.start("hearing-request", day, self.rules["hearing_request"])
        if self.rules.get("hearing_stop_from") == "rights":
            self._pause_for_hearing(day)

    def _hearing_announced(self, fact: Any, day: Any) -> Any:
        if not self.decided:
            self.stop("hearing-request", day)
            self.gate = "requested"
            self._pause_for_hearing(day)

    def _hearing_requested(self, fact: Any, day: Any) -> Any:
        clock = self.clocks.get("hearing-request")
        if self.decided or (clock is not None and day > self.due("hearing-request", clock, day)):
            return
        self.stop("hearing-request", day)
        if self.gate != "requested":
            self.gate = "requested"
            self.start("hearing-arrange", day, self.rules["hearing_arrange"])
            self._pause_for_hearing(day)

    def _pause_for_hearing(self, day: Any) -> Any:
        is_open = any(p["ground"] == "hearing" and p["end"] is None for p in self.pauses)
        if "hearing" in self.rules.get("excluded", ()) and not is_open:
            self.pause("hearing", day, None)

    def _hearing_waived(self, fact: Any, day: Any) -> Any:
        self.stop("hearing-request", day)
        self.stop("hearing-arrange", day)
        self.gate = ""
        self.resume("hearing", day)

    _hearing_record_signed = _hearing_waived

    def _publicity_started(self, fact: Any, day: Any) -> Any:
        if self.decided:
            return
        rule = dict(self.rules["publicity"])
        if fact.get("n"):
            rule |= {"n": fact["n"], "unit": fact.get("unit") or rule["unit"]}
        self.start("publicity", day, rule)
        if "publicity" in self.rules.get("excluded", ()) and fact.get("notice_served_at"):
            self.pause("publicity", max(day, day_of(fact["notice_served_at"])), None)

    def _publicity_ended(self, fact: Any, day: Any) -> Any:
        self.stop("publicity", day)
        self.resume("publicity", day)

    def _statement_invited(self, fact: Any, day: Any) -> Any:
        self.start("statement", day, self.rules["statement"])

    def _statement_made(self, fact: Any, day: Any) -> Any:
        self.stop("statement", day)

    def _verification_ordered(self, fact: Any, day: Any) -> Any:
        self.start("post-verification", day, self.rules["post_verification"])

    def _verified(self, fact: Any, day: Any) -> Any:
        self.stop("post-verification", day)

    def _decided(self, fact: Any, day: Any) -> Any:
        if self.decided or self.gate:
            return
        granted = fact["outcome"] == "granted"
        supplement = self.clocks.get("supplement")
        if granted and self.owed_by == "tolerance" and supplement is not None and supplement.ended is None:
            return
        for name in (*LIMITS, "renewal", "correction", "resubmission", "rectification", "publicity"):
            self.stop(name, day)
        self.resume_all(day)
        if not granted:
            self.stop("supplement", day)
        self.decided = fact["outcome"]
        rule = self.rules["delivery"] if granted else self.rules.get("refusal_delivery")
        if rule:
            self.start("delivery", day, rule)
        self.start("publication", day, self.rules["publication"])
        if granted and self.promise == "conditions":
            self.start("post-verification", day, self.rules["post_verification"])

    def _delivered(self, fact: Any, day: Any) -> Any:
        self.stop("delivery", day)

    def _published(self, fact: Any, day: Any) -> Any:
        self.stop("publication", day)

    def _withdrawn(self, fact: Any, day: Any) -> Any:
        if not self.decided:
            self.end_case(day)

    def _forwarded(self, fact: Any, day: Any) -> Any:
        if not self.decided:
            self.end_case(day)

    def _renewal_filed(self, fact: Any, day: Any) -> Any:
        if self.decided or "renewal" in self.clocks:
            return
        until = day_of(fact["valid_until"])
        earliest = self.rules["renewal"].get("earliest")
        if earliest and day < self._lies_before(until, earliest):
            return
        self.timely = day <= self._lies_before(until, self.rules["renewal"])
        self.clocks["renewal"] = Clock(day, max(until - day, 0), "calendar_day", until)

    def _lies_before(self, day: Any, rule: Any) -> Any:
        if rule["unit"] == "working_day":
            return self.days.before(day, rule["n"])
        return _plain(day, -rule["n"], rule["unit"])

    def _permit_issued(self, fact: Any, day: Any) -> Any:
        self.stop("validity", day)
        self.clocks.pop("validity", None)
        if fact.get("valid_until"):
            until = day_of(fact["valid_until"])
            self.clocks["validity"] = Clock(day, max(until - day, 0), "calendar_day", until)

    _permit_renewed = _permit_issued

    def _permit_ended(self, fact: Any, day: Any) -> Any:
        self.stop("validity", day)
        self.stop("renewal", day)


class Notices:
    """The holiday notices of the export, and which were known when."""

    def __init__(self) -> None:
        self.versions: Any = []
        self.is_staged = False  # some came into force while cases ran
        self._days: Any = {}

    def add(self, version: Any) -> Any:
        """Take in one notice."""
        self.versions.append(version)
        self.is_staged = self.is_staged or bool(version["in_force_from"])

    def known(self, until: Any) -> Any:
        """Return the ids of the newest notice of each year, of those whose turn had come. until: a test of a version."""
        newest = {}
        for version in self.versions:
            if until(version):
                newest[version["year"]] = version["id"]
        return tuple(sorted(newest.values()))

    def days(self, ids: Any) -> Any:
        """Return the days by these notices."""
        if ids not in self._days:
            chosen = [version for version in self.versions if version["id"] in ids]
            self._days[ids] = Days({version["year"]: version for version in chosen})
        return self._days[ids]

    def account(self, rules: Any, facts: Any, at: Any, newest: Any) -> Any:
        """Return the account of these facts at a moment. newest: the last notice known then, by id."""
        if not self.is_staged:  # all were known from the beginning
            return self._told(Account(rules, self._always()), facts, at)
        first = _local(facts[0]["at"])
        steps = [v["in_force_from"] for v in self.versions if v["in_force_from"] and v["id"] <= newest]
        steps = sorted({step for step in map(_local, steps) if step > first})

        def by(moment: Any) -> Any:
            return self.days(
                self.known(
                    lambda v: v["id"] <= newest and (not v["in_force_from"] or _local(v["in_force_from"]) <= moment)
                )
            )

        account = Account(rules, by(first))
        for fact in facts:
            while steps and steps[0] <= _local(fact["at"]):
                moment = steps.pop(0)
                account.elapse(moment.toordinal())
                account.new_calendar(by(moment), moment.toordinal())
            account.tell(fact)
        for moment in steps:
            day = min(moment.toordinal(), day_of(at))
            account.elapse(day)
            account.new_calendar(by(moment), day)
        account.elapse(max(day_of(at), day_of(facts[-1]["at"])))
        return account

    def _always(self) -> Any:
        if len(self.versions) not in self._days:
            self._days[len(self.versions)] = Days({version["year"]: version for version in self.versions})
        return self._days[len(self.versions)]

    def _told(self, account: Any, facts: Any, at: Any) -> Any:
        for fact in facts:
            account.tell(fact)
        account.elapse(max(day_of(at), day_of(facts[-1]["at"])))
        return account


# ---------------------------------------------------------------------------------------------- the fold


def empty(case_no: Any) -> Any:
    """Return what a case is before its first event."""
    return {
        "case_no": case_no,
        **dict.fromkeys(("item_code", "process", "process_digest", "terms_digest", "owner", "state"), ""),
        "seq": 0,
        "head": ZERO,
        "facts": [],
        "marks": {},
        "people": {},
        "used": {},
        "materials": {},
        "fired": [],
        "outcome": "",
        "alert": "",
        "alerts": [],
        "collected": {},
        "branches": {},
        "permit": {},
    }


def fold(case: Any, event: Any, digest: Any) -> Any:
    """Change the case by one event."""
    data, actor = event["data"], event["actor"]
    effects = data.get("effects", {})
    case["state"], case["seq"], case["head"] = event["to"], event["seq"], digest
    for key in ("item_code", "process", "process_digest", "terms_digest", "owner", "outcome"):
        if key in effects:
            case[key] = effects[key]
    if "fact" in effects:
        case["facts"].append(effects["fact"])
    if "material" in effects:
        case["materials"][effects["material"]["code"]] = {**effects["material"], "seq": event["seq"]}
    if "fired" in effects:
        case["fired"].append(effects["fired"])
    if "alert" in effects:
        finding = effects.get("finding", {})
        case["alerts"].append(
            {
                "level": effects["alert"],
                "code": finding.get("code", event["type"]),
                "on": finding.get("on", event["at"][:10]),
                "text": finding.get("text", ""),
                "law": effects.get("law", ""),
                "seq": event["seq"],
            }
        )
        if ALERT_WEIGHT[effects["alert"]] > ALERT_WEIGHT[case["alert"]]:
            case["alert"] = effects["alert"]
    given = None
    for name in effects.get("clears", ()):
        case["marks"].pop(name, None)
        case["collected"].pop(name, None)
    if "marks" in effects or "collects" in effects:
        given = {
            "by": actor["id"],
            "post": actor["post"],
            "at": event["at"],
            "seq": event["seq"],
            "given": {key: value for key, value in data.items() if key != "effects"},
        }
    for name in effects.get("marks", ()):
        case["marks"][name] = given
    if effects.get("collects"):
        who = effects.get("collects_as") or actor["id"]
        case["collected"].setdefault(effects["collects"], {})[who] = given
    for key, branch in effects.get("branches", {}).items():
        case["branches"][key] = {**case["branches"].get(key, {}), **branch}
    if "permit" in effects:
        case["permit"].update(effects["permit"])
    posts = case["people"].setdefault(actor["id"], [])
    if actor["post"] not in posts:
        posts.append(actor["post"])
    case["used"][event["type"]] = case["used"].get(event["type"], 0) + 1


# ---------------------------------------------------------------------------------------------- the export


class Verifier:
    """Reads an export line by line; keeps one case at a time, the processes, and some terms."""

    def __init__(self, heads: Any = None) -> None:
        self.notices, self.began, self.heads = Notices(), False, heads
        self.has_commitments = True
        self.processes: Any = {}
        self.terms: Any = {}
        self.counters: Any = {}
        self.numbers: Any = {}
        self.false: Any = []
        self.false_count = 0
        self.cases = self.events = self.decided = self.in_law = self.as_promised = 0
        self.end: Any = None
        # Of the case at hand:
        self.row: Any = None
        self.state: Any = None
        self.papers: Any = []
        self.decision: Any = None
        self.form: Any = None
        self.applicant: Any = None
        self.broken, self.last_at, self.newest = False, "", 0

    def wrong(self, kind: Any, text: Any, seq: Any = None) -> Any:
        """Keep one false thing: kind, case, seq, words."""
        self.false_count += 1
        if len(self.false) < SHOWN_MAX:
            case = self.row["case_no"] if self.row else ""
            self.false.append({"case": case, "seq": seq, "kind": kind, "text": text})

    def take(self, line: Any) -> Any:
        """Take in one line of the export. Raises CannotTellError."""
        if line.startswith(EVENT_HEAD) and self.row is not None:
            self._event(line)
            return
        try:
            entry = _parsed(line.decode().strip())
            taker: Any = {
                "trail": self._trail,
                "calendar": self._calendar,
                "process": self._process,
                "terms": self._terms,
                "counter": self._counter,
                "case": self._case,
                "strange": self._strange,
                "end": self._end,
            }[entry[0]]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise CannotTellError(f"a line is not part of an export: {line[:80]!r}") from error
        taker(*entry[1:])

    def _trail(self, head: Any) -> Any:
        if head.get("format") != FORMAT:
            raise CannotTellError(f"the export has format {head.get('format')}, this program reads {FORMAT}")
        self.began, self.has_commitments = True, head.get("has_commitments", True)

    def _calendar(self, version: Any) -> Any:
        days = {"off": version["off"], "worked": version["worked"]}
        if _digest(days) != version["digest"]:
            self.wrong("calendar", f"notice {version['id']} for {version['year']} is not what its digest says")
        self.notices.add(version)

    def _process(self, digest: Any, text: Any) -> Any:
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            self.wrong("process", f"process version {digest[:12]} is not what its digest says")
        self.processes[digest] = json.loads(text)

    def _terms(self, digest: Any, body: Any) -> Any:
        if _digest({key: value for key, value in body.items() if key != "digest"}) != digest:
            self.wrong("terms", f"terms {digest[:12]} are not what their digest says")
        self.terms.pop(digest, None)
        self.terms[digest] = body
        if len(self.terms) > TERMS_KEPT:
            del self.terms[next(iter(self.terms))]

    def _counter(self, organ: Any, year: Any, word: Any, last: Any) -> Any:
        self.counters[f"{organ}{word}〔{year}〕"] = last

    def _case(self, row: Any) -> Any:
        self._close()
        self.row, self.state, self.cases = row, empty(row["case_no"]), self.cases + 1
        self.papers, self.decision, self.form, self.applicant = [], None, None, None
        self.broken, self.last_at, self.newest = False, "", 0

    def _strange(self, what: Any) -> Any:
        self.wrong("row", f"the columns of an event differ from its body: {what}", what.get("seq"))

    def _end(self, counts: Any) -> Any:
        self._close()
        self.row = None
        self.end = counts
        for name, said, counted in (("cases", counts["cases"], self.cases), ("events", counts["events"], self.events)):
            if said != counted:
                self.wrong("count", f"the database has {said} {name}, the cases of the export account for {counted}")
        self._check_numbers()

    # -- one event

    def _event(self, line: Any) -> Any:
        self.events += 1
        claimed = line[len(EVENT_HEAD) : EVENT_BODY - len(EVENT_MIDDLE)].decode()
        body = line.rstrip()[EVENT_BODY:-1]
        actual = hashlib.sha256(body).hexdigest()
        try:
            event = _parsed(body.decode())
        except ValueError as error:
            raise CannotTellError(f"an event of {self.row['case_no']} is no JSON") from error
        if self.broken:
            return
        state = self.state
        seq = state["seq"] + 1
        try:
            if self._is_sound(event, claimed, actual, seq):
                self._edge(event, seq)
                fold(state, event, claimed)
                self._keep(event)
                return
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            self.wrong("hash" if actual != claimed else "edge", f"the event cannot be read: {error!r}", seq)
        self.broken = True  # what follows hangs on this one: it is not judged

    def _is_sound(self, event: Any, claimed: Any, actual: Any, seq: Any) -> Any:
        row = self.row
        if event["case_no"] != row["case_no"]:
            self.wrong("case", f"this event belongs to case {event['case_no']}", seq)
        elif event["seq"] != seq and actual == claimed:
            self.wrong("gap", f"event {seq} is missing or out of place; event {event['seq']} stands there", seq)
        elif actual != claimed or event.keys() != KEYS:
            self.wrong("hash", "its content is not what its hash says", seq)
        elif event["prev_hash"] != self.state["head"]:
            self.wrong("link", "it does not follow the event before it: one of the two was made anew", seq)
        else:
            return True
        return False

    def _edge(self, event: Any, seq: Any) -> Any:
        state, effects, kind = self.state, event["data"].get("effects", {}), event["type"]
        if event["from"] != state["state"]:
            self.wrong("edge", f"it leaves {event['from']!r}, but the case stands in {state['state']!r}", seq)
            return
        if seq == 1:
            process = self._process_of(effects["process_digest"])
            if kind != "open" or event["to"] != process["starts_in"]:
                self.wrong("edge", f"a case begins with `open` in {process['starts_in']!r}", seq)
            return
        process = self._process_of(state["process_digest"])
        there = process["states"].get(event["from"], {"actions": {}})
        action = there["actions"].get(kind)
        if action is not None:
            if action["then"] != event["to"]:
                self.wrong("edge", f"{kind} leads from {event['from']} to {action['then']}, not {event['to']}", seq)
            if AUTOMATIC.isdisjoint(action["by"]):
                return
            automatic = AUTOMATIC & set(action["by"])
            if event["actor"]["post"] not in automatic:
                self.wrong("edge", f"{kind} is taken by {min(automatic)}, not by {event['actor']['post']}", seq)
            return
        if kind == "migrated":
            new = self._process_of(effects["process_digest"])
            if event["to"] not in new["states"]:
                self.wrong("edge", f"the version it moves to has no state {event['to']!r}", seq)
            return
        if event["to"] != event["from"] or MOVING & set(effects):
            self.wrong("edge", f"the process has no {kind!r} from {event['from']!r}", seq)

    def _process_of(self, digest: Any) -> Any:
        if digest not in self.processes:
            raise CannotTellError(f"process version {digest[:12]} of case {self.row['case_no']} is not in the export")
        return self.processes[digest]

    def _keep(self, event: Any) -> Any:
        effects = event["data"].get("effects", {})
        seq = event["seq"]
        if seq == 1 and self.row["kind"] == "permit":  # a permit's chain goes by the permit's own number
            self._number(event["case_no"], seq)
        for paper in effects.get("documents", ()):
            self.papers.append([seq, paper["title"], paper.get("no")])
            self._number(paper.get("no") or "", seq)
        if "outcome" in effects:
            no = (effects.get("documents") or [{}])[0].get("no")
            self.decision = {"outcome": effects["outcome"], "seq": seq, "document_no": no}
            self.decision["decided_on"] = event["at"][:10]
        if "form" in effects:
            self.form = effects["form"]
        if "applicant" in effects:
            self.applicant = effects["applicant"]
        self.newest = max(self.newest, effects.get("calendar", {}).get("version", 0))
        self.last_at = event["at"]
        finding = effects.get("finding")
        if finding and finding["code"] in FOUND | {"PROMISE_NEAR": ""}:
            self._found(finding, event)

    def _found(self, finding: Any, event: Any) -> Any:
        """Hold a finding that the clock acted on against the count of days, as things stood before this event."""
        facts = self.state["facts"]
        if "fact" in event["data"]["effects"]:
            facts = facts[:-1]
        if not facts:
            self.wrong("date", f"{finding['code']} without any legal fact", event["seq"])
            return
        account = self._account(facts, event["at"], self.newest)
        name = FOUND.get(finding["code"], "promised")
        today = day_of(event["at"])
        clocks = [(n, c) for n, c in (*account.clocks.items(), *account.replaced) if n == name]
        for _, clock in clocks:
            due = account.due(name, clock, today)
            if finding["code"] == "PROMISE_NEAR":
                if self._is_near(finding, facts, account, today):
                    return
            elif finding["on"] == iso(due + 1) and finding.get("due", iso(due)) == iso(due):
                return
        counted = "、".join(iso(account.due(name, clock, today)) for _, clock in clocks) or "no such period"
        text = f"{finding['code']} on {finding['on']}: by day count the period {name} ends {counted}"
        self.wrong("date", text, event["seq"])

    def _is_near(self, finding: Any, facts: Any, account: Any, today: Any) -> Any:
        """The yellow light: one working day before the promised date, as it stood when that day began or stands now."""
        if finding["on"] != iso(account.days.before(day_of(finding["due"]), 1)):
            return False
        then = [fact for fact in facts if day_of(fact["at"]) <= day_of(finding["on"])]
        earlier = self._account(then, finding["on"], self.newest) if then else account
        known = [*account.clocks.items(), *account.replaced, *earlier.clocks.items()]
        promised = [clock for name, clock in known if name == "promised"]
        seen = ((account, day_of(finding["on"])), (earlier, day_of(finding["on"])), (account, today))
        return finding["due"] in {iso(a.due("promised", clock, day)) for a, day in seen for clock in promised}

    def _account(self, facts: Any, at: Any, newest: Any) -> Any:
        terms = self.terms.get(self.state["terms_digest"])
        if terms is None:
            raise CannotTellError(f"the terms of case {self.row['case_no']} are not in the export")
        self.terms[self.state["terms_digest"]] = self.terms.pop(self.state["terms_digest"])
        if not newest and self.notices.is_staged:
            moment = _local(at)
            known = [v["id"] for v in self.notices.versions if _in_force(v, moment)]
            newest = max(known, default=0)
        return self.notices.account(terms["rules"], facts, at, newest)

    # -- the end of a case

    def _close(self) -> Any:
        row, state = self.row, self.state
        if row is None:
            return
        if self.heads is not None:
            self.heads.write(f"{row['case_no']}\t{row['version']}\t{row['head']}\n")
        if self.broken:
            return
        if state["seq"] != row["version"] or state["head"] != row["head"]:
            what = f"the case is at version {row['version']} with head {row['head'][:12]}"
            kept = f"its events end at {state['seq']} with {state['head'][:12]}"
            self.wrong("head", f"{what}, {kept}", state["seq"])
            return
        self._check_snapshot(row, state)
        self._check_row(row, state)
        self._check_dates(row, state)

    def _check_snapshot(self, row: Any, state: Any) -> Any:
        if row["snapshot"] == state:
            return
        unknown = set(row["snapshot"]) - set(state)
        if unknown:
            raise CannotTellError(f"a case keeps {sorted(unknown)[0]!r}, which this program does not know")
        for key, value in state.items():
            if row["snapshot"].get(key) != value:
                self.wrong("fold", f"the case keeps another {key} than its events make", state["seq"])

    def _check_row(self, row: Any, state: Any) -> Any:
        process = self._process_of(state["process_digest"])
        place = process["states"][state["state"]]
        made = {
            "state": state["state"],
            "phase": place["phase"],
            "item_code": state["item_code"],
            "process": state["process"],
            "process_digest": state["process_digest"],
            "terms_digest": state["terms_digest"],
            "owner": state["owner"] or None,
            "outcome": state["outcome"] or None,
            "alert": state["alert"],
            "documents": sorted(self.papers),
            "decision": self.decision,
        }
        for key in ("form", "applicant"):
            if key in row and getattr(self, key) is not None:
                made[key] = getattr(self, key)
        if row.get("permit"):
            made["permit"] = {**row["permit"], "status": PERMIT_STATUS.get(state["state"], state["state"])}
            for key in ("valid_from", "valid_until", "decision_no"):
                if state["permit"].get(key):
                    made["permit"][key] = state["permit"][key]
        task = place.get("task")
        made["task"] = task["post"] if task else None
        for key, value in made.items():
            kept = sorted(row[key]) if key == "documents" else row.get(key)
            if kept != value:
                self.wrong("row", f"{key} of the row is {kept!r}, its events say {value!r}", state["seq"])

    def _check_dates(self, row: Any, state: Any) -> Any:
        facts, names = state["facts"], ("received_at", "accepted_on", "decided_on", "statutory_due", "promised_due")
        made = dict.fromkeys(names)
        if facts:
            at = self.last_at
            account = self._account(facts, at, self.newest)
            today = max(day_of(at), day_of(facts[-1]["at"]))
            made["received_at"] = next((fact["at"] for fact in facts if fact["type"] == "received"), None)
            made["accepted_on"] = iso(account.accepted)
            decided = next((fact["at"] for fact in facts if fact["type"] == "decided"), None)
            if decided:
                made["decided_on"] = decided[:10]
            elif state["outcome"] and "renewal" in account.clocks:
                made["decided_on"] = iso(account.clocks["renewal"].due)
            for name in LIMITS:
                if name in account.clocks:
                    made[f"{name}_due"] = iso(account.due(name, account.clocks[name], today))
        if row["kind"] == "permit" and state["seq"] == 1:
            made = dict.fromkeys(names)
        for key in names:
            kept = row[key]
            if key == "received_at" and kept and made[key]:
                same = kept == made[key] or _local(kept) == _local(made[key])
            else:
                same = kept == made[key]
            if not same:
                self.wrong("date", f"{key} of the row is {kept}, by day count {made[key]}", state["seq"])
        self._check_flags(row, made)

    def _check_flags(self, row: Any, made: Any) -> Any:
        """The on-time flags, where the row has been measured: in law, as promised."""
        flags = {}
        if made["decided_on"]:
            self.decided += 1
            for flag, limit in (("in_law", "statutory_due"), ("as_promised", "promised_due")):
                flags[flag] = made["decided_on"] <= made[limit] if made[limit] else None
                setattr(self, flag, getattr(self, flag) + bool(flags[flag]))
        measured = row.get("measured")
        for flag, kept in (measured or {}).items():
            if kept != flags.get(flag):
                self.wrong("date", f"the case is counted {flag}={kept}, by day count {flags.get(flag)}", row["version"])

    # -- numbers of papers

    def _number(self, no: Any, seq: Any) -> Any:
        head, _, tail = no.partition("〕")
        if not tail.endswith("号") or not tail[:-1].isdigit():
            self.wrong("document-number", f"a document has no proper number: {no!r}", seq)
            return
        number, seen = int(tail[:-1]), self.numbers.setdefault(f"{head}〕", bytearray())
        if number > 10_000_000:
            self.wrong("document-number", f"{no} is far beyond what was ever given out", seq)
            return
        if number >= len(seen):
            seen.extend(bytes(number + 1 - len(seen)))
        if seen[number]:
            self.wrong("document-number", f"{no} was given out twice", seq)
        seen[number] = 1

    def _check_numbers(self) -> Any:
        if any(case["kind"] not in ("date", "row", "fold") for case in self.false):
            return  # papers of a chain that is broken were not all seen
        for key in sorted(set(self.counters) | set(self.numbers)):
            last, seen = self.counters.get(key, 0), self.numbers.get(key, bytearray())
            missing = [number for number in range(1, last + 1) if number >= len(seen) or not seen[number]]
            if missing:
                self.wrong("document-number", f"{key}{missing[0]}号 was given out and belongs to no case")
            if len(seen) - 1 > last:
                self.wrong("document-number", f"{key}{len(seen) - 1}号 is used, but only {last} were given out")


def _in_force(version: Any, moment: Any) -> Any:
    return not version["in_force_from"] or _local(version["in_force_from"]) <= moment


def _digest(value: Any) -> Any:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(lines: Any, heads: Any = None) -> Any:
    """Return (exit code, report) of an export's lines (bytes). heads: a text file for the head of every case."""
    verifier = Verifier(heads)
    reason = ""
    try:
        for line in lines:
            verifier.take(line)
        if not verifier.began:
            raise CannotTellError("this is no export of a trail")
        if verifier.end is None:
            raise CannotTellError("the export is cut off: its last line is missing")
    except (CannotTellError, OSError, EOFError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        reason = str(error) if isinstance(error, CannotTellError) else f"the export cannot be read: {error!r}"
    report = {
        "cases": verifier.cases,
        "events": verifier.events,
        "decided": verifier.decided,
        "within_statutory_limit": verifier.in_law,
        "within_promised_limit": verifier.as_promised,
        "false": verifier.false_count,
        "findings": verifier.false,
        "cannot_tell": reason,
        "has_commitments": verifier.has_commitments,
    }
    return (1 if verifier.false_count else 2 if reason else 0), report


def told(code: Any, report: Any) -> Any:
    """Return the report as lines for people."""
    lines = [
        f"{found['kind']}: case {found['case'] or '-'}, event {found['seq'] or '-'}: {found['text']}"
        for found in report["findings"]
    ]
    if report["false"] > len(lines):
        lines.append(f"... and {report['false'] - len(lines)} more")
    if report["cannot_tell"]:
        lines.append(f"cannot tell: {report['cannot_tell']}")
    counted = f"{report['cases']} cases, {report['events']} events"
    verdict = {0: "nothing false was found", 1: f"{report['false']} false", 2: "the trail could not be judged"}[code]
    timely = (
        f"{report['decided']} decided, {report['within_statutory_limit']} within the statutory limit, "
        f"{report['within_promised_limit']} within the promised one, by day count"
    )
    if not report["has_commitments"]:
        lines.append("forms and applicants were not compared: the export was made without the key of the data")
    return [*lines, f"{counted}: {verdict}", timely]


def opened(path: Any) -> Any:
    """Return the lines of an export, gzip or plain."""
    with open(path, "rb") as probe:
        is_gzip = probe.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else open(path, "rb")


def main(arguments: Any) -> Any:
    """Verify the export named on the command line; return the exit code."""
    paths = [argument for argument in arguments if not argument.startswith("--")]
    heads_to = next((argument[8:] for argument in arguments if argument.startswith("--heads=")), "")
    if len(paths) != 1:
        sys.stderr.write("usage: verify.py [--heads=FILE] EXPORT\n")
        return 2
    heads = open(heads_to, "w", encoding="utf-8") if heads_to else None  # noqa: SIM115  closed below
    try:
        with opened(paths[0]) as lines:
            code, report = verify(lines, heads)
    except OSError as error:
        sys.stderr.write(f"{paths[0]}: {error.strerror}\n")
        return 2
    finally:
        if heads is not None:
            heads.close()
    sys.stdout.write("\n".join(told(code, report)) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
