"""办事指南: what an applicant must know, as plain data, from the same manual as the form and the terms.

Whether a fact was verified, the notes of limits and of the item are the office's business: checklist.py.
"""

from collections.abc import Mapping
from typing import Any

from service_catalog.conditions import describe
from service_catalog.model import Condition, FormField, Limit, ServiceItem, Variant
from service_catalog.terms import item_rules, rules_with
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import GROUNDS

UNITS = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}
SUPPLY = {"applicant": "申请人提交", "shared": "政府部门共享，无需提交", "system": "系统根据申请表生成"}
FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子件"}
KINDS = {
    "licence": "行政许可",
    "filing": "备案",
    "registration": "登记",
    "approval": "审批",
    "confirmation": "行政确认",
    "joint": "联办事项",
    "service": "公共服务",
}
LIMIT_NAMES = {
    "correction": "补正告知",
    "decision": "法定办结时限",
    "promised": "承诺办结时限",
    "extension": "经批准可以延长",
    "delivery": "送达",
}
LIFE_NAMES = {
    "renewal": "延续",
    "change": "变更",
    "replacement": "补发",
    "suspension": "暂停、恢复",
    "cancellation": "注销",
    "other": "其他",
}
PROCEDURES = {
    "on-site": "现场核查",
    "expert-review": "专家评审",
    "assessment": "技术评估",
    "testing": "检验检测",
    "publicity": "公示",
    "hearing": "听证",
}


def guide(item: ServiceItem) -> dict[str, Any]:
    """Return the guide of an item, ready for JSON."""
    return {
        "item_code": item.code,
        "name": item.name_zh,
        "name_en": item.name_en,
        "version": item.version,
        "kind": item.kind,
        "kind_name": KINDS[item.kind],
        "department": item.department,
        "process": item.process,
        "process_name": _process_name(item.process),
        "who_may_apply": list(item.applicant_types),
        "legal_basis": [{"law": b.law, "doc_no": b.doc_no, "articles": b.articles, "what": b.what} for b in item.basis],
        "conditions": [{"text": c.text, "law": c.law} for c in item.conditions],
        "limits": limit_list(item_rules(item)),
        "no_extension_because": item.no_extension_because or None,
        "variants": [_variant(item, variant) for variant in item.variants],
        "excluded": [{"ground": ground, "name": GROUNDS[ground], "law": s.law} for ground, s in item.excluded.items()],
        "not_excluded": [{"text": s.text, "law": s.law} for s in item.not_excluded],
        "procedures": _procedures(item),
        "branches": _branches(item),
        "materials": _materials(item),
        "form": form_sections(item),
        "routing": [{"fact": r.fact, "outcome": r.outcome, "to": r.to, "law": r.law} for r in item.routes],
        "result": _result(item),
        "lifecycle": _lifecycle(item),
        "fee": item.fee.text,
        "disclosure": {"public": item.public, "text": item.disclosure.text, "law": item.disclosure.law},
        "attributes": list(item.attributes),
    }


def limit_list(rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the limits people ask for, in the order in which they run."""
    return [
        {
            "id": key,
            "name": name,
            "n": rules[key]["n"],
            "unit": rules[key]["unit"],
            "text": period_text(rules[key]["n"], rules[key]["unit"]),
            "from": rules[key].get("from"),
            "law": rules[key].get("law", ""),
        }
        for key, name in LIMIT_NAMES.items()
        if rules.get(key) is not None
    ]


def period_text(n: int, unit: str) -> str:
    """Return 3年, 20个工作日, 当场."""
    return f"{n}{UNITS[unit]}" if n else "当场（当日）"


def limit_text(limit: Limit) -> str:
    """Return 3年, 20个工作日, 当场."""
    return period_text(limit.n, limit.unit)


def condition_text(item: ServiceItem, condition: Condition | None) -> str:
    """Return a condition in words, with the labels of the form; "" where there is none."""
    return describe(condition, {field.key: field.label for field in item.fields}) if condition else ""


def form_sections(item: ServiceItem) -> list[dict[str, Any]]:
    """Return the questions of the form by section, as a page or a paper form prints them."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for field in item.fields:
        sections.setdefault(field.section, []).append(_question(item, field))
    return [{"title": title, "questions": questions} for title, questions in sections.items()]


def _question(item: ServiceItem, field: FormField) -> dict[str, Any]:
    return {
        "key": field.key,
        "label": field.label,
        "type": field.type,
        "required": field.required,
        "options": list(field.options),
        "unit": field.unit,
        "hint": field.hint,
        "shown": dict(field.shown) if field.shown else None,
        "shown_text": condition_text(item, field.shown),
    }


def _process_name(slug: str) -> str:
    process = processes().get(slug)
    return process.title if process else slug


def _variant(item: ServiceItem, variant: Variant) -> dict[str, Any]:
    slug = variant.process or item.process
    own = {name.replace("-", "_") for name in variant.limits}
    rules = {name: rule for name, rule in rules_with(item, variant).items() if name in own}
    return {
        "name": variant.name,
        "when_text": condition_text(item, variant.when),
        "process": slug,
        "process_name": _process_name(slug),
        "limits": limit_list(rules),
        "law": variant.law,
    }


def _procedures(item: ServiceItem) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind,
            "name": PROCEDURES[one.kind],
            "stage": one.stage,
            "need": one.need,
            "when_text": condition_text(item, one.when),
            "people": one.people,
            "limit": limit_text(one.limit) if one.limit else None,
            "counted": one.stage in ("after-acceptance", "before-decision") and one.kind not in item.excluded,
            "text": one.text,
            "law": one.law,
        }
        for one in item.procedures
    ]


def _branches(item: ServiceItem) -> list[dict[str, Any]]:
    return [
        {
            "key": branch.key,
            "name": branch.name,
            "department": branch.department,
            "item": branch.item or None,
            "task": branch.task or None,
            "after": list(branch.after),
            "when_text": condition_text(item, branch.when),
            "limit": limit_text(branch.limit) if branch.limit else None,
            "law": branch.law,
        }
        for branch in item.branches
    ]


def _materials(item: ServiceItem) -> list[dict[str, Any]]:
    return [
        {
            "code": m.code,
            "name": m.name,
            "form": m.form,
            "form_name": FORMS[m.form],
            "copies": m.copies,
            "supply": m.supply,
            "supply_name": SUPPLY[m.supply],
            "required": "optional" if m.optional else "when" if m.when else "always",
            "when": dict(m.when) if m.when else None,
            "when_text": condition_text(item, m.when),
            "note": m.note,
        }
        for m in item.materials
    ]


def _result(item: ServiceItem) -> dict[str, Any]:
    return {
        "certificate": item.certificate or None,
        "validity": limit_text(item.validity) if item.validity else None,
        "validity_text": item.no_validity.text if item.no_validity else _until_text(item),
        "start_within": limit_text(item.start_within) if item.start_within else None,
        "recheck_after": limit_text(item.recheck_after) if item.recheck_after else None,
    }


def _until_text(item: ServiceItem) -> str | None:
    """Return how long a permit holds whose last day each application names."""
    field = item.form_field(item.valid_until.field) if item.valid_until else None
    if field is None:
        return None
    most = f"，最长{limit_text(item.validity)}" if item.validity else ""
    text = f"以决定书载明的期限为准，按照申请表填写的“{field.label}”核定{most}"
    return f"{condition_text(item, field.shown)}的，{text}" if field.shown else text


def _lifecycle(item: ServiceItem) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "name": LIFE_NAMES[name],
            "text": one["text"],
            "law": one["law"],
            **{key: limit_text(Limit(**one[key])) for key in ("apply_before", "apply_within", "limit") if one[key]},
        }
        for name, one in item.lifecycle.items()
    }
