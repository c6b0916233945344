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
        "published",
        "supplemented",
        "renewal_filed",
        "withdrawn",
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
        "PUBLICATION_OVERDUE",
        "SUSPENSION_DAYS_USED_UP",
        "SUPPLEMENT_LAPSED",
        "DEEMED_RENEWED",
        "HEARING_REQUEST_LAPSED",
        "HEARING_OVERDUE",
        "POST_VERIFICATION_OVERDUE",
        "RECTIFICATION_OVERDUE",
        "PROMISE_DAY_ENDED",
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
