"""Publicity, objections and hearings (行政许可法 36, 46-48)."""

from workflow.engine.guards.asking import Question, phrase


@phrase("应当公示的已公示", "PUBLICITY_MISSING", "行政许可法 第三十六条；事项办理规定")
def publicity_is_done(q: Question) -> str:
    """Each public notice the item's rule asks for before the decision has run its days."""
    wanted = {one["stage"]: one for one in q.terms.special.get("publicity", ()) if one["need"] == "always"}
    done = {entry["given"].get("stage") for entry in q.collected("publicities").values()}
    missing = [stage for stage in wanted if stage not in done]
    return f"还没有完成公示：{'、'.join(PUBLICITY_STAGES[stage] for stage in missing)}。" if missing else ""


PUBLICITY_STAGES = {"after-acceptance": "受理公示", "before-decision": "拟作决定公示"}


@phrase("应当听证的已听证", "HEARING_MISSING", "行政许可法 第四十六条")
def hearing_is_held(q: Question) -> str:
    """Where law asks for a hearing, no opinion without it."""
    is_owed = q.terms.special.get("hearing") == "always" and not q.mark("hearing-held")
    return "本事项依法应当听证，尚未举行听证。" if is_owed else ""


@phrase(
    "已回应听证笔录（如经听证）",
    "HEARING_RECORD_IGNORED",
    "行政许可法 第四十八条第二款",
    asks_data=True,
    kind="invalid",
)
def decision_answers_the_record(q: Question) -> str:
    """许可法48(2): a decision after a hearing is based on its record, and says so."""
    if not q.mark("hearing-held") or str(q.given.get("hearing_findings", "")).strip():
        return ""
    return "本件经过听证，决定应当根据听证笔录作出，请填写 hearing_findings（对听证意见的采纳情况）。"


@phrase("听证由当事人申请", "HEARING_EX_OFFICIO", "行政许可法 第四十六条")
def hearing_was_asked_for(q: Question) -> str:
    """A hearing the office owes to the public is not the parties' to call off."""
    return "" if q.mark("hearing-rights") else "本次听证由本机关依职权举行，当事人不能撤回。"


@phrase("已到听证之日", "HEARING_NOT_HELD_YET", "行政许可法 第四十八条")
def hearing_day_has_come(q: Question) -> str:
    """No record before the day of the hearing."""
    notice = q.mark("hearing-notified")
    on = notice["given"]["hearing_on"] if notice else ""
    return "" if on and on <= q.now.date().isoformat() else f"听证定于{on or '（未通知）'}举行，尚未到期。"


@phrase("异议已处理（如有）", "OBJECTION_OPEN", "行政许可法 第三十六条")
def objections_are_answered(q: Question) -> str:
    """Nobody proposes over an objection that was not answered."""
    return "公示期间的异议尚未答复。" if q.mark("objection-open") else ""


@phrase("有待答复的异议", "NO_OBJECTION", "行政许可法 第三十六条")
def an_objection_is_open(q: Question) -> str:
    """There is an objection to answer."""
    return "" if q.mark("objection-open") else "没有待答复的异议。"


@phrase("公示期已满", "PUBLICITY_RUNNING", "行政许可法 第三十六条")
def notice_has_run(q: Question) -> str:
    """The days of the notice are over."""
    return "" if q.mark("publicity-done") else "公示尚未期满。"
