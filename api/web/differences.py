"""Two versions of a manual side by side: what was added, taken away, changed, in the words of the guide."""

from collections.abc import Mapping
from typing import Any

from service_catalog.guide import guide
from service_catalog.model import ServiceItem

NAMES = {
    "name": "名称", "department": "实施部门", "process_name": "流程类型", "who_may_apply": "申请人", "legal_basis": "法律依据",
    "conditions": "申请条件", "limits": "时限", "variants": "其他情形", "excluded": "不计入期限", "procedures": "特别程序",
    "branches": "同步办理的部门", "materials": "申请材料", "form": "申请表", "routing": "去向", "result": "办理结果",
    "lifecycle": "证照的一生", "fee": "收费", "disclosure": "公开", "not_excluded": "计入期限", "no_extension_because": "不延长的理由",
}  # fmt: skip
SKIPPED = ("version", "item_code", "name_en", "process", "kind", "kind_name", "attributes")


def differences(old: ServiceItem, new: ServiceItem) -> list[dict[str, Any]]:
    """Return [{name, gone, added}], only where something differs; every entry as one sentence."""
    before, after = guide(old), guide(new)
    found = []
    for key in dict.fromkeys([*before, *after]):
        if key in SKIPPED or before.get(key) == after.get(key):
            continue
        was, is_now = sentences(before.get(key)), sentences(after.get(key))
        gone, added = [one for one in was if one not in is_now], [one for one in is_now if one not in was]
        if gone or added:
            found.append({"name": NAMES.get(key, key), "gone": gone, "added": added})
    return found


def sentences(value: Any) -> list[str]:
    """Return a piece of a guide as sentences: one for each entry of a list."""
    if value in (None, "", [], {}):
        return []
    if isinstance(value, list):
        return [
            text
            for one in value
            for text in ([_sentence(one)] if not isinstance(one, list) else sentences(one))
            if text
        ]
    if isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values()):
        return [_sentence(one) for one in value.values()]
    return [_sentence(value)]


def _sentence(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        hidden = (
            "code",
            "key",
            "id",
            "unit",
            "n",
            "kind",
            "form",
            "supply",
            "when",
            "shown",
            "type",
            "stage",
            "process",
        )
        parts = [_sentence(one) for key, one in value.items() if key not in hidden]
        return "，".join(part for part in parts if part)
    if isinstance(value, list | tuple):
        return "；".join(_sentence(one) for one in value)
    return "" if value is None else str(value)
