"""Documents as pages show them: before they are issued, as a preview, and after, from their frozen content."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.web.acting import plain
from workflow.definitions.documents import DOCUMENTS
from workflow.engine.model import Action
from workflow.engine.vocabulary import GROUNDS

Rows = list[tuple[str, str]]


def titles_of(rule: Action, papers: Mapping[str, str]) -> list[str]:
    """Return the titles of what an action issues in this case: "@grant" and "@refusal" depend on its item."""
    return [papers.get(one, papers.get(one.removeprefix("@"), one)) for one in rule.issues]


def preview(
    page: Any, rule: Action | None, titles: Sequence[str], data: Mapping[str, Any], opinion: str
) -> list[dict[str, Any]]:
    """Return what would be issued with these answers: title, rows, date. Nothing is kept, no number is taken."""
    if rule is None:
        return []
    rows = [("办件编号", page.case_no), ("办理事项", page.view["item_code"]), *given_rows(data, rule)]
    if opinion.strip():
        rows.append(("意见", opinion.strip()))
    dated = page.now.date().isoformat()
    return [{"title": one, "rows": [*rows, *_law(one)], "dated": dated} for one in titles]


def _law(title: str) -> Rows:
    known = DOCUMENTS.get(title)
    return [("依据", known.law)] if known and known.law else []


def given_rows(data: Mapping[str, Any], rule: Action | None) -> Rows:
    """Return (label, what was said) of an act's data."""
    found = []
    for key, value in data.items():
        ask = rule.ask(key) if rule else None
        label = ask.label if ask else {"opinion": "意见"}.get(key, "")
        if not label or value in (None, "", []):
            continue
        options = ask.options if ask else {}
        text = (options.get(value) or GROUNDS.get(value) or value) if isinstance(value, str) else plain(value)
        found.append((label, text))
    return found
