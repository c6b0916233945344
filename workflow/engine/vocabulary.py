"""The closed lists of words that definitions, facts and people share. docs/glossary.md explains them."""

POSTS = {
    "applicant": "申请人",
    "agent": "代办人",
    "window-clerk": "窗口受理",
    "reviewer": "审查",
    "inspector": "现场核查",
    "expert": "专家",
    "approver": "审批（首席审批官）",
    "department-head": "本机关负责人",
    "government-head": "管委会负责人",
    "legal-reviewer": "法制审核",
    "hearing-officer": "听证主持人",
    "supervisor": "效能监察",
    "auditor": "审计",
    "catalogue-admin": "事项管理员",
    "system-admin": "系统管理员",
    "public": "公众",
}

CLOCK_IDS = {
    "correction": "补正告知",
    "resubmission": "补正",
    "statutory": "法定办结",
    "promised": "承诺办结",
    "delivery": "送达",
    "publication": "双公示",
    "general-disclosure": "政府信息公开",
    "hearing-request": "听证申请",
    "hearing-arrange": "听证组织",
    "supplement": "承诺（容缺）补交",
    "post-verification": "事后核查",
    "rectification": "整改",
    "renewal": "延续决定",
    "publicity": "公示",
    "statement": "陈述申辩",
    "validity": "证照有效期",
}

FACT_TYPES = frozenset(
    {
        "received",
        "correction_requested",
        "resubmitted",
        "accepted",
        "tolerantly_accepted",
        "commitment_signed",
        "suspended",
        "resumed",
        "extension_approved",
        "hearing_rights_served",
        "hearing_requested",
        "hearing_waived",
        "hearing_notice_served",
        "hearing_record_signed",
        "rectification_ordered",
        "rectified",
        "visit_started",
        "site_visited",
        "decided",
        "delivered",
        "notice_served",
        "published",
        "supplemented",
        "renewal_filed",
        "withdrawn",
        "publicity_started",
        "publicity_ended",
        "hearing_announced",
        "statement_invited",
        "statement_made",
        "verification_ordered",
        "verified",
        "forwarded",
        "permit_issued",
        "permit_renewed",
        "permit_ended",
    }
)

# Findings a clock-driven action may wait for. Refusals of facts are not among them.
FINDING_CODES = frozenset(
    {
        "DEEMED_ACCEPTED",
        "RESUBMISSION_LAPSED",
        "PROMISE_NEAR",
        "PROMISE_OVERDUE",
        "STATUTORY_OVERDUE",
        "DELIVERY_OVERDUE",
        "PUBLICATION_NEAR",
        "PUBLICATION_OVERDUE",
        "SUSPENSION_DAYS_USED_UP",
        "SUPPLEMENT_LAPSED",
        "DEEMED_RENEWED",
        "HEARING_REQUEST_LAPSED",
        "HEARING_OVERDUE",
        "POST_VERIFICATION_OVERDUE",
        "RECTIFICATION_OVERDUE",
        "PUBLICITY_ENDED",
        "STATEMENT_LAPSED",
        "VALIDITY_ENDED",
        "DELEGATION_ENDED",
    }
)

# 行政许可法45 lists the first eight; the last three only where an item's own rule names them.
GROUNDS = {
    "hearing": "听证",
    "bidding": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert-review": "专家评审",
    "on-site": "现场核查",
    "rectification": "整改",
    "publicity": "公示",
}

# What a case may do to a permit: the actions of definitions/permit.yaml, and how people call them.
PERMIT_OPERATIONS = {
    "file-renewal": "提出延续",
    "renew": "延续",
    "renewal-over": "不再延续",
    "change": "变更",
    "replace": "补发",
    "suspend": "暂扣",
    "reinstate": "恢复",
    "revoke": "撤销",
    "withdraw": "撤回",
    "forfeit": "吊销",
    "cancel": "注销",
}

# Grounds on which the office itself acts on a permit: operation -> code -> words. 许可法8(2), 69, 70.
PERMIT_GROUNDS = {
    "revoke": {
        "abuse": "滥用职权、玩忽职守作出准予决定（可以撤销）",
        "ultra-vires": "超越法定职权作出准予决定（可以撤销）",
        "procedure": "违反法定程序作出准予决定（可以撤销）",
        "unfit": "对不具备申请资格或者不符合法定条件的申请人准予（可以撤销）",
        "other": "依法可以撤销的其他情形",
        "fraud": "以欺骗、贿赂等不正当手段取得（应当撤销）",
    },
    "withdraw": {
        "law-changed": "所依据的法律、法规、规章修改或者废止",
        "circumstances": "准予许可所依据的客观情况发生重大变化",
    },
    "suspend": {"penalty": "行政处罚决定暂扣", "safety": "法律、法规规定的其他暂扣情形"},
    "reinstate": {"term-over": "暂扣期满", "corrected": "已经改正"},
    "forfeit": {"penalty": "行政处罚决定吊销"},
    "cancel": {
        "expired": "有效期届满未延续",
        "person": "赋予公民特定资格的许可，该公民死亡或者丧失行为能力",
        "organisation": "法人或者其他组织依法终止",
        "taken": "许可依法被撤销、撤回，或者证件依法被吊销",
        "force-majeure": "因不可抗力导致许可事项无法实施",
        "other": "法律、法规规定应当注销的其他情形",
    },
}
MUST_REVOKE = frozenset({"fraud"})  # 许可法69(2)
UNHEARD = frozenset({"cancel", "reinstate", "forfeit"})  # formal acts that follow another decision or favour the holder
