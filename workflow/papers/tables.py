"""The tables papers show, each from the case as it stood. A closed list; a table without rows is left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflow.engine.case import effects_of
from workflow.engine.model import Ask
from workflow.engine.vocabulary import PERMIT_OPERATIONS
from workflow.papers.facts import Issued, as_text, ask_of, asks_of_mark, spoken
from workflow.papers.words import day_words, moment_words

Cell = str | dict[str, str]
Rows = Sequence[Sequence[Cell]]
ID_NO: Cell = {"ref": "id_no"}
PAIR = (3, 7)
NOT_FIELDS = ("remedies",)
SUPPLIES = {"shared": "通过数据共享取得", "system": "由系统生成"}
OUTCOMES = {"granted": "同意", "refused": "不同意", "not-opened": "没有开始", "withdrawn": "终止", "": "办理中"}
VALUES = {True: "成立", False: "不成立", None: "无法核对"}
CHANGES = {"holder": "持证人", "content": "许可范围"}


def table_of(issued: Issued, name: str, spoken_of: frozenset[str]) -> dict[str, Any] | None:
    """Return a table block, or None where there is nothing to show. spoken_of: fields the sentences already name."""
    head, widths, make = TABLES[name]
    rows = _fields(issued, spoken_of) if name == "fields" else make(issued)
    if not rows:
        return None
    return {"kind": "table", "head": list(head), "widths": list(widths), "rows": [list(row) for row in rows]}


def _pairs(issued: Issued, asks: Sequence[Ask], values: Mapping[str, Any], leave: frozenset[str]) -> Rows:
    return [
        [ask.label, as_text(spoken(issued, ask, values[ask.name]))]
        for ask in asks
        if ask.name not in leave and ask.name not in NOT_FIELDS and values.get(ask.name) is not None
    ]


def _fields(issued: Issued, spoken_of: frozenset[str]) -> Rows:
    action = issued.action
    return _pairs(issued, action.asks, issued.given, spoken_of) if action else []


def _materials(issued: Issued) -> Rows:
    supplied = issued.after.materials
    rows = []
    for number, material in enumerate(issued.terms.materials, 1):
        state = "已收到" if material.code in supplied else SUPPLIES.get(material.supply, "未提交")
        rows.append([str(number), material.name, state if material.required or material.code in supplied else "非必交"])
    return rows


def _missing(issued: Issued) -> Rows:
    entries = issued.given.get("missing", ())
    return [[str(number), entry["material"], entry["what"]] for number, entry in enumerate(entries, 1)]


def _gaps(issued: Issued) -> Rows:
    missing = [m for m in issued.terms.materials if m.tolerable and m.required and m.code not in issued.after.materials]
    return [[str(number), material.name] for number, material in enumerate(missing, 1)]


def _branches(issued: Issued) -> Rows:
    keys = [branch["key"] for branch in issued.terms.special.get("branches", ())]
    known = issued.after.branches
    rows = []
    for branch in issued.terms.special.get("branches", ()):
        state = known.get(branch["key"], {})
        shown = OUTCOMES.get(state.get("outcome", ""), "已办结") if state else "待分办"
        rows.append([str(keys.index(branch["key"]) + 1), branch["name"], branch["department"], shown])
    return rows


def _promise(issued: Issued) -> Rows:
    return [
        ["承诺人", issued.applicant["name"]],
        ["承诺内容", "已经知悉告知的全部内容，能够符合许可的条件和标准，所作承诺真实，愿意承担不实承诺的法律责任。"],
        ["签名或者盖章", ""],
        ["日期", ""],
    ]


def _commitment(issued: Issued) -> Rows:
    mark = issued.mark("committed")
    if mark is None:
        return []
    return [
        *_pairs(issued, asks_of_mark(issued, "committed"), mark["given"], frozenset()),
        ["承诺时间", moment_words(mark["at"])],
    ]


def _rules(issued: Issued) -> Rows:
    mark = issued.mark("rules-checked")
    rules = mark["given"].get("rules", ()) if mark else ()
    return [[str(number), rule["text"], VALUES[rule["value"]]] for number, rule in enumerate(rules, 1)]


def _record(issued: Issued, ordered: str, recorded: str) -> Rows:
    """Return what was ordered and what was found, for a visit or a later check."""
    rows: list[Sequence[Cell]] = []
    for name in (ordered, recorded):
        mark = issued.mark(name)
        if mark:
            rows += _pairs(issued, asks_of_mark(issued, name), mark["given"], frozenset({"defects"}))
    record = issued.mark(recorded)
    if record:
        rows.append(["记录人", issued.people.get(record["by"], record["by"])])
    rows.append(["确认人", issued.event["actor"]["name"]])
    return rows


def _draw(issued: Issued) -> Rows:
    draw = effects_of(issued.event).get("draw")
    if not draw:
        return []
    left_out = [f"{issued.people.get(person, person)}：{why}" for person, why in draw["left_out"].items()]
    return [
        ["抽取时间", moment_words(issued.event["at"])],
        ["可以抽取的专家", "、".join(draw["pool"])],
        ["没有参加抽取的专家", "；".join(left_out) or "无"],
        ["方法", draw["method"]],
        ["种子", draw["seed"]],
        ["结果（专家编号）", "、".join(draw["drawn"])],
    ]


def _opinions(issued: Issued) -> Rows:
    give = next(
        (s.actions["give-opinion"] for s in issued.process.states.values() if "give-opinion" in s.actions), None
    )
    rows = []
    for person, entry in issued.before.collected.get("expert-opinions", {}).items():
        conclusion = spoken(issued, give.ask("conclusion") if give else None, entry["given"].get("conclusion"))
        opinion = str(entry["given"].get("opinion_text", ""))
        rows.append([issued.people.get(person, person), as_text(conclusion), opinion])
    return rows


def _signatures(issued: Issued) -> Rows:
    return [["记录人", issued.event["actor"]["name"]], ["参加人签名", ""], ["日期", ""]]


def _permit(issued: Issued) -> Rows:
    permit = issued.permit
    if not permit:
        return []
    until = day_words(permit["valid_until"]) if permit.get("valid_until") else "长期"
    content = str(permit.get("content") or "")
    rows: list[Sequence[Cell]] = [
        ["名称", str(permit["certificate"])],
        ["编号", str(permit["permit_no"])],
        ["持证人", str(permit["holder"])],
        ["证件号码", ID_NO],
        ["有效期", f"{day_words(permit['valid_from'])}至{until}"],
    ]
    return [*rows, *([["许可内容", content]] if content else [])]


def _served(issued: Issued) -> Rows:
    return [[str(number), title, no] for number, (title, no) in enumerate(issued.served, 1)]


def _delivery(issued: Issued) -> Rows:
    mode = as_text(spoken(issued, ask_of(issued, "mode"), issued.given.get("mode"))) or "电子送达"
    service = effects_of(issued.event).get("service", {})
    rows: list[Sequence[Cell]] = [["受送达人", issued.applicant["name"]], ["送达方式", mode]]
    rows += [["依据", service["basis"]]] if service.get("basis") else []
    rows += _pairs(
        issued, issued.action.asks if issued.action else (), issued.given, frozenset({"mode", "served_at", "document"})
    )
    served_at = service.get("served_at", issued.event["at"])
    return [*rows, ["送达时间", moment_words(served_at)], ["送达人", issued.event["actor"]["name"]]]


def _changes(issued: Issued) -> Rows:
    changes = issued.terms.permit.get("changes", {})
    return [[label, str(changes[key])] for key, label in CHANGES.items() if changes.get(key)]


def _intended(issued: Issued) -> Rows:
    mark = issued.mark("intended")
    if mark is None:
        return []
    told = _pairs(issued, asks_of_mark(issued, "intended"), mark["given"], frozenset())
    operation = PERMIT_OPERATIONS.get(issued.terms.permit.get("operation", ""), "撤销")
    return [["处理", operation], *told, ["告知时间", day_words(mark["at"])]]


Table = tuple[Sequence[str], Sequence[int], Callable[[Issued], Rows]]
TABLES: Mapping[str, Table] = {
    "materials": (("序号", "材料名称", "情况"), (1, 7, 3), _materials),
    "missing": (("序号", "材料", "需要补正的内容"), (1, 4, 6), _missing),
    "gaps": (("序号", "材料"), (1, 9), _gaps),
    "branches": (("序号", "事项", "部门", "意见"), (1, 4, 5, 2), _branches),
    "promise": ((), PAIR, _promise),
    "commitment": ((), PAIR, _commitment),
    "rules": (("序号", "规则", "结果"), (1, 8, 2), _rules),
    "visit": ((), PAIR, lambda issued: _record(issued, "visit-ordered", "visit-recorded")),
    "verification": ((), PAIR, lambda issued: _record(issued, "verification-ordered", "verification-recorded")),
    "draw": ((), PAIR, _draw),
    "opinions": (("专家", "结论", "意见"), (2, 2, 6), _opinions),
    "signatures": ((), PAIR, _signatures),
    "permit": ((), PAIR, _permit),
    "served": (("序号", "文书", "文号"), (1, 5, 5), _served),
    "delivery": ((), PAIR, _delivery),
    "changes": ((), PAIR, _changes),
    "intended": ((), PAIR, _intended),
    "fields": ((), PAIR, lambda issued: _fields(issued, frozenset())),
}
