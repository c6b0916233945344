"""A draft of the year in sentences, in the manner of an annual report on law-based government. Every number is linked."""

from collections.abc import Mapping
from typing import Any

Piece = str | Mapping[str, Any]
Sentence = list[Piece]


def narrative(report: Mapping[str, Any]) -> list[Sentence]:
    """Return sentences of words and numbers; a number is {"value", "query", "key"}. What is zero is left unsaid."""
    totals = {number["query"]: number for number in report["numbers"] if number["key"] == ""}

    def n(query: str) -> Piece:
        number = totals.get(query, {"value": 0})
        return {"value": number["value"], "query": query, "key": ""}

    def of(query: str) -> int:
        return int(totals.get(query, {"value": 0})["value"])

    year = report["year"]
    told: list[Sentence] = [
        [f"{year}年，共收到办理申请", n("received"), "件，受理", n("accepted"), "件，办结", n("decided"), "件，其中准予", n("granted"), "件、不予", n("refused"), "件。"],
    ]  # fmt: skip
    issued = [permit for permit in report["permits"] if permit["issued"]]
    if issued:
        sentence: Sentence = ["共发放"]
        for place, permit in enumerate(issued):
            is_past = permit["issued"] == permit["historical"]  # none of them was issued here
            query, key = ("historical", "") if is_past else ("permits", permit["item_code"])
            number = {"value": permit["issued"], "query": query, "key": key}
            note = f"（其中历史数据{permit['historical']}件）" if permit["historical"] else ""
            sentence += ["、" if place else "", f"{permit['name']}", number, f"件{note}"]
        told.append([*sentence, "。"])
    if of("timed"):
        told.append(["有法定期限的办结件", n("timed"), "件，在法定期限内办结", n("in_law"), f"件，占{share(of('in_law'), of('timed'))}；", "有承诺期限的办结件", n("promised"), "件，在承诺期限内办结", n("as_promised"), f"件，占{share(of('as_promised'), of('promised'))}。"])  # fmt: skip
    if of("decided"):
        told.append(["办结件中一次通过", n("first_pass"), f"件，占{share(of('first_pass'), of('decided'))}；一次性告知补正", n("corrections"), "次。"])  # fmt: skip
    for query, before, after in (
        ("deemed_accepted", "因逾期未告知而视为受理", "件。"),
        ("hearings", "举行听证", "次。"),
        ("extended", "经批准延长期限", "件。"),
        ("renewals", "准予延续", "件。"),
        ("filings", "办理备案", "件。"),
        ("revocations", "依职权撤销、撤回、注销证照", "件。"),
        ("published", "公开决定", "件，"),
        ("alerts", "效能监察发出红黄牌", "张。"),
        ("ratings", "收到评价", "条。"),
    ):
        if of(query):
            told.append(
                [before, n(query), after, *(["其中按期公开", n("disclosed"), "件。"] if query == "published" else [])]
            )
    if of("open_and_overdue"):
        told.append([f"截至{report['as_of']}，在办而已超过法定期限", n("open_and_overdue"), "件。"])
    return told


def share(part: int, whole: int) -> str:
    """Return a share in per cent with one digit, rounded down: 99.9 % is never told as all."""
    if not whole:
        return "—"
    per_mille = part * 1000 // whole
    return f"{per_mille // 10}.{per_mille % 10}%"
