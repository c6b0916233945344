"""What each guard phrase rests on, as data beside the phrases: so that a definition can be judged before it runs.

The names are those of marks and collections (guards.MARKS, guards.COLLECTIONS) and of these: `mark.field=value` for an
answer kept with a mark, `outcome=granted` for the decision, `branches` for opened branches, `terms:…` for what the
terms fix for the whole life of a case. A phrase that is not in RESTS_ON rests on nothing that an action leaves behind.
A test asks every predicate what it reads; it fails when this table says less.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestsOn:
    """What must be on the case's account before a phrase can hold.

    all_of, one_of: it cannot hold without all (one) of these.  none_of: nor while one of these is there.
    looks_at: it reads these as well, but may hold with and without them.
    owed: what the item's terms may ask for; a process that uses the phrase must be able to leave it behind.
    asks: fields of the act's data that it judges; an action that does not ask for them can never satisfy it.
    is_exact: it holds as soon as the account allows it; else more must be true as well.
    """

    all_of: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    looks_at: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    is_exact: bool = False

    def reads(self) -> frozenset[str]:
        """Return every mark and collection the phrase reads, answers reduced to their mark."""
        named = (*self.all_of, *self.one_of, *self.none_of, *self.looks_at, *self.owed)
        return frozenset(name.partition(".")[0] for name in named)


def _exact(*names: str) -> RestsOn:
    return RestsOn(all_of=names, is_exact=True)


def _without(*names: str) -> RestsOn:
    return RestsOn(none_of=names, is_exact=True)


NOTHING = RestsOn()
RESTS_ON: Mapping[str, RestsOn] = {
    # intake
    "符合法定形式": _exact("form-checked"),
    "尚未要求补正": _without("correction-asked"),
    "缺项已全部列明": RestsOn(asks=("missing",)),
    "各部门提出的缺项已汇总": RestsOn(looks_at=("branch-shortfalls",), asks=("missing",)),
    "告知书所列缺项已补齐": RestsOn(all_of=("correction-asked",), looks_at=("form-checked",)),
    "正在等待容缺材料": RestsOn(all_of=("tolerated",), none_of=("supplemented",), is_exact=True),
    "备案事项": _exact("terms:filing"),
    "不是备案": _without("terms:filing"),
    "延续申请": _exact("terms:renewal"),
    "尚未登记延续": _without("renewal-filed"),
    "未选择一般程序": _without("declined"),
    "承诺所需材料齐全": RestsOn(looks_at=("committed",)),
    "已指明有权机关": RestsOn(asks=("competent_agency",)),
    # review
    "核查人员不少于两人": RestsOn(looks_at=("recused",), asks=("inspectors",)),
    "本人是指派的核查人员": RestsOn(all_of=("visit-ordered",)),
    "由另一名核查人员确认": RestsOn(all_of=("visit-recorded",)),
    "记录结论为符合": _exact("visit-recorded.conclusion=pass"),
    "记录结论为整改": _exact("visit-recorded.conclusion=rectify"),
    "记录结论为不符合": _exact("visit-recorded.conclusion=fail"),
    "现场核查已有结论": RestsOn(one_of=("visit-passed", "visit-failed", "visit-waived"), is_exact=True),
    "现场核查已有结论（如需）": RestsOn(looks_at=("visit-ordered", "visit-passed", "visit-failed", "visit-waived")),
    "现场核查已通过（如有）": RestsOn(looks_at=("visit-ordered", "visit-passed")),
    "整改期限不早于今日": RestsOn(asks=("due_on",)),
    "审查意见已提交": RestsOn(all_of=("opinion",), looks_at=("recused",)),
    "本人提出且审批人尚未办理": RestsOn(all_of=("opinion",)),
    "法制审核已通过（如需）": RestsOn(looks_at=("legal-review-asked",), owed=("legal-review-passed",)),
    "应当公示的已公示": RestsOn(looks_at=("publicities",)),
    "公示期已满": _exact("publicity-done"),
    "异议已处理（如有）": _without("objection-open"),
    "有待答复的异议": _exact("objection-open"),
    "应当听证的已听证": RestsOn(looks_at=("hearing-held",)),
    "已回应听证笔录（如经听证）": RestsOn(looks_at=("hearing-held",), asks=("hearing_findings",)),
    "听证由当事人申请": _exact("hearing-rights"),
    "已到听证之日": RestsOn(all_of=("hearing-notified",)),
    "专家评审已有结论": _exact("expert-review-done"),
    "专家评审已有结论（如需）": RestsOn(looks_at=("expert-review-notified", "expert-review-done")),
    "本人是抽取的专家": RestsOn(all_of=("experts-drawn",)),
    "本人尚未提交评审意见": RestsOn(looks_at=("expert-opinions",)),
    "本人已承诺保密和无利害关系": RestsOn(all_of=("expert-undertakings",)),
    "专家意见达到法定人数": RestsOn(all_of=("experts-drawn", "expert-opinions")),
    "多数专家要求修改": RestsOn(all_of=("expert-opinions",), looks_at=("recusals", "recused")),
    "多数专家已有明确结论": RestsOn(all_of=("expert-opinions",), looks_at=("recusals", "recused")),
    "本人在会签人之中": RestsOn(all_of=("countersign-asked",)),
    "本人尚未会签": RestsOn(looks_at=("countersigns",)),
    "会签人均已会签": RestsOn(looks_at=("countersign-asked", "countersigns", "recused")),
    "所列人员均为本部门工作人员": RestsOn(looks_at=("countersign-asked", "recused"), asks=("people",)),
    "结果文书已上传": RestsOn(asks=("result",)),
    "正在暂停计时": _exact("paused"),
    "特别程序均已结束": RestsOn(none_of=("pause:chosen", "pause:expert-review")),
    "该项特别程序正在进行": RestsOn(looks_at=("expert-review-notified", "expert-review-done"), asks=("ground",)),
    "需要转报上级机关": _exact("terms:forward"),
    "由本机关决定": _without("terms:forward"),
    # handing work on
    "接办人可以办理": RestsOn(looks_at=("recused",), asks=("to",)),
    "本人不是代班人": RestsOn(looks_at=("delegated",)),
    "代班期限在规定之内": RestsOn(asks=("until",)),
    "由本人委派且代班未满": RestsOn(all_of=("delegated",)),
    # recusal
    "没有待决定的回避申请": RestsOn(looks_at=("recusal-requests", "recused", "recusal-rejections")),
    "被申请人参与办理本件": RestsOn(looks_at=("recusal-requests", "recused", "recusal-rejections"), asks=("who",)),
    "回避申请待决定": RestsOn(all_of=("recusal-requests",), looks_at=("recused", "recusal-rejections"), asks=("who",)),
    "有回避申请待决定": RestsOn(all_of=("recusal-requests",), looks_at=("recused", "recusal-rejections")),
    "由有权负责人决定回避": RestsOn(looks_at=("recused",), asks=("who",)),
    "名单中有已回避的专家": RestsOn(all_of=("experts-drawn", "recused")),
    "本件由他人转来": RestsOn(all_of=("handed-over",)),
    "本人转出且对方尚未办理": RestsOn(all_of=("handed-over",)),
    # the decision
    "已说明理由": RestsOn(asks=("reasons",)),
    "已告知救济途径": RestsOn(asks=("remedies",)),
    "已说明所依据的技术标准（如经检验检测）": RestsOn(asks=("standard",)),
    "理由已告知申请人": RestsOn(asks=("reason_notified",)),
    "法定事由已选定": RestsOn(asks=("ground",)),
    "所需时间已书面告知": RestsOn(asks=("notice_served_at",)),
    "决定为准予": _exact("outcome=granted"),
    "决定为不予": _exact("outcome=refused"),
    # machines
    "尚未核对规则": _without("rules-checked"),
    "规则全部通过": _exact("rules-checked.outcome=all-true"),
    "规则未全部通过": _exact("rules-checked.outcome=person"),
    "系统自动准予": _exact("rules-checked.outcome=all-true"),
    "抽中事后抽查": _exact("rules-checked.sampled=true"),
    "未抽中事后抽查": _without("rules-checked.sampled=true"),
    # commitments and what follows a grant
    "承诺符合条件": _exact("committed.form=conditions"),
    "承诺补交材料": _exact("committed.form=materials"),
    "没有作出承诺": _without("committed"),
    "送达情况已记录": RestsOn(asks=("mode", "recipient")),
    "邮寄有邮件号和签收日期": RestsOn(asks=("mode", "mail_no", "signed_on")),
    "代收人身份已写明": RestsOn(asks=("mode", "relation")),
    "留置有见证或者影像": RestsOn(asks=("mode", "witness", "proof", "place")),
    "电子送达确认有效": RestsOn(looks_at=("electronic-consent",)),
    "电子送达已经同意": RestsOn(looks_at=("electronic-consent",), asks=("mode",)),
    "公告期已满": RestsOn(looks_at=("service-announcements",), asks=("mode",)),
    "送达时间真实": RestsOn(asks=("served_at",)),
    "文书属于本件": RestsOn(asks=("document",)),
    "文书属于本件且尚未送达": RestsOn(asks=("document", "recipient")),
    "已送达": _exact("delivered"),
    "已公开": _exact("published"),
    "尚未公开": _without("published"),
    "本人是指派的事后核查人员": RestsOn(all_of=("verification-ordered",)),
    "由另一名事后核查人员确认": RestsOn(all_of=("verification-recorded",)),
    "事后核查结论为属实": _exact("verification-recorded.conclusion=true"),
    "事后核查结论为须整改": _exact("verification-recorded.conclusion=shortfall"),
    "事后核查结论为不属实": _exact("verification-recorded.conclusion=false"),
    "已告知并听取陈述申辩": _exact("intended", "heard"),
    "撤销不致公共利益重大损害": RestsOn(asks=("public_harm",)),
    "可以不予处理": RestsOn(looks_at=("intended",), asks=("public_harm",)),
    # joint cases
    "各分支均已办结": RestsOn(all_of=("branches",)),
    "各分支均同意": RestsOn(looks_at=("branches",)),
    "有分支不同意": RestsOn(all_of=("branches",)),
    "有分支同意": RestsOn(all_of=("branches",)),
    "未办结的分支均已暂停": RestsOn(all_of=("branches",)),
    "是部分办结": _exact("partly"),
    "不是部分办结": _without("partly"),
    "统一办理": _exact("terms:unified"),
    "一件事联办": _without("terms:unified"),
}

# Pairs of which one holds and the other does not, whatever the case (third: once this is on its account).
OPPOSITES: tuple[tuple[str, str, str], ...] = (
    ("备案事项", "不是备案", ""),
    ("需要转报上级机关", "由本机关决定", ""),
    ("已公开", "尚未公开", ""),
    ("有待答复的异议", "异议已处理（如有）", ""),
    ("多数专家要求修改", "多数专家已有明确结论", "expert-opinions"),
    ("规则全部通过", "规则未全部通过", "rules-checked"),
    ("抽中事后抽查", "未抽中事后抽查", ""),
    ("承诺符合条件", "承诺补交材料", "committed"),
    ("决定为准予", "决定为不予", "outcome"),
    ("各分支均同意", "有分支不同意", ""),
    ("是部分办结", "不是部分办结", ""),
    ("统一办理", "一件事联办", "terms:joint"),
)

# What a work (works.py) reads of marks and collections, which fields it needs and fills in,
# the answers it may come to, and what else it leaves behind.
WORKS_READ: Mapping[str, frozenset[str]] = {
    "replace-expert": frozenset({"experts-drawn", "recusals", "recused"}),
    "replace-recused": frozenset({"experts-drawn", "recusals", "recused"}),
    "draw-experts": frozenset({"recusals", "recused"}),
    "assign-delegator": frozenset({"delegated", "recused"}),
    "uphold-recusal": frozenset({"delegated", "recusal-requests"}),
    "reject-recusal": frozenset({"recusal-requests"}),
    "note-publicity": frozenset({"publicity-opened"}),
    "check-rules": frozenset({"form-checked"}),
    "assign-back": frozenset({"handed-over"}),
    "add-people": frozenset({"countersign-asked"}),
    "ban-three-years": frozenset({"intended"}),
    "serve": frozenset({"electronic-consent", "service-announcements"}),
}
WORKS_ASK: Mapping[str, frozenset[str]] = {
    "assign-receiver": frozenset({"to"}),
    "add-people": frozenset({"people"}),
    "name-self": frozenset({"ground"}),
    "ask-recusal": frozenset({"who", "ground"}),
    "uphold-recusal": frozenset({"who"}),
    "reject-recusal": frozenset({"who", "reasons"}),
    "publicity-period": frozenset({"stage"}),
    "note-branch": frozenset({"branch", "case_no", "outcome", "at"}),
    "note-branch-time": frozenset({"branch", "paused"}),
    "serve": frozenset({"mode", "served_at", "signed_on"}),
    "ban-three-years": frozenset({"ground"}),  # or in the notice of what is intended
}
WORKS_GIVE: Mapping[str, frozenset[str]] = {
    "draw-experts": frozenset({"experts"}),
    "replace-expert": frozenset({"experts"}),
    "replace-recused": frozenset({"experts"}),
    "name-self": frozenset({"who"}),
    "publicity-period": frozenset({"n", "unit"}),
    "note-publicity": frozenset({"stage"}),
    "add-people": frozenset({"people"}),
    "permit-terms": frozenset({"valid_until"}),
    "check-rules": frozenset({"outcome", "sampled"}),
    "serve": frozenset({"served_at", "notice"}),
    "serve-by-machine": frozenset({"mode", "recipient", "served_at"}),
}
WORKS_ANSWER: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "check-rules": (
        {"outcome": "all-true", "sampled": "true"},
        {"outcome": "all-true", "sampled": "false"},
        {"outcome": "person", "sampled": "false"},
    ),
}
WORKS_LEAVE: Mapping[str, str] = {"open-branches": "branches"}

# A mark that judges another one means nothing once that one is gone: (what judges, what it judges).
STANDS_ON: tuple[tuple[str, str], ...] = (
    ("legal-review-passed", "opinion"),
    ("visit-recorded", "visit-ordered"),
    ("verification-recorded", "verification-ordered"),
    ("expert-opinions", "experts-drawn"),
    ("expert-review-done", "expert-review-notified"),
    ("countersigns", "countersign-asked"),
    ("heard", "intended"),
)


def rests_on(phrase: str) -> RestsOn:
    """Return what the phrase rests on; nothing, if the table does not know it."""
    return RESTS_ON.get(phrase, NOTHING)
