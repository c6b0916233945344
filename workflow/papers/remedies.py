"""Where an adverse decision sends its addressee: the text of the engine, and who reviews, if that was verified."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import load_file
from workflow.engine.remedies import RemedyKind, remedies_text

KEYS = {"review", "court", "verified", "note"}


@cache
def _organs() -> tuple[dict[str, Any], dict[str, Any]]:
    plain, lines = load_file(Path(__file__).parent / "remedies.yaml", name="remedies.yaml")
    for name, entry in (("others", plain["others"]), *plain["organs"].items()):
        if set(entry) - {"note"} != KEYS - {"note"}:
            raise lines.error((name,), f"{name}: needs review, court and verified")
    return plain["organs"], plain["others"]


def remedies(kind: RemedyKind, on: date, department: str, stated: str) -> list[str]:
    """Return what the paper says of review and suit. stated: the text of the act itself, where it has one.

    行政复议法实施条例 17 asks for the review organ by name; it is printed only where the data say it was verified.
    """
    organs, others = _organs()
    organ = organs.get(department, others)
    told = [stated] if stated else []
    if not ("复议" in stated and "诉讼" in stated):  # what the act says does not take the place of what the law says
        told.append(remedies_text(kind, on))
    if organ["verified"]:
        return [*told, f"行政复议机关：{organ['review']}；受诉人民法院：{organ['court']}。"]
    return [
        *told,
        "行政复议机关和有管辖权的人民法院依照《中华人民共和国行政复议法》《中华人民共和国行政诉讼法》的规定确定。",
    ]
