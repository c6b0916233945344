"""What a proposal would change, in words: one line for each thing, as it is and as it would be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from api.web.differences import differences
from api.web.items import name_of
from service_catalog.catalog import catalog as shipped
from workflow.definitions.loader import processes

NONE = "没有"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes. url: where it can be looked at; details: what the manual says otherwise, see differences.py."""

    what: str
    before: str
    after: str
    url: str = ""
    details: Sequence[Mapping[str, Any]] = field(default=())


def changes_of(kind: str, diff: Any) -> list[Change]:
    """Return what a proposal of this kind would change, from the difference kept with it."""
    known = KINDS.get(kind)
    return known(diff) if known else _plain(diff)


def _post(diff: Mapping[str, Any]) -> list[Change]:
    return [Change("岗位", _term(diff["before"]), _term(diff["after"]))]


def _term(held: Mapping[str, Any] | None) -> str:
    if held is None:
        return "没有这个岗位"
    begins = f"自 {held['valid_from']} 起，" if held.get("valid_from") else ""
    return f"{begins}至 {held['valid_until']}" if held.get("valid_until") else f"{begins}没有期限"


def _link(diff: Mapping[str, Sequence[str]]) -> list[Change]:
    everyone = "、".join(sorted({one for accounts in diff.values() for one in accounts}))
    return [Change(account, _same(accounts), f"同一人的账号：{everyone}") for account, accounts in diff.items()]


def _separate(diff: Mapping[str, Sequence[str]]) -> list[Change]:
    return [Change(account, _same(accounts), "单独一人的账号") for account, accounts in diff.items()]


def _same(accounts: Sequence[str]) -> str:
    return f"同一人的账号：{'、'.join(accounts)}" if len(accounts) > 1 else "单独一人的账号"


def _published(diff: Sequence[Mapping[str, Any]]) -> list[Change]:
    return [_version(one) for one in diff]


def _version(one: Mapping[str, Any]) -> Change:
    before = one["before"]["version"] if one["before"] else ""
    was = before or "没有发布过"
    if before == one["after"]:
        was = f"{before}（内容摘要 {one['before']['digest'][:12]}）"
    after = f"{one['after']}（内容摘要 {one['digest'][:12]}）"
    if one["kind"] == "process":
        known = processes().get(one["name"])
        url = url_for("public.process", slug=one["name"]) if known else ""
        return Change(f"流程：{known.title if known else one['name']}", was, after, url)
    versions = {item.version: item for item in shipped().items.get(one["name"], ())}
    old, new = versions.get(before), versions.get(one["after"])
    url = url_for("admin.manual", item_code=one["name"]) if new else ""
    details = differences(old, new) if old and new and old is not new else ()
    return Change(f"手册：{one['name']} {name_of(one['name'])}", was, after, url, details)


def _calendar(diff: Any) -> list[Change]:
    if isinstance(diff, Mapping):
        return _plain(diff)
    return [Change(f"{one['date']}（{one['name']}）" if one["name"] else one["date"], *_days(one)) for one in diff]


def _days(one: Mapping[str, Any]) -> tuple[str, str]:
    return ("上班" if one["was_working"] else "休息"), ("上班" if one["is_working"] else "休息")


def _listed(diff: Mapping[str, Any]) -> list[Change]:
    after = diff["after"]
    return [
        Change(
            f"{code} {name}", "不在清单上", f"自 {after['valid_from']} 起列入", url_for("public.item", item_code=code)
        )
        for code, name in after["items"].items()
    ]


def _ended(diff: Mapping[str, Any]) -> list[Change]:
    before = diff["before"] or {}
    name = f"{before.get('item_code', '')} {before.get('item_name', '')}".strip()
    return [
        Change(name or "这一条", f"自 {before.get('valid_from', '')} 起列入", f"{diff['after']['valid_until']} 后移出")
    ]


def _cancelled(diff: Mapping[str, Any]) -> list[Change]:
    return [Change("受理新的申请", *(f"自 {day} 起停止" if day else "照常" for day in (diff["before"], diff["after"])))]


def _experts(diff: Mapping[str, Any]) -> list[Change]:
    return [Change("专家库", "", f"{diff['count']} 名专家")]


def _migrated(diff: Mapping[str, Any]) -> list[Change]:
    known = processes().get(diff["process"])
    return [Change(f"在办件的流程：{known.title if known else diff['process']}", "", f"内容摘要 {diff['to'][:12]}")]


def _plain(diff: Any) -> list[Change]:
    """Return what has no words of its own as names and values."""
    rows = diff.items() if isinstance(diff, Mapping) else enumerate(diff or (), 1)
    return [Change(str(name), "", str(value) if value not in (None, "") else NONE) for name, value in rows]


KINDS: Mapping[str, Callable[[Any], list[Change]]] = {
    "give-post": _post,
    "take-post": _post,
    "link-people": _link,
    "separate-people": _separate,
    "publish": _published,
    "load-calendar": _calendar,
    "list-entries": _listed,
    "end-entry": _ended,
    "cancel-item": _cancelled,
    "load-experts": _experts,
    "migrate": _migrated,
}
