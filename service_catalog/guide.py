"""办事指南: what an applicant must know, as plain data, from the same manual as the form and the terms."""

from typing import Any

from service_catalog.model import Limit, ServiceItem
from service_catalog.terms import item_rules
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import GROUNDS

UNITS = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}
SUPPLY = {"applicant": "申请人提交", "shared": "政府部门共享，无需提交", "system": "系统根据申请表生成"}
FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子件"}


def guide(item: ServiceItem) -> dict[str, Any]:
    """Return the guide. Whether a fact is verified is the office's business and not in it."""
    rules = item_rules(item)
    process = processes()[item.process]
    return {
        "item_code": item.code,
        "name": item.name_zh,
        "name_en": item.name_en,
        "version": item.version,
        "department": item.department,
        "process": item.process,
        "process_name": process.title,
        "who_may_apply": list(item.applicants),
        "legal_basis": [{"law": b.law, "doc_no": b.doc_no, "articles": b.articles, "what": b.what} for b in item.basis],
        "conditions": [{"text": c.text, "law": c.law} for c in item.conditions],
        "limits": _limits(item, rules),
        "excluded": [{"ground": ground, "name": GROUNDS[ground], "law": s.law} for ground, s in item.excluded.items()],
        "materials": [
            {
                "code": m.code,
                "name": m.name,
                "form": m.form,
                "form_name": FORMS[m.form],
                "copies": m.copies,
                "supply": m.supply,
                "supply_name": SUPPLY[m.supply],
                "required": "optional" if m.optional else "when" if m.when else "always",
                "when": m.when,
                "note": m.note,
            }
            for m in item.materials
        ],
        "routing": [{"fact": r.fact, "outcome": r.outcome, "to": r.to, "law": r.law} for r in item.routes],
        "result": {
            "certificate": item.certificate or None,
            "validity": limit_text(item.validity) if item.validity else None,
        },
        "lifecycle": {name: {"text": one["text"], "law": one["law"]} for name, one in item.lifecycle.items()},
        "fee": item.fee.text,
        "attributes": list(item.attributes),
    }


def _limits(item: ServiceItem, rules: dict[str, Any]) -> list[dict[str, Any]]:
    names = {
        "correction": "补正告知",
        "decision": "法定办结时限",
        "promised": "承诺办结时限",
        "extension": "可延长",
        "delivery": "送达",
    }
    found = []
    for key, name in names.items():
        rule = rules.get(key)
        if rule is None:
            continue
        found.append(
            {
                "id": key,
                "name": name,
                "n": rule["n"],
                "unit": rule["unit"],
                "text": f"{rule['n']}{UNITS[rule['unit']]}",
                "law": rule.get("law", ""),
            }
        )
    return found


def limit_text(limit: Limit) -> str:
    """Return 3年, 20个工作日."""
    return f"{limit.n}{UNITS[limit.unit]}"
