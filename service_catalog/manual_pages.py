"""docs/manuals: every manual as a page people read on the way to signing it, and an index. Made from the manuals, never typed.

banjian catalog docs            writes the pages
banjian catalog docs --check    says which are stale, exit 1
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service_catalog.catalog import Catalog
from service_catalog.checklist import ON_FAIL
from service_catalog.guide import KINDS, condition_text, guide
from service_catalog.lint import sourced_facts, unverified
from service_catalog.model import ServiceItem
from service_catalog.selfcheck import asked_fields
from workflow.definitions.diagram import mermaid
from workflow.definitions.loader import processes

MARK = "<!-- 由 banjian catalog docs 生成，请修改手册，不要修改本页 -->"
INDEX = "README.md"
REQUIRED = {"always": "必交", "when": "符合情形时提交", "optional": "可以不交"}
OUTCOMES = {
    "here": "在此办理",
    "other-item": "办理其他事项",
    "other-authority": "向其他机关申请",
    "not-needed": "不需要办理",
    "note": "提示",
}
NEEDS = {"always": "应当进行", "optional": "可以进行", "when": "符合情形时进行"}
FIELD_TYPES = {
    "text": "文字",
    "long-text": "长文字",
    "address": "地址",
    "integer": "整数",
    "decimal": "数值",
    "date": "日期",
    "flag": "是或者否",
    "choice": "单选",
    "choices": "多选",
    "list": "列表",
    "uscc": "统一社会信用代码",
    "citizen-id": "公民身份号码",
    "phone": "电话",
}


def pages(catalog: Catalog) -> dict[str, str]:
    """Return every page by file name: one a manual in its newest version, and the index."""
    items = catalog.all()
    made = {file_name(item): _page(item, catalog) for item in items}
    return {INDEX: _index(items), **made}


def file_name(item: ServiceItem) -> str:
    """Return the name of an item's page."""
    return f"{item.code}-{item.slug}.md"


def _page(item: ServiceItem, catalog: Catalog) -> str:
    told = guide(item)
    versions = [version.version for version in reversed(catalog.items[item.code])]
    facts = sourced_facts(item)
    open_facts = unverified(item)
    lines = [
        MARK,
        f"# {item.code} {item.name_zh}",
        "",
        *_table(
            ("项目", "内容"),
            [
                ("事项类型", KINDS[item.kind]),
                ("实施主体", item.department),
                ("监管部门", item.regulator),
                ("标准化流程类型", "、".join(_title(slug) for slug in _ways(item))),
                ("可以申请的人", "、".join(item.applicant_types)),
                ("办理属性", "、".join(item.attributes) or "无"),
                ("版本", f"自 {item.version} 起执行（{item.because or '首次编制'}）；全部版本：{'、'.join(versions)}"),
                ("核对情况", f"{len(facts) - len(open_facts)} 处已核对，{len(open_facts)} 处未核对"),
            ],
        ),
        *_section("办理条件", _numbered(f"{one.text}（{one.law}）" for one in item.conditions)),
        *_section("时限", _limits(told)),
        *_section("申请材料", _materials(item, told)),
        *_section("特别程序和环节", _procedures(told)),
        *_section("联办环节", _branches(told)),
        *_section("申请表", _form(item)),
        *_section("审查要点", _review(item)),
        *_section("去向和提示", _routing(item)),
        *_section("结果", _result(told)),
        *_section(
            "后续办理", [f"- {one['name']}：{one['text']}（{one['law']}）" for one in told["lifecycle"].values()]
        ),
        *_section(
            "收费和公开", [f"- {item.fee.text}（{item.fee.law}）", f"- {item.disclosure.text}（{item.disclosure.law}）"]
        ),
        *_section("法律依据", [f"- {one.law}{_brackets(one.doc_no)} {one.articles}：{one.what}" for one in item.basis]),
        *_section("尚未核对原文的内容", [f"- `{one.key}`：{one.law}" for one in open_facts]),
        *_section("办事人员须知", [f"- {note}" for note in item.notes]),
        *_section("流程图", _diagrams(item)),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, body: Iterable[str]) -> list[str]:
    lines = list(body)
    return ["", f"## {title}", "", *lines] if lines else []


def _table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    body = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}", *body] if body else []


def _cell(value: object) -> str:
    return str(value if value is not None else "").replace("|", "\\|").replace("\n", "<br>")


def _numbered(texts: Iterable[str]) -> list[str]:
    return [f"{number}. {text}" for number, text in enumerate(texts, 1)]


def _brackets(text: str) -> str:
    return f"（{text}）" if text else ""


def _title(slug: str) -> str:
    process = processes().get(slug)
    return process.title if process else slug


def _ways(item: ServiceItem) -> list[str]:
    """Return the process types, the main one first."""
    return [item.process, *sorted(item.processes - {item.process})]


def _limits(told: Mapping[str, Any]) -> list[str]:
    heading = ("时限", "长度", "依据")
    lines = _table(heading, ((one["name"], one["text"], one["law"]) for one in told["limits"]))
    if told["no_extension_because"]:
        lines += ["", f"不能延长：{told['no_extension_because']}。"]
    for variant in told["variants"]:
        lines += [
            "",
            f"**{variant['name']}**（{variant['when_text']}；{variant['process_name']}；{variant['law']}）",
            "",
        ]
        lines += _table(heading, ((one["name"], one["text"], one["law"]) for one in variant["limits"]))
    if told["excluded"]:
        lines += ["", "不计入时限的时间：" + "、".join(dict.fromkeys(one["name"] for one in told["excluded"])) + "。"]
    lines += [f"计入时限：{one['text']}（{one['law']}）。" for one in told["not_excluded"]]
    return lines


def _materials(item: ServiceItem, told: Mapping[str, Any]) -> list[str]:
    tolerable = {one.code for one in item.materials if one.tolerable}
    return _table(
        ("编号", "材料", "形式", "份数", "由谁提供", "要求", "说明"),
        (
            (
                one["code"],
                one["name"],
                one["form_name"],
                one["copies"],
                one["supply_name"],
                REQUIRED[one["required"]]
                + (f"：{one['when_text']}" if one["when_text"] else "")
                + ("（可容缺）" if one["code"] in tolerable else ""),
                one["note"],
            )
            for one in told["materials"]
        ),
    )


def _procedures(told: Mapping[str, Any]) -> list[str]:
    return _table(
        ("环节", "何时", "人数", "期限", "内容", "依据"),
        (
            (
                one["name"],
                NEEDS[one["need"]] + (f"：{one['when_text']}" if one["when_text"] else ""),
                one["people"],
                one["limit"],
                one["text"],
                one["law"],
            )
            for one in told["procedures"]
        ),
    )


def _branches(told: Mapping[str, Any]) -> list[str]:
    return _table(
        ("环节", "部门", "先行环节", "情形", "期限", "依据"),
        (
            (one["name"], one["department"], "、".join(one["after"]), one["when_text"], one["limit"], one["law"])
            for one in told["branches"]
        ),
    )


def _form(item: ServiceItem) -> list[str]:
    deciding = {one.key for one in asked_fields(item)}
    return _table(
        ("部分", "问题", "填写", "要求", "情形"),
        (
            (
                one.section,
                one.label + ("（影响去向、材料或者时限）" if one.key in deciding else ""),
                FIELD_TYPES[one.type] + (f"：{'、'.join(one.options)}" if one.options else ""),
                "必填" if one.required else "选填",
                condition_text(item, one.shown),
            )
            for one in item.fields
        ),
    )


def _review(item: ServiceItem) -> list[str]:
    names = {one.code: one.name for one in item.materials}
    return _table(
        ("要点", "不符合时", "看哪些材料"),
        (
            (one.check, ON_FAIL[one.on_fail], "、".join(f"{code} {names[code]}" for code in one.materials))
            for one in item.review
        ),
    )


def _routing(item: ServiceItem) -> list[str]:
    return _table(
        ("情形", "结果", "去向", "怎样判断", "依据"),
        (
            (one.fact, OUTCOMES[one.outcome], one.to, condition_text(item, one.when) or "由人判断", one.law)
            for one in item.routes
        ),
    )


def _result(told: Mapping[str, Any]) -> Iterator[str]:
    result = told["result"]
    for name, key in (
        ("结果名称", "certificate"),
        ("有效期", "validity"),
        ("有效期说明", "validity_text"),
        ("应当在多久内开始", "start_within"),
        ("多久后复核", "recheck_after"),
    ):
        if result[key]:
            yield f"- {name}：{result[key]}"


def _diagrams(item: ServiceItem) -> Iterator[str]:
    for slug in _ways(item):
        process = processes().get(slug)
        if process is None:
            continue
        if len(item.processes) > 1:
            yield f"### {process.title}"
            yield ""
        yield from ("```mermaid", mermaid(process), "```", "")


def _index(items: Sequence[ServiceItem]) -> str:
    counts = {item.code: (len(sourced_facts(item)), len(unverified(item))) for item in items}
    total, unsure = (sum(pair[place] for pair in counts.values()) for place in (0, 1))
    lines = [
        MARK,
        "# 标准化工作手册（分则）",
        "",
        f"{len(items)} 个事项；有来源的条目 {total} 处，已核对 {total - unsure} 处，未核对 {unsure} 处。",
        "",
        "## 按部门",
    ]
    for department in sorted({item.department for item in items}):
        lines += [
            "",
            f"### {department}",
            "",
            *_rows(items, counts, lambda one, name=department: one.department == name),
        ]
    lines += ["", "## 按标准化流程类型"]
    slugs = [slug for slug in processes() if any(slug in item.processes for item in items)]
    slugs += sorted({slug for item in items for slug in item.processes} - set(slugs))
    for slug in slugs:
        lines += ["", f"### {_title(slug)}", "", *_rows(items, counts, lambda one, name=slug: name in one.processes)]
    return "\n".join(lines) + "\n"


def _rows(items: Sequence[ServiceItem], counts: Mapping[str, tuple[int, int]], belongs: Any) -> list[str]:
    return _table(
        ("编码", "事项", "流程类型", "法定时限", "承诺时限", "已核对", "未核对"),
        (
            (
                item.code,
                f"[{item.name_zh}]({file_name(item)})",
                "、".join(_title(slug) for slug in _ways(item)),
                *_two_limits(item),
                counts[item.code][0] - counts[item.code][1],
                counts[item.code][1],
            )
            for item in items
            if belongs(item)
        ),
    )


def _two_limits(item: ServiceItem) -> tuple[str, str]:
    texts = {one["id"]: one["text"] for one in guide(item)["limits"]}
    return texts.get("decision", ""), texts.get("promised", "")
