"""The closed list of what a rule of alerts.yaml may look for. Each detector is pure and yields signs, each with its proof."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from workflow.engine.case import effects_of
from workflow.engine.dates import day_in_shanghai
from workflow.oversight.look import AUTOMATIC, Event, Look

Parameters = Mapping[str, Any]
AFTER_TIME = ("calendar-changed", "migrated", "open")


@dataclass(frozen=True, slots=True)
class Sign:
    """Something seen. mark: what makes it the same sign tomorrow; events: the seq of each event that proves it."""

    mark: str
    on: date
    text: str
    events: tuple[int, ...]
    person: str = ""


def recorded(look: Look, rule: Parameters) -> Iterator[Sign]:
    """What the clocks or a process have already marked on the case: its alerts, by code."""
    for alert in look.case.alerts:
        if alert["code"] in rule["of"]:
            event = look.events[alert["seq"] - 1]
            text = alert["text"] or f"“{event['type']}”"
            yield Sign(f"{alert['code']}@{alert['on']}", date.fromisoformat(alert["on"]), text, (alert["seq"],))


def step_too_long(look: Look, rule: Parameters) -> Iterator[Sign]:
    """A stay in a state longer than its own limit in working days, over or still going on. Paused time does not count."""
    stays = [(stay.state, stay.entered_on, stay.left_on, stay.seq, stay.person) for stay in look.stays]
    last = _entered_last(look)
    if last is not None and not look.process.states[look.case.state].ends:
        stays.append((look.case.state, look.on(last), look.today, last["seq"], look.assignee))
    for state, entered, left, seq, person in stays:
        most = rule["limits"].get(state)
        if most is None:
            continue
        used = _counted(look, entered, left)
        if used > most:
            due = look.calendar.add_working_days(entered, most)
            title = look.process.states[state].title if state in look.process.states else state
            text = f"“{title}”环节限{most}个工作日，自{entered.isoformat()}起已用{used}个工作日。"
            yield Sign(f"{state}@{entered.isoformat()}", due + timedelta(days=1), text, (seq,), person)


def _entered_last(look: Look) -> Event | None:
    found = None
    for event in look.events:
        if event["from"] != event["to"]:
            found = event
    return found


def _counted(look: Look, start: date, end: date) -> int:
    statutory = look.reading.clock("statutory")
    used = look.calendar.working_days_between(start, end)
    for begun, ended, _ in statutory.removed if statutory else ():
        used -= look.calendar.working_days_between(max(begun, start), min(ended, end))
    return used


def late_correction(look: Look, rule: Parameters) -> Iterator[Sign]:
    """A correction notice after the days the law gives (许可法32)."""
    received = look.reading.received_on
    days = look.terms.rules["correction"]
    if received is None or days["unit"] != "working_day":
        return
    last = look.calendar.period_end(received, days["n"])
    for event, _ in look.facts("correction_requested"):
        if look.on(event) > last:
            text = f"补正告知应当最迟于{last.isoformat()}作出，实际于{look.on(event).isoformat()}作出。"
            yield Sign(str(event["seq"]), look.on(event), text, (1, event["seq"]))


def second_correction(look: Look, rule: Parameters) -> Iterator[Sign]:
    """More than one correction notice in a case."""
    found = [event for event, _ in look.facts("correction_requested")]
    for event in found[1:]:
        text = f"补正应当一次告知全部内容，本件已于{look.on(found[0]).isoformat()}告知过。"
        yield Sign(str(event["seq"]), look.on(event), text, (found[0]["seq"], event["seq"]))


def no_reasons(look: Look, rule: Parameters) -> Iterator[Sign]:
    """A refusal, or an application turned away, without reasons or without a word on remedies."""
    for event in look.events:
        place = look.process.states.get(event["to"])
        is_adverse = effects_of(event).get("outcome") == "refused" or (
            place is not None and place.ends == "not-accepted"
        )
        if not is_adverse:
            continue
        missing = [word for key, word in (("reasons", "理由"), ("remedies", "救济途径")) if not event["data"].get(key)]
        if missing:
            text = f"不利决定没有写明{'、'.join(missing)}。"
            yield Sign(str(event["seq"]), look.on(event), text, (event["seq"],))


def pause_without_notice(look: Look, rule: Parameters) -> Iterator[Sign]:
    """Time that was to be excluded without a served notice: the clocks go on, and somebody should know."""
    for event, fact in look.facts("suspended", "visit_started"):
        ground = fact.get("ground", "on-site")
        if ground in look.terms.rules.get("excluded", ()) and not fact.get("notice_served_at"):
            text = "启动不计入期限的程序，但没有书面告知申请人所需时间，时间照常计算。"
            yield Sign(str(event["seq"]), look.on(event), text, (event["seq"],))


def pause_on_last_day(look: Look, rule: Parameters) -> Iterator[Sign]:
    """A pause that begins on the very day a limit would have run out."""
    for event, fact in look.facts("suspended"):
        served = fact.get("notice_served_at")
        start = max(look.on(event), day_in_shanghai(datetime.fromisoformat(served))) if served else look.on(event)
        for name, title in (("promised", "承诺"), ("statutory", "法定")):
            clock = look.reading.clock(name)
            if clock is None:
                continue
            removed = sum(
                look.calendar.working_days_between(begun, min(ended, start))
                for begun, ended, _ in clock.removed
                if begun < start
            )
            before = look.calendar.period_end(clock.starts, clock.n + removed) if clock.unit == "working_day" else None
            if before == start:
                text = f"{title}期限{start.isoformat()}到期，当日启动特别程序。"
                yield Sign(f"{name}:{event['seq']}", start, text, (event["seq"],))


def extension_without_ground(look: Look, rule: Parameters) -> Iterator[Sign]:
    """An extension without its reason, or the reason not told."""
    for event, fact in look.facts("extension_approved"):
        if not str(event["data"].get("reason", "")).strip() or not fact.get("reason_notified"):
            yield Sign(
                str(event["seq"]), look.on(event), "延长期限没有写明理由，或者没有将理由告知申请人。", (event["seq"],)
            )


def back_dated(look: Look, rule: Parameters) -> Iterator[Sign]:
    """A time entered afterwards: stated more working days before the act that recorded it than is allowed."""
    before: Event | None = None
    for event in look.events:
        day = look.on(event)
        if before is not None and event["at"] < before["at"] and look.on(before) > day:
            text = f"办理记录的时间{day.isoformat()}早于前一条记录{look.on(before).isoformat()}。"
            yield Sign(f"order:{event['seq']}", day, text, (before["seq"], event["seq"]))
        before = event
        if event["actor"]["post"] in AUTOMATIC:
            continue
        fact = effects_of(event).get("fact") or {}
        for key in ("notice_served_at", "confirmed_at"):
            stated = fact.get(key)
            if not stated:
                continue
            then = day_in_shanghai(datetime.fromisoformat(stated))
            late = look.calendar.working_days_between(then, day)
            if late > rule["working_days"]:
                text = f"{day.isoformat()}补录{then.isoformat()}的日期，晚{late}个工作日。"
                yield Sign(f"{key}:{event['seq']}", day, text, (event["seq"],))


def skipped_step(look: Look, rule: Parameters) -> Iterator[Sign]:
    """An event that the pinned process has no edge for, or that does not start where the case stood."""
    state = ""
    for event in look.events:
        known = event["type"] in AFTER_TIME or look.process.find(event["from"], event["type"]) is not None
        moved = any(e["type"] == "migrated" and e["seq"] > event["seq"] for e in look.events)
        if event["from"] != state or (not known and not moved and event["from"] != event["to"]):
            text = f"“{event['type']}”不是本件流程中“{event['from'] or '开始'}”环节可以办理的动作。"
            yield Sign(str(event["seq"]), look.on(event), text, (event["seq"],))
        state = event["to"]


Detector = Callable[[Look, Parameters], Iterator[Sign]]
DETECTORS: Mapping[str, Detector] = {
    "recorded": recorded,
    "step-too-long": step_too_long,
    "late-correction": late_correction,
    "second-correction": second_correction,
    "no-reasons": no_reasons,
    "pause-without-notice": pause_without_notice,
    "pause-on-last-day": pause_on_last_day,
    "extension-without-ground": extension_without_ground,
    "back-dated": back_dated,
    "skipped-step": skipped_step,
}
# These look beyond one case, in the database (across.py, bunching.py).
BEYOND = ("void-and-refile", "bunched")
# The parameters a detector needs, besides those of every rule.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "recorded": ("of",),
    "step-too-long": ("limits",),
    "back-dated": ("working_days",),
    "void-and-refile": ("within_days",),
    "bunched": ("share_percent", "least"),
}
