"""ServiceItem + what the applicant answered -> the Terms a case is pinned to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from service_catalog.catalog import Catalog, UnknownItem, catalog
from service_catalog.model import AutoRule, Branch, Limit, Procedure, ServiceItem, Variant
from service_catalog.routing import branches_of, materials_of, procedures_of, process_of, variant_of
from service_catalog.shows import shown_on
from workflow.definitions.limits import default_rules
from workflow.engine.conditions import holds
from workflow.engine.model import MaterialTerm, Process, Terms


def terms_of(item: ServiceItem, form: Mapping[str, Any], process: Process) -> Terms:
    """Return the terms of a case of this item with these answers; equal inputs give an equal digest.

    process: the one `process_of(item, form)` names; another one is a mistake of the caller.
    """
    if process.slug != process_of(item, form):
        raise ValueError(f"item {item.code} with these answers runs on {process_of(item, form)}, not {process.slug}")
    terms = Terms(
        item_code=item.code,
        item_name=item.name_zh,
        item_version=item.version,
        process=process.slug,
        process_version=process.version,
        process_digest=process.digest,
        department=item.department,
        rules=item_rules(item, form),
        materials=materials_for(item, form),
        result=_result(item, form),
        legal_review=item.legal_review,
        kind=item.kind,
        public_safety=item.public_safety,
        papers=papers_of(item.kind),
        special=special_of(item, form, process),
    )
    return terms.sealed()


def _result(item: ServiceItem, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is issued and how long it holds; valid_until: the last day the application itself names."""
    named = form.get(item.valid_until.field) if item.valid_until else None
    result = {"certificate": item.certificate, "validity": _period(item.validity), "shows": shown_on(item)}
    return {**result, "valid_until": named} if named else result


def materials_for(item: ServiceItem, form: Mapping[str, Any]) -> tuple[MaterialTerm, ...]:
    """Return the materials of this case as the engine needs them."""
    return tuple(MaterialTerm(m.code, m.name, not m.optional, m.supply, m.tolerable) for m in materials_of(item, form))


# What a decision is called, by the kind of item, or by what is asked of a permit.
PAPERS: Mapping[str, tuple[str, str]] = {
    "licence": ("准予行政许可决定书", "不予行政许可决定书"),
    "approval": ("准予行政许可决定书", "不予行政许可决定书"),
    "filing": ("备案证明", "不予备案告知书"),
    "registration": ("准予登记通知书", "不予登记通知书"),
    "confirmation": ("行政确认决定书", "不予确认决定书"),
    "joint": ("联合办理决定书", "联合办理不予许可决定书"),
    "service": ("办理结果通知书", "不予办理通知书"),
    "renewal": ("准予延续行政许可决定书", "不予延续行政许可决定书"),
    "change": ("准予变更行政许可决定书", "不予变更行政许可决定书"),
    "replacement": ("补发证照通知书", "不予补发通知书"),
    "cancellation": ("准予注销决定书", "不予注销决定书"),
    "revoke": ("撤销行政许可决定书", "不予处理决定书"),
    "withdraw": ("撤回行政许可决定书", "不予处理决定书"),
    "suspend": ("暂扣许可证件决定书", "不予处理决定书"),
    "reinstate": ("恢复许可证件通知书", "不予处理决定书"),
    "forfeit": ("吊销许可证件登记书", "不予处理决定书"),
    "cancel": ("注销行政许可决定书", "不予处理决定书"),
}


OFFICE_KINDS = ("revoke", "withdraw", "suspend", "reinstate", "forfeit", "cancel")


def stand_ins() -> dict[tuple[str, str], frozenset[str]]:
    """Return which titles may stand for @grant and @refusal, by the kind of process."""
    return {
        (process, f"@{name}"): frozenset(
            pair[index] for kind, pair in PAPERS.items() if (kind in OFFICE_KINDS) is (process == "office")
        )
        for process in ("procedure", "office")
        for index, name in enumerate(("grant", "refusal"))
    }


def papers_of(kind: str) -> dict[str, str]:
    """Return the titles of the papers that grant and refuse, for a kind of item or an operation on a permit."""
    grant, refusal = PAPERS[kind]
    return {"grant": grant, "refusal": refusal}


# The procedures a process carries out itself, and the action by which each begins.
BEGUN_BY = {
    "on-site": "plan-visit",
    "hearing": "announce-hearing",
    "publicity": "publicise",
    "expert-review": "draw-experts",
}
BEFORE_THE_DECISION = ("after-acceptance", "before-decision")


def special_of(item: ServiceItem, form: Mapping[str, Any], process: Process) -> dict[str, Any]:
    """Return what the item's process type needs to know, decided for these answers."""
    special: dict[str, Any] = {"personal": dict(item.personal)} if item.personal else {}
    slug, able = process.slug, process.action_names()
    procedures = [
        one
        for one in procedures_of(item, form)
        if one.stage in BEFORE_THE_DECISION and BEGUN_BY.get(one.kind, "") in able
    ]
    for kind in ("on-site", "hearing"):
        needs = {one.need for one in procedures if one.kind == kind}
        if needs:
            special[kind] = "optional" if needs == {"optional"} else "always"
    publicity = [one for one in procedures if one.kind == "publicity" and one.limit]
    if publicity:
        special["publicity"] = [_publicity(one) for one in publicity]
    review = next((one for one in procedures if one.kind == "expert-review" and one.people), None)
    if review:
        special["experts"] = {
            "people": review.people,
            "quorum": review.quorum or review.people,
            "specialities": list(review.specialities),
            "days": review.limit.n if review.limit else None,
            "need": "optional" if review.need == "optional" else "always",
        }
    if item.auto and slug == "self-service":
        special["auto"] = {
            "version": item.auto.version,
            "sample_percent": item.auto.sample_percent,
            "law": item.auto.law,
            "rules": [_auto_rule(rule) for rule in item.auto.rules],
        }
    if item.commitment and slug == "notify-commit":
        special["commitment"] = {"form": item.commitment.form, "excluded_when": item.commitment.excluded_when}
    if item.forward and holds(item.forward.when, form):
        special["forward"] = {"to": item.forward.to, "law": item.forward.law}
    if item.joint and slug == "joint":
        special["joint"] = item.joint.mode
        branches = branches_of(item, form)
        opened = {branch.key for branch in branches}
        special["branches"] = [_branch(branch, opened) for branch in branches]
    return special


def _publicity(one: Procedure) -> dict[str, Any]:
    assert one.limit is not None
    need = "optional" if one.need == "optional" else "always"
    return {"stage": one.stage, "n": one.limit.n, "unit": one.limit.unit, "need": need}


def _auto_rule(rule: AutoRule) -> dict[str, Any]:
    plain: dict[str, Any] = {"key": rule.key, "text": rule.text}
    if rule.register:
        return {**plain, "register": rule.register, "present": rule.present}
    return {**plain, "holds": rule.holds}


def _branch(branch: Branch, opened: set[str]) -> dict[str, Any]:
    return {
        "key": branch.key,
        "name": branch.name,
        "department": branch.department,
        "item": branch.item,
        "task": branch.task,
        "after": [key for key in branch.after if key in opened],
        "limit": _rule(branch.limit),
    }


def item_rules(item: ServiceItem, form: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the complete clock rules of a case with these answers; without them, of the main way."""
    return rules_with(item, variant_of(item, form or {}))


def rules_with(item: ServiceItem, variant: Variant | None) -> dict[str, Any]:
    """Return the law's defaults for the process, overruled by the item's own limits and its variant's."""
    process = variant.process if variant and variant.process else item.process
    rules: dict[str, Any] = {**default_rules()[process]}
    for name, limit in {**item.limits, **(variant.limits if variant else {})}.items():
        rules[name.replace("-", "_")] = _rule(limit)
    rules["excluded"] = sorted(item.excluded)
    renewal = item.lifecycle.get("renewal")
    if renewal and renewal["apply_before"]:
        rules["renewal"] = _rule(Limit(**renewal["apply_before"]))
        if renewal["not_before"]:
            rules["renewal"]["earliest"] = _period(Limit(**renewal["not_before"]))
    return rules


def rules_of(code: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return (process slug, complete rules) of the newest version of an item, or None."""
    try:
        item = catalog().newest(code)
    except UnknownItem:
        return None
    return item.process, item_rules(item)


def _rule(limit: Limit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    rule: dict[str, Any] = {"n": limit.n, "unit": limit.unit, "law": limit.law}
    if limit.since:
        rule["from"] = limit.since
    if limit.approver:
        rule["approver"] = limit.approver
    return rule


def _period(limit: Limit | None) -> dict[str, Any] | None:
    return {"n": limit.n, "unit": limit.unit} if limit else None


def terms_under_newest(items: Catalog, old: Terms, form: Mapping[str, Any], process: Process, on: date) -> Terms | str:
    """Return the terms an open case would have under the item's version of that day, or the reason why it has none.

    A cancelled item lets open cases finish under what they were promised; so does a case about a permit, or one that is
    part of another.
    """
    if process.kind != "procedure" or old.permit:
        return old.pinned_to(process)
    try:
        item = items.get(old.item_code, on)
    except UnknownItem:
        return old.pinned_to(process)
    slug = process_of(item, form)
    if slug != process.slug:
        return f"item {item.code} with these answers runs on {slug} now"
    return replace(terms_of(item, form, process), department=old.department).sealed()
