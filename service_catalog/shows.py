"""What a certificate shows besides its frame: each name in the manual's list, and where its words come from.

A name stands alone where it is part of the frame (number, organ, days, holder), or is the label of a question of the form;
otherwise the manual says after it from which answers, or from which of SOURCES, its words are taken.
"""

from collections.abc import Mapping
from typing import Any

from service_catalog.model import FormField, ServiceItem, Show

# Printed on every certificate, whatever the item calls it.
FRAME = frozenset(
    {
        "编号", "证书编号", "许可证编号", "许可证号", "许可号码", "备案编号", "备案证明编号", "使用登记证编号", "登记号",
        "文号", "批复文号", "证号", "决定书文号", "护士执业证书编号", "执业证书编码", "竣工验收备案编号", "联办流水号",
        "发证机关", "发证部门", "备案机关", "备案部门", "批复机关", "登记机关", "审批机关", "审查机关", "出具机关",
        "决定机构", "注册机关", "主管部门",
        "发证日期", "发证时间", "备案日期", "批复日期", "决定日期", "审查日期", "出具日期", "注册日期", "签发日期",
        "成立日期", "注销日期", "日期",
        "有效期", "有效期限", "意见书有效期", "起止日期", "发证日期和有效期", "有效期延续情况",
        "企业名称", "单位名称", "建设单位", "使用单位", "经营者名称", "生产者名称", "排水户名称", "业户名称", "机构名称",
        "医疗机构名称", "用人单位名称", "用人单位", "项目单位", "公司名称",
        "统一社会信用代码", "社会信用代码", "许可经营事项", "二维码", "证书编号和二维码",
    }
)  # fmt: skip
# What is known of the holder or the decision. `decision`: what only the decision says; the certificate refers to it.
SOURCES = frozenset({"the-address", "the-representative", "the-decision"})
USUAL: Mapping[str, str] = {
    **dict.fromkeys(("住所", "企业住所", "企业地址"), "the-address"),
    **dict.fromkeys(
        ("法定代表人", "法定代表人（负责人）", "法定代表人或者负责人", "法定代表人或者主要负责人"), "the-representative"
    ),
}
PARTS = ("sex", "birth")  # what a citizen's number says besides (GB 11643): key/sex, key/birth


def show_of(name: str, sources: tuple[str, ...], asked: tuple[FormField, ...]) -> Show | None:
    """Return where the words of a name come from, no sources for the frame. None if nobody knows."""
    fields = {field.key: field for field in asked}
    if sources:
        return Show(name, sources) if all(_is_known(one, fields) for one in sources) else None
    own = next((field.key for field in asked if field.label == name), "")
    if own or name in USUAL:
        return Show(name, (own or USUAL[name],))
    return Show(name, ()) if name in FRAME else None


def _is_known(source: str, fields: Mapping[str, FormField]) -> bool:
    key, _, part = source.partition("/")
    return source in SOURCES or (key in fields and (not part or (part in PARTS and fields[key].type == "citizen-id")))


def shown_on(item: ServiceItem) -> list[list[Any]]:
    """Return [name, [[source, unit], …]] for everything besides the frame, as terms keep it."""
    units = {field.key: field.unit for field in item.fields}
    return [
        [show.name, [[one, units.get(one, "")] for one in show.sources]]
        for show in item.certificate_shows
        if show.sources
    ]
