"""What codes are called on pages."""

PARTY = {
    "kind": "申请人类型",
    "name": "名称（姓名）",
    "id_no": "证件号码",
    "legal_representative": "法定代表人",
    "contact": "联系人",
    "phone": "联系电话",
    "address": "地址",
    "email": "电子邮箱",
}
CLOCK_MEANS = {
    "correction": "窗口最迟在这一天一次告知您要不要补正、缺什么；到期没有告知的，申请自收到之日起就是受理。",
    "resubmission": "请最迟在这一天补齐；逾期没有补的，作退件处理，可以重新申请。",
    "promised": "本机关承诺最迟在这一天作出决定，比法定期限早。",
    "statutory": "依法最迟在这一天作出决定。",
    "delivery": "决定书和证照最迟在这一天送到您手里。",
    "hearing-request": "想要听证的，最迟在这一天提出；逾期不提的，视为放弃。",
    "hearing-arrange": "本机关最迟在这一天组织听证。",
    "supplement": "请最迟在这一天补齐当时承诺后补的材料。",
    "rectification": "请最迟在这一天整改完毕并报告。",
    "statement": "想要陈述、申辩的，最迟在这一天提出。",
    "renewal": "本机关最迟在证照到期以前作出决定；逾期没有决定的，视为准予延续。",
    "publicity": "公示到这一天为止，其间任何人都可以提出异议。",
}
HOLDERS = {"person": "个人", "organisation": "单位（企业、机关、社会组织等）"}
FINDINGS = {
    "DEEMED_ACCEPTED": "逾期没有告知，视为受理",
    "RESUBMISSION_LAPSED": "逾期没有补正",
    "PROMISE_NEAR": "承诺期限将满",
    "PROMISE_OVERDUE": "超过承诺期限",
    "STATUTORY_OVERDUE": "超过法定期限",
    "DELIVERY_OVERDUE": "送达逾期",
    "PUBLICATION_NEAR": "双公示期限将满",
    "PUBLICATION_OVERDUE": "公示逾期",
    "SUSPENSION_DAYS_USED_UP": "告知的特别程序时间用完",
    "SUPPLEMENT_LAPSED": "逾期没有补齐容缺材料",
    "DEEMED_RENEWED": "逾期没有决定，视为准予延续",
    "HEARING_REQUEST_LAPSED": "逾期没有申请听证",
    "HEARING_OVERDUE": "超过组织听证的期限",
    "POST_VERIFICATION_OVERDUE": "事后核查逾期",
    "RECTIFICATION_OVERDUE": "逾期没有整改",
    "PUBLICITY_ENDED": "公示期满",
    "STATEMENT_LAPSED": "逾期没有陈述申辩",
    "VALIDITY_ENDED": "证照有效期届满",
    "LATE_CORRECTION_NOTICE": "补正告知超过五个工作日",
    "SECOND_CORRECTION_NOTICE": "再次要求补正（只能一次告知）",
    "EXTENSION_ALREADY_USED": "已经延长过一次",
    "EXTENSION_AFTER_EXPIRY": "期满以后才延长",
    "EXTENSION_REASON_NOT_NOTIFIED": "延长的理由没有告知",
    "WRONG_APPROVER": "批准延长的人不对",
    "SUSPENSION_NOT_NOTIFIED": "特别程序没有书面告知",
    "SUSPENSION_GROUND_NOT_ALLOWED": "本事项不能以此理由停止计时",
    "HEARING_RIGHT_PENDING": "听证申请期还没有届满",
    "HEARING_NOTICE_TOO_LATE": "听证通知不足七日",
    "HEARING_REQUEST_TOO_LATE": "听证申请逾期",
    "TOLERANT_MATERIAL_MISSING": "容缺材料还没有补齐",
    "RENEWAL_TOO_EARLY": "延续申请过早",
    "RENEWAL_TOO_LATE": "延续申请过晚",
    "CALENDAR_NOT_LOADED": "所涉年份的放假安排还没有载入",
}


def finding_name(code: str) -> str:
    """Return what a finding is called; its code where it has no name yet."""
    return FINDINGS.get(code, code)
