"""Special procedures, whose time is not counted (行政许可法 45)."""

from workflow.engine.case import special_procedures
from workflow.engine.guards.asking import Question, phrase
from workflow.engine.vocabulary import GROUNDS


@phrase("结果文书已上传", "SPECIAL_RESULT_MISSING", "行政许可法 第四十五条", asks_data=True, kind="invalid")
def special_result_is_filed(q: Question) -> str:
    """The special procedure's result is described."""
    return "" if str(q.given.get("result", "")).strip() else "请填写特别程序的结果文书（名称、文号、结论）。"


@phrase("有特别程序正在进行", "NO_SPECIAL_PROCEDURE", "行政许可法 第四十五条")
def a_special_procedure_runs(q: Question) -> str:
    """Some special procedure was notified and has not ended."""
    return "" if special_procedures(q.case) else "没有正在进行的特别程序。"


@phrase("特别程序均已结束", "SPECIAL_PROCEDURES_OPEN", "行政许可法 第四十五条")
def no_special_procedure_runs(q: Question) -> str:
    """No opinion while a test, an appraisal or a review still runs."""
    left = special_procedures(q.case)
    return f"特别程序尚未结束：{'、'.join(GROUNDS[ground] for ground in left)}。" if left else ""


@phrase("只有一项特别程序正在进行", "SPECIAL_PROCEDURES_OPEN", "行政许可法 第四十五条")
def one_special_procedure_runs(q: Question) -> str:
    """Time runs again only when the last of several has ended; each ends by its own result."""
    left = special_procedures(q.case)
    names = "、".join(GROUNDS[ground] for ground in left)
    return f"同时进行的特别程序有：{names}；请逐项登记结果。" if len(left) > 1 else ""


@phrase("有几项特别程序同时进行", "ONE_SPECIAL_PROCEDURE", "行政许可法 第四十五条")
def several_special_procedures_run(q: Question) -> str:
    """To end one of several, there are several."""
    return "" if len(special_procedures(q.case)) > 1 else "没有几项特别程序同时进行。"


@phrase("该项特别程序正在进行", "NOT_THIS_PROCEDURE", "行政许可法 第四十五条", asks_data=True, kind="invalid")
def this_special_procedure_runs(q: Question) -> str:
    """The procedure named was notified and has not ended. An expert review ends with its summary, not before."""
    ground = q.given.get("ground", "")
    if ground not in special_procedures(q.case):
        return f"“{GROUNDS.get(ground, ground)}”不在正在进行的特别程序之中。"
    by_experts = ground == "expert-review" and q.mark("expert-review-notified") and not q.mark("expert-review-done")
    if by_experts and q.action.records == "resumed":
        return "专家评审以汇总评审意见结束，请办理“汇总评审意见，恢复计时”。"
    return ""
