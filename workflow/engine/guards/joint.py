"""Joint cases and their branches (行政许可法 26)."""

from workflow.engine.guards.asking import Predicate, Question, phrase


@phrase("各分支均已办结", "BRANCHES_OPEN", "行政许可法 第二十六条第二款")
def every_branch_has_ended(q: Question) -> str:
    """All branches of this case have an outcome; silence of a department is not consent."""
    left = [b["name"] for b in q.case.branches.values() if not b.get("outcome")]
    return f"尚未办结：{'、'.join(left)}。" if left or not q.case.branches else ""


@phrase("各分支均同意", "A_BRANCH_REFUSED", "行政许可法 第二十六条第二款")
def every_branch_agrees(q: Question) -> str:
    """Each branch was granted."""
    against = [b["name"] for b in q.case.branches.values() if b.get("outcome") != "granted"]
    return f"下列分支没有同意：{'、'.join(against)}。" if against else ""


@phrase("有分支不同意", "NO_BRANCH_REFUSED", "行政许可法 第二十六条第二款")
def some_branch_disagrees(q: Question) -> str:
    """At least one branch was not granted."""
    return "" if every_branch_agrees(q) else "各分支均已同意。"


@phrase("有分支同意", "NO_BRANCH_AGREED", "行政许可法 第二十六条第二款")
def some_branch_agrees(q: Question) -> str:
    """A partial result has something to hand out."""
    agreed = [b for b in q.case.branches.values() if b.get("outcome") == "granted"]
    return "" if agreed else "没有分支同意，不能部分办结。"


@phrase(
    "各部门提出的缺项已汇总",
    "MISSING_LIST_INCOMPLETE",
    "行政许可法 第二十六条第二款、第三十二条",
    asks_data=True,
    kind="invalid",
)
def shortfalls_are_joined(q: Question) -> str:
    """One combined notice: everything any department of a joint case found missing is on it."""
    listed = {entry["material"] for entry in q.given.get("missing", ())}
    code_of = {m.name: m.code for m in q.terms.materials}
    listed |= {code_of.get(name, name) for name in listed}
    left_out = [
        wanted["material"]
        for entry in q.collected("branch-shortfalls").values()
        for wanted in entry["given"]["missing"]
        if not {wanted["material"], code_of.get(wanted["material"], "")} & listed
    ]
    return f"补正须一次告知全部内容，漏列了联办部门提出的：{'、'.join(left_out)}。" if left_out else ""


@phrase("未办结的分支均已暂停", "A_BRANCH_STILL_RUNS", "行政许可法 第四十五条；本机关办理规程")
def every_open_branch_is_paused(q: Question) -> str:
    """The joint limit stands still only while every branch that is open stands still."""
    running = [b["name"] for b in q.case.branches.values() if not b.get("outcome") and not b.get("paused")]
    return f"下列分支仍在办理：{'、'.join(running)}。" if running or not q.case.branches else ""


@phrase("正在暂停计时", "NOT_PAUSED", "行政许可法 第四十五条")
def is_paused(q: Question) -> str:
    """There is a pause to end."""
    return "" if q.mark("paused") else "没有正在暂停的计时。"


@phrase("是部分办结", "NOT_PARTLY", "行政许可法 第二十六条第二款")
def is_partly_done(q: Question) -> str:
    """Some branches agreed and some did not."""
    return "" if q.mark("partly") else "不是部分办结。"


@phrase("不是部分办结", "PARTLY", "行政许可法 第二十六条第二款")
def is_wholly_done(q: Question) -> str:
    """All of it, one way or the other."""
    return "是部分办结。" if q.mark("partly") else ""


def _joins_as(wanted: str, text: str) -> Predicate:
    def predicate(q: Question) -> str:
        return "" if q.terms.special.get("joint") == wanted else text

    predicate.__doc__ = f"The item's branches are joined as {wanted}."
    return predicate


phrase("统一办理", "NOT_UNIFIED", "行政许可法 第二十六条第二款")(_joins_as("unified", "本事项各分支自行决定。"))
phrase("一件事联办", "NOT_A_BUNDLE", "优化营商环境条例 第四十一条")(_joins_as("bundle", "本事项由牵头机关统一决定。"))
