"""An issued paper as frozen content: plain data, in words, that says everything the paper shows and nothing else.

The party's identity number does not stand in it: blocks only refer to it, so that it is kept sealed beside the content and
shown masked.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflow.definitions.documents import DOCUMENTS
from workflow.engine.case import effects_of
from workflow.papers.due import due_blocks
from workflow.papers.facts import Issued, as_text, fact
from workflow.papers.remedies import remedies
from workflow.papers.tables import table_of
from workflow.papers.wording import PLACEHOLDER, Step, Wording, wordings
from workflow.papers.words import day_in_full, lines_of

FORMAT = 1
Block = dict[str, Any]


class CannotSay(Exception):
    """The paper needs a fact that the case does not have; the message names both."""


def compose(issued: Issued) -> dict[str, Any]:
    """Return the content of one paper. Raises CannotSay."""
    wording = wordings()[issued.title]
    event = issued.event
    return {
        "format": FORMAT,
        "no": issued.no,
        "title": issued.title,
        "organ": issued.department,
        "dated": event["at"][:10],
        "case_no": issued.after.case_no,
        "item_name": issued.terms.item_name,
        "party": {"name": issued.applicant["name"]},
        "law": DOCUMENTS[issued.title].law,
        "act": {
            "type": event["type"],
            "law": effects_of(event).get("law", ""),
            "by": event["actor"]["post"],
            "seq": event["seq"],
        },
        "event_hash": event["hash"],
        "blocks": _blocks(issued, wording),
    }


def _blocks(issued: Issued, wording: Wording) -> list[Block]:
    blocks: list[Block] = [
        {"kind": "heading", "organ": issued.department, "title": issued.title},
        {"kind": "number", "text": issued.no},
    ]
    addressee = _addressee(issued, wording)
    if addressee:
        blocks.append({"kind": "addressee", "text": addressee})
    told = frozenset(name.removeprefix("given.") for name in wording.names() if name.startswith("given."))
    for step in wording.body:
        blocks += _step(issued, step, told)
    blocks += _remedies(issued, wording)
    blocks.append({"kind": "signature", "organ": issued.department, "day": day_in_full(issued.event["at"])})
    if wording.receipt:
        blocks.append(_receipt(issued))
    return blocks


def _addressee(issued: Issued, wording: Wording) -> str:
    if wording.to == "named":
        return "、".join(lines_of(fact(issued, "given.who"))) or issued.applicant["name"]
    return str(issued.applicant["name"]) if wording.to == "party" else ""


def _step(issued: Issued, step: Step, told: frozenset[str]) -> list[Block]:
    if (step.when and not fact(issued, step.when)) or (step.unless and fact(issued, step.unless)):
        return []
    if step.due:
        return due_blocks(issued, step.due, step.title)
    if step.table:
        table = table_of(issued, step.table, told)
        body = [table] if table else []
    elif step.list:
        body = _list(lines_of(fact(issued, step.list)))
    else:
        body = _paragraphs(_said(issued, step.say))
    label = [{"kind": "label", "text": step.title}] if step.title and body else []
    return [*label, *body]


def _list(entries: list[str]) -> list[Block]:
    """Return several entries as a numbered list; a single one as a paragraph."""
    return [{"kind": "list", "items": entries}] if len(entries) > 1 else [_para(entry) for entry in entries]


def _said(issued: Issued, sentence: str) -> str:
    def word(match: Any) -> str:
        text = as_text(fact(issued, match[1]))
        if not text:
            raise CannotSay(f"{issued.title}: {match[1]} is not known of {issued.after.case_no}")
        return text

    return PLACEHOLDER.sub(word, sentence)


def _paragraphs(text: str) -> list[Block]:
    return [_para(line) for line in text.splitlines() if line.strip()]


def _para(text: str) -> Block:
    return {"kind": "para", "text": text.strip()}


def _remedies(issued: Issued, wording: Wording) -> list[Block]:
    if not wording.remedies or (wording.remedies_if and not fact(issued, wording.remedies_if)):
        return []
    kind: Any = wording.remedies
    stated = str(issued.given.get("remedies") or "")
    on = date.fromisoformat(issued.event["at"][:10])
    return [_para(text) for text in remedies(kind, on, issued.department, stated)]


def _receipt(issued: Issued) -> Block:
    rows = [
        ["送达文书及文号", f"{issued.title} {issued.no}"],
        ["受送达人", issued.applicant["name"]],
        ["送达方式", "□直接送达 □邮寄 □电子送达 □留置送达 □公告送达"],
        ["送达地点", ""],
        ["收件人签名或者盖章", ""],
        ["收到日期", "　　年　　月　　日"],
        ["送达人签名", ""],
        ["代收、留置的理由和见证人", ""],
    ]
    return {"kind": "receipt", "title": "送达回证", "rows": rows}


def id_masked(id_no: str) -> str:
    """Return an identity number as those see it who need not know it: the first and the last few signs."""
    return f"{id_no[:3]}{'*' * max(len(id_no) - 5, 0)}{id_no[-2:]}" if len(id_no) > 6 else "*" * len(id_no)


# Of a record of service: who took the paper where, who was there.
SERVED_ON = ("签收人（受送达人）", "送达地点", "见证人")


def masked(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the content for overseers. name: the party's name as they see it."""
    full = content["party"]["name"]

    def cover(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(full, name) if full else value
        if isinstance(value, Mapping):
            return {key: cover(entry) for key, entry in value.items()}
        if isinstance(value, list) and len(value) == 2 and value[0] in SERVED_ON:
            return [value[0], "（略）"]
        return [cover(entry) for entry in value] if isinstance(value, list) else value

    covered: dict[str, Any] = cover(content)
    return covered
