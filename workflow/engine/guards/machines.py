"""Cases that rules decide (个人信息保护法 24), and the sample that is looked at afterwards."""

from workflow.engine.guards.asking import Question, phrase


@phrase("规则全部通过", "RULES_NOT_MET", "个人信息保护法 第二十四条；本机关自助办理规则")
def every_rule_is_true(q: Question) -> str:
    """A machine grants only where every rule is known to be true and nobody asked for a person."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("outcome") == "all-true" else "并非每一条规则都能确认成立，由工作人员办理。"


@phrase("规则未全部通过", "RULES_MET", "个人信息保护法 第二十四条；本机关自助办理规则")
def some_rule_is_not_true(q: Question) -> str:
    """Unknown or false: a person decides. A machine never refuses."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("outcome") != "all-true" else "规则全部成立。"


@phrase("尚未核对规则", "RULES_CHECKED", "本机关自助办理规则")
def rules_are_not_checked(q: Question) -> str:
    """Once a submission."""
    return "规则已经核对。" if q.mark("rules-checked") else ""


@phrase("系统自动准予", "NOT_BY_MACHINE", "本机关自助办理规则")
def was_granted_by_machine(q: Question) -> str:
    """The rules decided, so the result goes out electronically at once."""
    return every_rule_is_true(q)


@phrase("抽中事后抽查", "NOT_SAMPLED", "行政许可法 第六十一条")
def was_sampled(q: Question) -> str:
    """The draw at submission chose this case for an audit."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("sampled") and not every_rule_is_true(q) else "本件未抽中事后抽查。"


@phrase("未抽中事后抽查", "SAMPLED", "行政许可法 第六十一条")
def was_not_sampled(q: Question) -> str:
    """No audit follows."""
    return "本件抽中事后抽查。" if not was_sampled(q) else ""
