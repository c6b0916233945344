"""What certain acts owe people: reasons, remedies, notice, a second pair of eyes. One table, one law a line."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model
from workflow.definitions.lint.walk import path_to
from workflow.definitions.loader import SAME
from workflow.engine.model import Action, State

XK34, XK42, XK45 = "行政许可法 第三十四条第三款", "行政许可法 第四十二条", "行政许可法 第四十五条"
OFFICE, EXPERTS, SEPARATION = "本机关办理规程", "专家评审管理制度", "岗位分离制度"
RECUSAL_LAW = "公务员法 第七十八条"
LEFT_AS_IT_IS = frozenset({"kept", "dropped"})
TAKES_A_RIGHT = frozenset({"revoke", "withdraw", "suspend", "forfeit", "cancel", "@operation"})
ADVERSE_ENDS = frozenset({"not-accepted", "terminated", "revoked"})


@dataclass(frozen=True, slots=True)
class Duty:
    """Where `falls_on` holds of an action, it needs these phrases. once: it is also done once.

    members: only in states whose task is for these people.
    """

    falls_on: Callable[[Action], bool]
    phrases: tuple[str, ...]
    law: str
    once: bool = False
    members: str = ""


CONFIRMS = frozenset({"site_visited", "rectification_ordered", "verified"})


def is_adverse(action: Action) -> bool:
    """Return True for what a person decides against somebody: refusal, no acceptance, termination, the loss of a right."""
    if action.is_automatic:
        return False
    return action.decides == "refused" or action.then in ADVERSE_ENDS or action.on_permit in TAKES_A_RIGHT


def decides_something(action: Action) -> bool:
    """Return True for whatever a person decides of a case or a permit, either way; acceptance is no decision."""
    if is_adverse(action):
        return True
    is_decision = bool(action.decides) or action.on_permit not in ("", "file-renewal") or action.records == "forwarded"
    return not action.is_automatic and (is_decision or action.then in LEFT_AS_IT_IS)


DUTIES: tuple[Duty, ...] = (
    Duty(is_adverse, ("已说明理由", "已告知救济途径"), "行政许可法 第三十八条第二款"),
    Duty(lambda a: a.then == "not-needed", ("已说明理由",), "行政许可法 第三十二条第一款第一项"),
    Duty(lambda a: "partly" in a.marks, ("已说明理由", "已告知救济途径"), "行政许可法 第三十八条第二款"),
    Duty(lambda a: a.on_permit in TAKES_A_RIGHT, ("已告知并听取陈述申辩",), "行政许可法 第六十九条；正当程序"),
    Duty(
        lambda a: a.records == "correction_requested",
        ("尚未要求补正", "缺项已全部列明"),
        "行政许可法 第三十二条第一款第四项",
        once=True,
    ),
    Duty(
        lambda a: a.records == "extension_approved",
        ("期限尚未届满", "只延期一次", "由有权负责人批准", "理由已告知申请人"),
        XK42,
    ),
    Duty(lambda a: a.records == "suspended", ("法定事由已选定", "所需时间已书面告知"), XK45),
    Duty(
        lambda a: a.records in ("delivered", "notice_served") and not a.is_automatic,
        (
            "送达情况已记录",
            "邮寄有邮件号和签收日期",
            "代收人身份已写明",
            "留置有见证或者影像",
            "电子送达已经同意",
            "公告期已满",
            "送达时间真实",
        ),
        "行政许可法 第四十四条；民事诉讼法 第八十七条至第九十五条",
    ),
    Duty(lambda a: a.records == "hearing_record_signed", ("已到听证之日",), "行政许可法 第四十八条"),
    Duty(lambda a: "visit-ordered" in a.marks, ("核查人员不少于两人",), XK34),
    Duty(lambda a: "verification-ordered" in a.marks and not a.is_automatic, ("核查人员不少于两人",), XK34),
    Duty(lambda a: "visit-recorded" in a.marks, ("本人是指派的核查人员",), XK34),
    Duty(
        lambda a: "inspector" in a.by and a.records in CONFIRMS,
        ("本人是指派的核查人员", "由另一名核查人员确认"),
        XK34,
        members="visit-ordered.inspectors",
    ),
    Duty(lambda a: "verification-recorded" in a.marks, ("本人是指派的事后核查人员",), "行政许可法 第六十一条"),
    Duty(
        lambda a: "inspector" in a.by and a.records in CONFIRMS,
        ("本人是指派的事后核查人员", "由另一名事后核查人员确认"),
        "行政许可法 第六十一条",
        members="verification-ordered.inspectors",
    ),
    Duty(
        lambda a: a.collects == "expert-opinions",
        ("本人是抽取的专家", "本人已承诺保密和无利害关系", "本人尚未提交评审意见"),
        EXPERTS,
    ),
    Duty(lambda a: "expert-review-done" in a.marks, ("专家意见达到法定人数",), EXPERTS),
    Duty(lambda a: a.collects == "countersigns", ("本人在会签人之中", "本人尚未会签"), OFFICE),
    Duty(
        lambda a: "countersign-asked" in a.marks and not a.is_automatic,
        ("所列人员均为本部门工作人员",),
        OFFICE,
    ),
    Duty(lambda a: "assign-receiver" in a.does, ("本人是经办人", "本人不是代班人", "接办人可以办理"), SEPARATION),
    Duty(lambda a: "delegated" in a.marks, ("代班期限在规定之内",), OFFICE),
    Duty(decides_something, ("没有待决定的回避申请",), RECUSAL_LAW),
    Duty(lambda a: "name-self" in a.does or "ask-recusal" in a.does, ("被申请人参与办理本件",), RECUSAL_LAW),
    Duty(
        lambda a: "uphold-recusal" in a.does or "reject-recusal" in a.does,
        ("回避申请待决定", "由有权负责人决定回避"),
        RECUSAL_LAW,
    ),
    Duty(lambda a: "assign-back" in a.does, ("本人是经办人", "本件由他人转来"), SEPARATION),
    Duty(lambda a: "assign-self" in a.does, ("本人转出且对方尚未办理",), SEPARATION),
)


def duties_are_kept(model: Model) -> Faults:
    """Each action needs the phrases that the law, or the office's own rule, asks of its kind."""
    for state, action in model.edges():
        judged = replace(action, then=SAME) if state.ends else action  # what is served after the end, ends nothing
        for duty in DUTIES:
            members = state.task.members if state.task else ""
            if not duty.falls_on(judged) or duty.members not in ("", members):
                continue
            for phrase in duty.phrases:
                if phrase not in action.needs:
                    yield _at(model, state, action, "needs", f"lacks `{phrase}`", duty.law)
            if duty.once and not action.once:
                yield _at(model, state, action, "once", "is done once, so it says `once: true`", duty.law)


def decisions_are_papers(model: Model) -> Faults:
    """What decides issues the paper that says so, and the clocks hear of it."""
    for state, action in model.edges():
        if action.decides and not action.issues:
            yield _at(model, state, action, "issues", "decides without a paper", "行政许可法 第三十八条")
        if action.decides and not action.records and not action.when:
            yield _at(model, state, action, "records", "decides, but the clocks never hear of it", XK42)


def _at(model: Model, state: State, action: Action, key: str, what: str, law: str) -> Fault:
    path = path_to(model, state.name, action.name)
    return Fault(action.line, f"states.{state.name}.actions.{action.name}.{key}", what, law, path)
