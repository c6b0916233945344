"""People: countersigning, handing over, delegation, recusal."""

from datetime import timedelta

from workflow.engine.guards.asking import Question, phrase
from workflow.engine.roles import RECUSAL_LAW, acted_as, clash_of, delegation, open_recusals

NO_HANDLERS = frozenset({"supervisor", "auditor", "catalogue-admin", "system-admin"})  # they decide no case


@phrase("本人在会签人之中", "NOT_A_COUNTERSIGNER", "本机关办理规程", kind="forbidden")
def is_asked_to_countersign(q: Question) -> str:
    """Only those asked."""
    return "" if q.actor.id in q.members("countersign-asked.people") else "您不在本件的会签人之中。"


@phrase("本人尚未会签", "ALREADY_COUNTERSIGNED", "本机关办理规程")
def has_not_countersigned(q: Question) -> str:
    """Once a person."""
    return "您已经会签。" if any(q.is_me(person) for person in q.collected("countersigns")) else ""


@phrase("会签人均已会签", "COUNTERSIGN_OPEN", "本机关办理规程")
def all_have_countersigned(q: Question) -> str:
    """Everybody asked has signed."""
    asked = [person for person in q.members("countersign-asked.people") if not q.is_kept_out(person)]
    left = [person for person in asked if person not in q.collected("countersigns")]
    return f"还有 {len(left)} 人没有会签。" if left else ""


@phrase("所列人员均为本部门工作人员", "STRANGER_NAMED", "本机关办理规程", asks_data=True, kind="invalid")
def named_people_work_here(q: Question) -> str:
    """People named for a countersignature hold some post in the department, and are not the one who asks."""
    asked = q.members("countersign-asked.people")
    named = [person for person in q.given.get("people", ()) if isinstance(person, str) and person not in asked]
    strangers = sorted(person for person in named if not q.people.get(person) or q.is_kept_out(person))
    if strangers:
        return f"“{strangers[0]}”不是本部门的工作人员，或者已经回避。"
    return "不能请本人会签。" if any(q.is_me(person) for person in named) else ""


@phrase("本人是经办人", "NOT_THE_HANDLER", "本机关办理规程", kind="forbidden")
def holds_the_task(q: Question) -> str:
    """Only who holds the task hands it on."""
    return "" if q.around.assignee == q.actor.id else "待办不在您名下，请先签收。"


@phrase("接办人可以办理", "RECEIVER_LACKS_POST", "岗位分离制度", asks_data=True, kind="invalid")
def receiver_may_take_over(q: Question) -> str:
    """The colleague holds the post of the task, and may act under it here; work changes hands, never posts."""
    to, post = str(q.given.get("to", "")), q.action.by[0]
    if q.is_me(to):
        return "不能转给本人。"
    if post not in q.people.get(to, ()) or q.is_kept_out(to):
        return f"“{to}”没有办理本环节的岗位，或者已经回避。"
    is_apart = clash_of(q.apart, post, acted_as(q.case, q.humans, to))
    return f"“{to}”在本件中已经担任应当分离的岗位，不能接办。" if is_apart else ""


@phrase("本人不是代班人", "DELEGATION_CHAINED", "本机关办理规程", kind="forbidden")
def is_no_delegate(q: Question) -> str:
    """Whoever works in another's place gives the work back; they pass it on to nobody."""
    mark = delegation(q.case)
    return "您是代班人，不能再委派或者转办，请退回委派人。" if mark and q.is_me(mark["given"]["to"]) else ""


@phrase("代班期限在规定之内", "DELEGATION_TOO_LONG", "本机关办理规程", asks_data=True, kind="invalid")
def delegation_is_short(q: Question) -> str:
    """From today on, and for no more days than the definition allows."""
    ask, until = q.action.ask("until"), str(q.given.get("until", ""))
    most = (ask.most if ask else None) or 0
    last = (q.now.date() + timedelta(days=most)).isoformat()
    return "" if q.now.date().isoformat() <= until <= last else f"代班至应当在今日至{last}之间（最多{most}日）。"


@phrase("由本人委派且代班未满", "NOT_DELEGATED", "本机关办理规程", kind="forbidden")
def delegated_it(q: Question) -> str:
    """Who delegated may end it before its time."""
    mark = delegation(q.case)
    return "" if mark and q.is_me(mark["by"]) else "本件没有由您委派他人代班。"


@phrase("本件由他人转来", "NOT_HANDED_OVER", "本机关办理规程", kind="forbidden")
def was_handed_over(q: Question) -> str:
    """There is somebody to hand it back to."""
    mark = q.mark("handed-over")
    return "" if mark and mark["given"].get("to") == q.actor.id else "本件不是他人转给您的。"


@phrase("本人转出且对方尚未办理", "ALREADY_ACTED_ON", "本机关办理规程")
def may_take_back(q: Question) -> str:
    """Until the other has done something, the one who handed on may take it back."""
    mark = q.mark("handed-over")
    if mark is None or mark["by"] != q.actor.id:
        return "本件不是由您转出的。"
    return "" if mark["seq"] == q.case.seq else "对方已经办理，不能拿回。"


@phrase("本人提出且审批人尚未办理", "ALREADY_ACTED_ON", "本机关办理规程")
def may_recall(q: Question) -> str:
    """Until the approver has done something, the reviewer may take the opinion back."""
    mark = q.mark("opinion")
    if mark is None or mark["by"] != q.actor.id:
        return "审查意见不是由您提出的。"
    return "" if mark["seq"] == q.case.seq else "审批人已经办理，不能拿回。"


@phrase("没有待决定的回避申请", "RECUSAL_OPEN", RECUSAL_LAW)
def no_recusal_is_open(q: Question) -> str:
    """While it is open whether somebody has to stay away, nobody decides; everything else goes on, and so does time."""
    waiting = open_recusals(q.case)
    return f"对“{waiting[0]}”的回避申请尚未决定，决定之前不能作出本决定。" if waiting else ""


@phrase("被申请人参与办理本件", "NOT_A_HANDLER", RECUSAL_LAW, asks_data=True, kind="invalid")
def may_be_asked_to_stay_away(q: Question) -> str:
    """Somebody of this department who could take part; the head of the government is for the authority above him."""
    who = str(q.given.get("who", ""))
    posts = q.actor.posts if who == q.actor.id else q.people.get(who, frozenset())
    if not posts - NO_HANDLERS:
        return f"“{who}”不是本部门的工作人员。"
    if q.is_kept_out(who):
        return f"“{who}”已经回避。"
    if any(q.same(who, one) for one in open_recusals(q.case)):
        return f"对“{who}”已有待决定的回避申请。"
    return "管委会负责人的回避由上级机关决定，请书面提出。" if "government-head" in posts else ""


@phrase("回避申请待决定", "NO_RECUSAL_OPEN", RECUSAL_LAW, asks_data=True, kind="invalid")
def recusal_is_open(q: Question) -> str:
    """What is decided was asked for."""
    who = str(q.given.get("who", ""))
    return "" if who in open_recusals(q.case) else f"没有对“{who}”待决定的回避申请。"


@phrase("有回避申请待决定", "NO_RECUSAL_OPEN", RECUSAL_LAW)
def some_recusal_is_open(q: Question) -> str:
    """There is something to decide."""
    return "" if open_recusals(q.case) else "没有待决定的回避申请。"


@phrase("由有权负责人决定回避", "WRONG_RECUSAL_DECIDER", RECUSAL_LAW, asks_data=True, kind="forbidden")
def decided_by_the_right_head(q: Question) -> str:
    """The head of the department decides; on a head, and once a head is kept out, the head of the government."""
    who = str(q.given.get("who", ""))
    if q.is_me(who):
        return "不能决定本人的回避。"
    is_head = "department-head" in q.people.get(who, frozenset())
    head_is_out = any(entry["post"] == "government-head" for entry in q.collected("recused").values())
    if "government-head" in q.actor.posts and (is_head or head_is_out):
        return ""
    if is_head:
        return "本机关负责人的回避由管委会负责人决定。"
    return "" if "department-head" in q.actor.posts else "工作人员的回避由本机关负责人决定。"


@phrase("名单中有已回避的专家", "NO_EXPERT_RECUSED", "专家评审管理制度")
def a_drawn_expert_is_kept_out(q: Question) -> str:
    """Somebody has to be drawn in their place."""
    drawn = q.members("experts-drawn.experts")
    return "" if any(q.is_kept_out(one) for one in drawn) else "抽取的专家中没有已回避的人。"
