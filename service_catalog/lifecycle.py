"""What a holder may ask of a permit: renewal, change, replacement, cancellation, each as a small manual of its own.

It is the item's manual with another form, other materials and other limits, so that guide, form, checklist and
terms are made exactly as for a first application.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from service_catalog.model import FormCheck, FormField, Limit, Material, ReviewPoint, ServiceItem
from service_catalog.terms import item_rules, papers_of, terms_of
from workflow.engine.model import Process, Terms
from workflow.engine.vocabulary import PERMIT_OPERATIONS

OPERATIONS = {"renew": "renewal", "change": "change", "replace": "replacement", "cancel": "cancellation"}
NAMES = {"renewal": "延续", "change": "变更", "replacement": "补发", "cancellation": "注销"}
REVIEWED = ("document-review", "on-site", "expert-review", "public-notice")
DEFAULT_PROCESS = {"change": "document-review", "replacement": "instant", "cancellation": "document-review"}
DEFAULT_LIMIT = {
    "renewal": Limit(20, "working_day", "行政许可法 第四十二条、第五十条第二款", verified=True),
    "change": Limit(20, "working_day", "行政许可法 第四十二条、第四十九条", verified=True),
    "replacement": Limit(20, "working_day", "行政许可法 第四十二条", verified=True),
    "cancellation": Limit(20, "working_day", "行政许可法 第四十二条、第七十条", verified=True),
}
CHANGED = ("名称", "法定代表人或者主要负责人", "地址", "许可范围", "其他")


class NotForThisItem(ValueError):
    """The item's rule knows no such operation; the message says why."""


def life_item(item: ServiceItem, operation: str, valid_until: str | None = None) -> ServiceItem:
    """Return the manual of one operation on the item's permits. Raises NotForThisItem.

    valid_until: the last day of the permit in question, None where it has none.
    """
    if not item.certificate:
        raise NotForThisItem(f"“{item.name_zh}”不发证照，没有{NAMES[operation]}。")
    life = item.lifecycle.get(operation)
    if operation == "renewal" and valid_until is None:
        raise NotForThisItem(f"“{item.certificate}”没有有效期，不需要延续。")
    process = _process(item, operation, life)
    limit = Limit(**life["limit"]) if life and life["limit"] else DEFAULT_LIMIT[operation]
    fields, checks = FORMS[operation]
    if operation == "renewal":
        fields, checks = _until_when(item, valid_until or "", fields, checks)
    return replace(
        item,
        name_zh=f"{item.name_zh}：{NAMES[operation]}",
        process=process,
        variants=(),
        limits=_limits(item, operation, limit),
        procedures=item.procedures if operation == "renewal" else (),
        branches=(),
        joint=None,
        auto=None,
        commitment=None,
        materials=MATERIALS[operation],
        fields=fields,
        checks=checks,
        review=REVIEW,
        routes=(),
    )


def _until_when(
    item: ServiceItem, valid_until: str, fields: tuple[FormField, ...], checks: tuple[FormCheck, ...]
) -> tuple[tuple[FormField, ...], tuple[FormCheck, ...]]:
    """Return the renewal form; where the application names the last day, it names the new one, after the old."""
    asked = item.form_field(item.valid_until.field) if item.valid_until else None
    if asked is None:
        return fields, checks
    first = (date.fromisoformat(valid_until) + timedelta(days=1)).isoformat()
    later = {"field": asked.key, "at_least": first}
    label = f"延续后的{asked.label}" + ("（没有的不填）" if asked.shown else "")
    field = replace(asked, label=label, section="申请内容", shown=None, required=asked.shown is None)
    message = f"应当晚于现有期限（{valid_until}），请核对。"
    return (*fields, field), (*checks, FormCheck(asked.key, later, message, {"field": asked.key, "filled": True}))


def _process(item: ServiceItem, operation: str, life: Mapping[str, Any] | None) -> str:
    if life and life["process"]:
        return str(life["process"])
    if operation == "renewal":
        return item.process if item.process in REVIEWED else "document-review"
    return DEFAULT_PROCESS[operation]


def _limits(item: ServiceItem, operation: str, decision: Limit) -> dict[str, Limit | None]:
    kept = {name: limit for name, limit in item.limits.items() if name not in ("decision", "promised", "extension")}
    extension = item.limits.get("extension") if operation in ("renewal", "change") else None
    return {**kept, "decision": decision, "extension": extension}


def life_terms(
    item: ServiceItem, operation: str, form: Mapping[str, Any], process: Process, permit: Mapping[str, Any]
) -> Terms:
    """Return the terms of a case about a permit. permit: {"permit_no", "valid_until"}; item: what life_item made."""
    terms = terms_of(item, form, process)
    changes = {"holder": form["new_holder"]} if form.get("new_holder") else {}
    if form.get("new_content"):
        changes["content"] = form["new_content"]
    about = {**permit, "operation": operation, "changes": changes}
    return replace(terms, papers=papers_of(operation), permit=about).sealed()


def _field(key: str, label: str, kind: Any, **more: Any) -> FormField:
    return FormField(key, label, kind, more.pop("required", True), "申请内容", **more)


def _changed(what: str) -> dict[str, Any]:
    return {"field": "changed_items", "is": what}


FORMS: Mapping[str, tuple[tuple[FormField, ...], tuple[FormCheck, ...]]] = {
    "renewal": (
        (
            _field("conditions_kept", "许可条件是否仍然符合", "flag"),
            _field("changed_since", "取得许可后发生的变化（没有的填“无”）", "long-text", most=2000),
            _field("accidents", "有效期内事故和行政处罚情况（没有的填“无”）", "long-text", most=2000),
        ),
        (
            FormCheck(
                "conditions_kept",
                {"field": "conditions_kept", "is": True},
                "许可条件已经不符合的，不能延续；请先整改，或者申请变更、注销。",
            ),
        ),
    ),
    "change": (
        (
            _field("changed_items", "变更的内容", "choices", options=CHANGED, least=1),
            _field("before", "变更前", "long-text", most=2000),
            _field("after", "变更后", "long-text", most=2000),
            _field("changed_on", "发生变更的日期", "date", past=True, required=False),
            _field("new_holder", "变更后的名称", "text", most=100, shown=_changed("名称")),
            _field("new_content", "变更后的许可范围", "long-text", most=2000, shown=_changed("许可范围")),
        ),
        (),
    ),
    "replacement": (
        (
            _field("cause", "补发的原因", "choice", options=("遗失", "损毁", "其他")),
            _field("lost_on", "遗失的日期", "date", past=True, shown={"field": "cause", "is": "遗失"}),
            _field("declared_void", "是否已经声明作废", "flag", shown={"field": "cause", "is": "遗失"}),
        ),
        (
            FormCheck(
                "declared_void",
                {"field": "declared_void", "is": True},
                "证照遗失的，应当先声明作废，再申请补发。",
                {"field": "cause", "is": "遗失"},
            ),
        ),
    ),
    "cancellation": (
        (
            _field("cause", "注销的原因", "choice", options=("停止从事许可活动", "主体终止", "有效期届满", "其他")),
            _field("stopped_on", "停止从事许可活动的日期", "date", past=True, required=False),
            _field("settled", "遗留事项是否已经处理完毕", "flag"),
        ),
        (),
    ),
}
_APPLICATION = Material("m01", "申请书", "electronic", 1, "system")
_CERTIFICATE = Material("m02", "许可证件原件（电子证照可以核验的免交）", "original", 1, "applicant", optional=True)
MATERIALS: Mapping[str, tuple[Material, ...]] = {
    "renewal": (
        _APPLICATION,
        _CERTIFICATE,
        Material("m03", "许可条件持续符合的证明材料", "copy", 1, "applicant"),
    ),
    "change": (
        _APPLICATION,
        _CERTIFICATE,
        Material("m03", "证明变更事项的文件", "copy", 1, "applicant", tolerable=True),
    ),
    "replacement": (
        _APPLICATION,
        Material("m02", "遗失声明作废的凭据", "copy", 1, "applicant", when={"field": "cause", "is": "遗失"}),
    ),
    "cancellation": (_APPLICATION, _CERTIFICATE),
}
REVIEW = (ReviewPoint("申请内容是否属实，是否符合延续、变更、补发或者注销的条件", "refuse"),)

OFFICE_PROCESS = "permit-action"


def office_terms(item: ServiceItem, operation: str, process: Process, permit: Mapping[str, Any]) -> Terms:
    """Return the terms of a proceeding the office itself begins on a permit: suspend, revoke, cancel and the like."""
    return Terms(
        item_code=item.code,
        item_name=f"{item.name_zh}：{PERMIT_OPERATIONS[operation]}",
        item_version=item.version,
        process=process.slug,
        process_version=process.version,
        process_digest=process.digest,
        department=item.department,
        rules=item_rules(item),
        materials=(),
        result={"certificate": "", "validity": None},
        legal_review=item.legal_review,
        kind=item.kind,
        public_safety=item.public_safety,
        papers=papers_of(operation),
        permit={**permit, "operation": operation},
    ).sealed()
