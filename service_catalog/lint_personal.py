"""Do the manuals say which answers are personal data? What is not marked would lie readable in the database."""

import re
from collections.abc import Iterator

from service_catalog.conditions import fields_of
from service_catalog.model import ServiceItem

LAW = "个人信息保护法 第二十八条、第五十一条"
WORDS = re.compile(r"姓名|联系人|名册|(医师|护士|人员|成员)名单|家庭成员|护照|身份证|公民身份号码|住址|银行账号")
TYPES = ("text", "long-text", "list", "address")


def personal(item: ServiceItem) -> Iterator[tuple[str, str, str]]:
    """Yield answers that sound personal and are not marked, and rules that would write a personal answer into the chain."""
    for index, field in enumerate(item.fields):
        if field.type in TYPES and not field.private and WORDS.search(field.label):
            yield f"form.{index}", f"{field.key}: {field.label} sounds personal; say `personal: …`", LAW
    for rule in item.auto.rules if item.auto else ():
        used = sorted(set(fields_of(rule.holds)) & set(item.personal))
        if used:
            what = (
                f"rule {rule.key} judges {', '.join(used)}: personal, and what a rule judges is written into the chain"
            )
            yield "auto.rules", what, LAW
