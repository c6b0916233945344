"""What a proposal would change, in words: one line for each thing, as it is and as it would be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from api.web.differences import differences
from api.web.i18n import said
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
    return [Change(said("岗位"), _term(diff["before"]), _term(diff["after"]))]


def _term(held: Mapping[str, Any] | None) -> str:
    if held is None:
        return said("没有这个岗位")
    begins = said("自 %(day)s 起，", day=held["valid_from"]) if held.get("valid_from") else said("有这个岗位，")
    ends = said("至 %(day)s", day=held["valid_until"]) if held.get("valid_until") else said("没有期限")
    return begins + ends


def _link(diff: Mapping[str, Sequence[str]]) -> list[Change]:
    everyone = "、".join(sorted({one for accounts in diff.values() for one in accounts}))
    return [
        Change(account, _same(accounts), said("同一人的账号：%(all)s", all=everyone))
        for account, accounts in diff.items()
    ]


def _separate(diff: Mapping[str, Sequence[str]]) -> list[Change]:
    return [Change(account, _same(accounts), said("单独一人的账号")) for account, accounts in diff.items()]


def _same(accounts: Sequence[str]) -> str:
    if len(accounts) > 1:
        return said("同一人的账号：%(all)s", all="、".join(accounts))
    return said("单独一人的账号")


def _published(diff: Sequence[Mapping[str, Any]]) -> list[Change]:
    return [_version(one) for one in diff]


def _version(one: Mapping[str, Any]) -> Change:
    before = one["before"]["version"] if one["before"] else ""
    was = before or said("没有发布过")
    if before == one["after"]:
        was = _dated(before, one["before"]["digest"])
    after = _dated(one["after"], one["digest"])
    if one["kind"] == "process":
        known = processes().get(one["name"])
        url = url_for("public.process", slug=one["name"]) if known else ""
        return Change(said("流程：%(name)s", name=said(known.title) if known else one["name"]), was, after, url)
    versions = {item.version: item for item in shipped().items.get(one["name"], ())}
    old, new = versions.get(before), versions.get(one["after"])
    url = url_for("admin.manual", item_code=one["name"]) if new else ""
    details = differences(old, new) if old and new and old is not new else ()
    return Change(said("手册：%(name)s", name=f"{one['name']} {name_of(one['name'])}"), was, after, url, details)


def _dated(version: str, digest: str) -> str:
    return said("%(version)s（内容摘要 %(digest)s）", version=version, digest=digest[:12])


def _calendar(diff: Any) -> list[Change]:
    if isinstance(diff, Mapping):
        return _plain(diff)
    return [Change(f"{one['date']}（{one['name']}）" if one["name"] else one["date"], *_days(one)) for one in diff]


def _days(one: Mapping[str, Any]) -> tuple[str, str]:
    return said("上班" if one["was_working"] else "休息"), said("上班" if one["is_working"] else "休息")


def _listed(diff: Mapping[str, Any]) -> list[Change]:
    after = diff["after"]
    return [
        Change(
            f"{code} {name}",
            said("不在清单上"),
            said("自 %(day)s 起列入", day=after["valid_from"]),
            url_for("public.item", item_code=code),
        )
        for code, name in after["items"].items()
    ]


def _ended(diff: Mapping[str, Any]) -> list[Change]:
    before = diff["before"] or {}
    name = f"{before.get('item_code', '')} {before.get('item_name', '')}".strip()
    return [
        Change(
            name or said("这一条"),
            said("自 %(day)s 起列入", day=before.get("valid_from", "")),
            said("%(day)s 后移出", day=diff["after"]["valid_until"]),
        )
    ]


def _cancelled(diff: Mapping[str, Any]) -> list[Change]:
    return [
        Change(
            said("受理新的申请"),
            *(said("自 %(day)s 起停止", day=day) if day else said("照常") for day in (diff["before"], diff["after"])),
        )
    ]


def _experts(diff: Mapping[str, Any]) -> list[Change]:
    return [Change(said("专家库"), "", said("%(n)s 名专家", n=diff["count"]))]


def _migrated(diff: Mapping[str, Any]) -> list[Change]:
    known = processes().get(diff["process"])
    return [Change(said("在办件的流程：%(name)s", name=known.title if known else diff["process"]), "", diff["to"][:12])]


def _plain(diff: Any) -> list[Change]:
    """Return what has no words of its own as names and values."""
    rows = diff.items() if isinstance(diff, Mapping) else enumerate(diff or (), 1)
    return [Change(str(name), "", str(value) if value not in (None, "") else said(NONE)) for name, value in rows]


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
