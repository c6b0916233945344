"""What an action of a process says to people: who, under which article, with what, and what time does."""

from collections.abc import Sequence

from workflow.engine.model import Action, Process

OTHERS = {"clock": "时限", "system": "系统", "case": "其他办件"}
ALERTS = {"yellow": "黄牌预警", "red": "红牌预警"}
PARTIES = {"parties": "各方当事人"}
# Papers whose title the terms of the case know.
PAPERS = {"@grant": "准予的决定文书", "@refusal": "不予的决定文书"}

# What a recorded fact does to the clocks, as law_*.py has it.
TIME: dict[str, str] = {
    "received": "开始：补正告知",
    "correction_requested": "结束：补正告知；开始：补正",
    "resubmitted": "结束：补正；开始：法定办结、承诺办结",
    "accepted": "结束：补正告知、补正；开始：法定办结、承诺办结",
    "tolerantly_accepted": "结束：补正告知；开始：法定办结、承诺办结、容缺补交",
    "commitment_signed": "开始：承诺补交（承诺的是材料的）",
    "suspended": "暂停：法定办结、承诺办结",
    "resumed": "恢复：法定办结、承诺办结",
    "extension_approved": "延长：法定办结",
    "hearing_rights_served": "开始：听证申请",
    "hearing_requested": "结束：听证申请；开始：听证组织；暂停：法定办结、承诺办结",
    "hearing_announced": "暂停：法定办结、承诺办结",
    "hearing_waived": "结束：听证申请、听证组织；恢复：法定办结、承诺办结",
    "hearing_notice_served": "",
    "hearing_record_signed": "结束：听证组织；恢复：法定办结、承诺办结",
    "rectification_ordered": "开始：整改；暂停：法定办结、承诺办结（本事项扣除整改时间的）",
    "rectified": "结束：整改；恢复：法定办结、承诺办结",
    "visit_started": "暂停：法定办结、承诺办结（本事项扣除核查时间并已告知的）",
    "site_visited": "恢复：法定办结、承诺办结（本事项扣除核查时间的）",
    "decided": "结束：法定办结、承诺办结；开始：送达、双公示、政府信息公开",
    "delivered": "结束：送达",
    "notice_served": "相应的期限自送达之日起重新计算",
    "published": "结束：双公示、政府信息公开",
    "supplemented": "结束：承诺（容缺）补交",
    "renewal_filed": "开始：延续决定",
    "withdrawn": "全部结束",
    "publicity_started": "开始：公示；暂停：法定办结、承诺办结（本事项扣除公示时间的）",
    "publicity_ended": "结束：公示",
    "statement_invited": "开始：陈述申辩",
    "statement_made": "结束：陈述申辩",
    "verification_ordered": "开始：事后核查",
    "verified": "结束：事后核查",
    "forwarded": "结束：法定办结、承诺办结",
    "permit_issued": "开始：证照有效期",
    "permit_renewed": "重新开始：证照有效期",
    "permit_ended": "结束：证照有效期",
}


def who(process: Process, posts: Sequence[str]) -> str:
    """Return posts as people call them in this process."""
    return "、".join(process.people.get(post) or OTHERS.get(post) or PARTIES.get(post, post) for post in posts)


def papers(action: Action) -> str:
    """Return the papers an action issues."""
    return "、".join(PAPERS.get(title, title) for title in action.issues)


def documentation(process: Process, action: Action) -> str:
    """Return all an action says, a line each: who, the article, conditions, what to give, papers, whom it tells, time."""
    required = "、".join(ask.label for ask in action.asks if ask.required)
    lines = [f"{action.title}（{who(process, action.by)}）", f"依据：{action.law}"]
    for label, words in (
        ("前提", "、".join(action.needs)),
        ("须填写", required),
        ("出具文书", papers(action)),
        ("时限", TIME.get(action.records, "")),
        ("通知", who(process, action.tells)),
        ("预警", ALERTS.get(action.alert, "")),
    ):
        if words:
            lines.append(f"{label}：{words}")
    return "\n".join(lines)
