"""Each kind of paper as a sample: its wording in full, with what an act would say shown as the name of the question.

For whoever looks after the wordings: nothing in it is of a real case.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from workflow.definitions.documents import DOCUMENTS
from workflow.engine.model import Action
from workflow.papers.compose import Block
from workflow.papers.due import HEAD, WIDTHS
from workflow.papers.remedies import remedies
from workflow.papers.tables import TABLES
from workflow.papers.wording import PLACEHOLDER, Step, wordings

MARK = "样张"
ORGAN = "示例行政机关"
DAY = date(2026, 9, 1)
WORDS = {
    "party": "滨海示例有限公司", "you": "你单位", "item": "示例事项", "granted_item": "示例事项",
    "case_no": "02-20260901-000001", "today": "2026年9月1日", "moment": "2026年9月1日9时", "received": "2026年9月1日",
    "accepted": "2026年9月1日", "permit_no": "津开审证02〔2026〕0001号", "forward_to": "上级行政机关",
    "act_law": "《示例法》第一条", "paper_law": "《示例法》第一条", "grant_law": "《示例法》第一条",
    "refusal_law": "《示例法》第一条",
}  # fmt: skip
NAMES = {
    "action": "动作的名称", "approver_post": "批准人的岗位", "finding": "查明的情况", "pause_ground": "特别程序的事由",
    "drawn": "抽取的专家", "intended_operation": "拟作的处理", "ban": "不得再次申请的期限",
}  # fmt: skip


def sample(title: str, actions: Iterable[Action]) -> dict[str, Any]:
    """Return the content of a sample. actions: those that issue this paper; their questions give the gaps their names."""
    wording = wordings()[title]
    labels = {ask.name: ask.label for action in actions for ask in action.asks}
    no = f"津开审{DOCUMENTS[title].word}〔2026〕　号"
    blocks: list[Block] = [{"kind": "heading", "organ": ORGAN, "title": title}, {"kind": "number", "text": no}]
    if wording.to in ("party", "named"):
        blocks.append({"kind": "addressee", "text": WORDS["party"]})
    for step in wording.body:
        blocks += _step(step, labels)
    if wording.remedies:
        kind: Any = wording.remedies
        blocks += [_para(text) for text in remedies(kind, DAY, ORGAN, "")]
    blocks.append({"kind": "signature", "organ": ORGAN, "day": WORDS["today"]})
    return {
        "title": title,
        "no": no,
        "organ": ORGAN,
        "dated": DAY.isoformat(),
        "law": DOCUMENTS[title].law,
        "watermark": MARK,
        "blocks": blocks,
    }


def _step(step: Step, labels: Mapping[str, str]) -> list[Block]:
    label = [{"kind": "label", "text": step.title}] if step.title else []
    if step.due:
        row = ["〔期限〕", "〔长度〕", WORDS["today"], "2026年9月30日", "《示例法》第一条"]
        return [*label, {"kind": "table", "head": list(HEAD), "widths": list(WIDTHS), "rows": [row]}]
    if step.table:
        return [*label, _table(step.table, labels)]
    if step.list:
        gap = _word(step.list, labels)
        return [*label, {"kind": "list", "items": [f"{gap}之一", f"{gap}之二"]}]
    said = PLACEHOLDER.sub(lambda match: _word(match[1], labels), step.say)
    return [*label, *(_para(line) for line in said.splitlines() if line.strip())]


def _table(name: str, labels: Mapping[str, str]) -> Block:
    head, widths, _make = TABLES[name]
    if head:
        rows = [[f"〔{cell}〕" for cell in head]]
    else:
        rows = [[label, f"〔{label}〕"] for label in labels.values()] or [["〔项目〕", "〔内容〕"]]
    return {"kind": "table", "head": list(head), "widths": list(widths), "rows": rows}


def _word(name: str, labels: Mapping[str, str]) -> str:
    head, _, rest = name.partition(".")
    if head == "due":
        return "2026年9月30日"
    if head == "extended":
        return "十个工作日"
    if rest:
        last = rest.rpartition(".")[2]
        return f"〔{labels.get(last, '前面办理时写明的内容')}〕"
    return WORDS.get(name) or f"〔{NAMES.get(name, '按办件情况填写')}〕"


def _para(text: str) -> Block:
    return {"kind": "para", "text": text.strip()}
