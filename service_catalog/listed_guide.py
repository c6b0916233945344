"""What is known of an item that has no manual yet, in the same shape as a guide: only what its office has published.

Nothing is made up: what the national list does not state is empty, and applications go where `apply_at` says.
"""

from collections.abc import Mapping
from typing import Any

from service_catalog.guide import KINDS, LIMIT_NAMES
from service_catalog.national import BY_NAME, HANDLE_TYPES, PROJECT_TYPES, TASK_TYPES, ListedItem

UNIT_WORDS = {"1": "working_day", "2": "calendar_day", "3": "hour", "4": "minute", "5": "month"}
UNIT_TEXTS = {"1": "个工作日", "2": "日", "3": "小时", "4": "分钟", "5": "个月"}
KIND_NAMES = {
    **KINDS,
    "penalty": "行政处罚",
    "compulsion": "行政强制",
    "levy": "行政征收",
    "benefit": "行政给付",
    "inspection": "行政检查",
    "reward": "行政奖励",
    "ruling": "行政裁决",
    "other": "其他类别事项",
}
NO_MANUAL = "本事项还没有标准化工作手册，不能在本系统申请，请按下列方式向实施主体办理。"


def listed_guide(item: ListedItem, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return the guide of an item of the national list, ready for JSON."""
    return {
        "item_code": item.code,
        "name": item.name,
        "name_en": "",
        "version": item.effective_from.isoformat() if item.effective_from else columns.get("TASK_VERSION", ""),
        "kind": item.kind,
        "kind_name": TASK_TYPES.get(columns.get("TASK_TYPE", ""), KIND_NAMES[item.kind]),
        "department": item.department,
        "process": item.process or None,
        "process_name": PROJECT_TYPES.get(item.project_type, ""),
        "who_may_apply": list(item.applicant_types),
        "legal_basis": _texts(columns, "BY_LAW", lambda text: {"law": text, "doc_no": "", "articles": "", "what": ""}),
        "conditions": _texts(columns, "ACCEPT_CONDITION", lambda text: {"text": text, "law": ""}),
        "limits": [
            *_limit("decision", columns, "ANTICIPATE"),
            *_limit("promised", columns, "PROMISE"),
        ],
        "no_extension_because": None,
        "variants": [],
        "excluded": [],
        "not_excluded": [],
        "procedures": [],
        "branches": [],
        "materials": [],
        "form": [],
        "routing": [],
        "result": {"certificate": item.result or None, "validity": None, "validity_text": None},
        "lifecycle": {},
        "fee": _fee(columns),
        "disclosure": None,
        "attributes": list(item.attributes),
        "has_manual": False,
        "why_not_here": NO_MANUAL,
        "apply_at": _apply_at(item, columns),
        "national": {
            "catalog_code": item.catalog_code,
            "task_code": item.task_code,
            "columns": [
                {"name": name, "title": BY_NAME[name].title, "text": text}
                for name, text in columns.items()
                if name in BY_NAME
            ],
        },
    }


def _texts(columns: Mapping[str, str], name: str, shape: Any) -> list[dict[str, str]]:
    return [shape(line.strip()) for line in columns.get(name, "").split("\n") if line.strip()]


def _limit(limit_id: str, columns: Mapping[str, str], prefix: str) -> list[dict[str, Any]]:
    if f"{prefix}_DAY" not in columns:
        return []
    n, unit = int(columns[f"{prefix}_DAY"]), columns.get(f"{prefix}_TYPE", "1")
    return [
        {
            "id": limit_id,
            "name": LIMIT_NAMES[limit_id],
            "n": n,
            "unit": UNIT_WORDS[unit],
            "text": f"{n}{UNIT_TEXTS[unit]}" if n else "当场（当日）",
            "from": None,
            "law": columns.get(f"{prefix}_EXPLAIN", ""),
        }
    ]


def _fee(columns: Mapping[str, str]) -> str:
    if "IS_FEE" not in columns:
        return "未公布"
    return "不收费" if columns["IS_FEE"] == "0" else f"收费。{columns.get('FEE_BASIS', '')}"


def _apply_at(item: ListedItem, columns: Mapping[str, str]) -> list[dict[str, str]]:
    """Return where and how to apply, as far as it is published."""
    ways = columns.get("HANDLE_TYPE", "")
    given = [
        ("实施主体", item.department),
        ("办理形式", "、".join(HANDLE_TYPES[code] for code in ways.split(",") if code)),
        *((BY_NAME[name].title, columns.get(name, "")) for name in WHERE),
    ]
    return [{"name": name, "text": text} for name, text in given if text]


WHERE = (
    "CENTER_NAME",
    "TRANSACT_ADDR",
    "TRANSACT_TIME",
    "HANDLE_AREA",
    "ONLINE_HANDLE_URL",
    "LINK_ADDR",
    "CONSULT_PHONE",
    "LINK_WAY",
    "SUPERVISE_WAY",
)
