"""The papers of a case with how each was served (送达), and where its service is recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from api.web.i18n import said
from api.web.trail import moment
from workflow.casework.service import RECEIPT
from workflow.papers.wording import wordings

MODES = {
    "counter": "窗口领取", "proxy": "他人代收", "post": "邮寄", "electronic": "电子送达", "left": "留置送达", "notice": "公告送达",
}  # fmt: skip
# Which questions belong to which way of service; the others are asked whatever the way.
WAYS = {
    "relation": ("proxy",),
    "served_at": ("counter", "proxy", "electronic", "left"),
    "place": ("counter", "proxy", "left"),
    "mail_no": ("post",),
    "signed_on": ("post",),
    "witness": ("left",),
    "proof": ("proxy", "post", "electronic", "left"),
}


def papers_served(
    case_no: str, listed: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]], *, may_record: bool
) -> list[dict[str, Any]]:
    """Return the papers, each with its records of service and, where service can be recorded now, the form for it."""
    numbers = {one["no"]: one["id"] for one in listed}
    found: dict[str, list[dict[str, Any]]] = {}
    for one in records:
        found.setdefault(one["document_no"], []).append(_record(case_no, one, numbers))
    return [
        {
            **one,
            "served": found.get(one["no"], []),
            "record": url_for("acts.act", case_no=case_no, action="record-service", document=one["no"])
            if may_record and is_for_somebody(one["title"]) and one["no"] not in found
            else "",
        }
        for one in listed
    ]


def is_for_somebody(title: str) -> bool:
    """Return True if a paper is given to somebody: not what stays in the file, nor the proof of service itself."""
    wording = wordings().get(title)
    return title != RECEIPT and (wording is None or wording.to != "internal")


def _record(case_no: str, one: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    receipt = numbers.get(one["receipt_no"])
    details = [
        ("代收", one["relation"]),
        ("地点", one["place"]),
        ("邮件号", one["mail_no"]),
        ("见证人", "、".join(one["witness"])),
        ("证明材料", one["proof"]),
        ("公告", one["announced_on"] or ""),
        ("依据", one["basis"]),
    ]
    return {
        "mode": said(MODES.get(one["mode"], one["mode"])),
        "recipient": one["recipient"],
        "at": moment(one["served_at"]),
        "details": said("；").join(f"{said(label)}{said('：')}{value}" for label, value in details if value),
        "receipt": url_for("case.paper", case_no=case_no, document_id=receipt) if receipt else "",
    }


def papers_to_name(listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the papers of a case as choices: (number, title and number)."""
    return [(one["no"], f"{one['title']} {one['no']}") for one in listed if is_for_somebody(one["title"])]
