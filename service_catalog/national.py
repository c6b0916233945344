"""The national implementation list (实施清单): its columns, and one row of it checked.

Columns and titles as the national tables write them; code sets of GB/T 39046-2020 annex A where it has one.
A row is kept as it was written; what is derived from it (kind, attributes, who may apply) is derived here, once.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from service_catalog.identifiers import wrong_uscc

Kind = Literal["text", "code", "number", "day", "one", "many"]
State = Literal["in-use", "suspended", "cancelled"]
LONG, SHORT = 10_000, 1_000

YES_NO = {"0": "否", "1": "是"}
TASK_TYPES = {
    "00": "行政权力事项",
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他类别事项",
    "20": "公共服务事项",
}
KIND_OF_TYPE = {
    "01": "licence",
    "02": "penalty",
    "03": "compulsion",
    "04": "levy",
    "05": "benefit",
    "06": "inspection",
    "07": "confirmation",
    "08": "reward",
    "09": "ruling",
    "20": "service",
}
USE_LEVELS = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "镇（乡、街道）级",
    "6": "村（社区）级",
    "7": "分级管理",
}
DEPT_TYPES = {"1": "法定机关", "2": "授权组织", "3": "受委托组织", "9": "其他"}
PROJECT_TYPES = {"1": "即办件", "2": "承诺件", "9": "其他"}
HANDLE_TYPES = {"1": "窗口办理", "2": "电脑端网上办理", "3": "移动端网上申请", "4": "快递申请", "9": "其他"}
# GB/T 39046 A.4; the tables of some platforms also write 9 for other organisations.
SERVER_TYPES = {
    "1": "自然人",
    "2": "企业法人",
    "3": "事业法人",
    "4": "社会组织法人",
    "5": "行政机关",
    "6": "其他组织",
    "9": "其他组织",
}
WHO_OF_SERVER = {
    "1": "自然人",
    "2": "企业",
    "3": "事业单位",
    "4": "社会组织",
    "5": "机关",
    "6": "其他组织",
    "9": "其他组织",
}
UNITS = {"1": "工作日", "2": "自然日", "3": "小时", "4": "分钟", "5": "月"}
WORTH_DAYS = {"1": 1.0, "2": 0.7, "3": 0.125, "4": 0.002, "5": 21.0}  # rough, to compare units
STATES = {"1": "在用", "2": "暂停", "3": "取消"}
STATE_OF: Mapping[str, State] = {"2": "suspended", "3": "cancelled"}
ATTRIBUTES = {  # law.md of the office: which column makes which of the five attributes
    "马上办": ("PROJECT_TYPE", "1"),
    "网上办": ("IS_ONLINE", "1"),
    "就近办": ("IS_HANDLE", "1"),
    "自助办": ("IS_SERVICE_TERMINALS", "1"),
}
HANDED_DOWN = "2"  # POWER_SOURCE: 上级下放


@dataclass(frozen=True, slots=True)
class Column:
    """One column. most: characters; words: the code set, where there is one."""

    name: str
    title: str
    kind: Kind = "text"
    most: int = SHORT
    required: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


def _text(name: str, title: str, most: int = SHORT) -> Column:
    return Column(name, title, most=most)


def _flag(name: str, title: str) -> Column:
    return Column(name, title, "one", 10, words=YES_NO)


COLUMNS: tuple[Column, ...] = (
    Column("MATTERID", "实施清单唯一标识", "code", 50),
    Column("TASK_NAME", "事项名称", "text", 300, required=True),
    Column("CATALOG_CODE", "基本编码", "code", 12, required=True),
    Column("LOCAL_CATALOG_CODE", "地方基本编码", "code", 50),
    Column("TASK_TYPE", "事项类型", "one", 20, words=TASK_TYPES),
    _text("BY_LAW", "设定依据", LONG),
    _text("POWER_SOURCE", "权力来源", 20),
    Column("USE_LEVEL", "行使层级", "many", 40, words=USE_LEVELS),
    Column("TASK_CODE", "实施编码", "code", 36, required=True),
    Column("LOCAL_TASK_CODE", "地方实施编码", "code", 50),
    Column("TASK_HANDLE_ITEM", "业务办理项编码", "code", 50),
    Column("TASK_VERSION", "事项版本", "number", 10),
    _text("DEPT_NAME", "实施主体", 200),
    Column("DEPT_CODE", "实施主体编码", "code", 50),
    Column("DEPT_TYPE", "实施主体性质", "one", 20, words=DEPT_TYPES),
    _text("ENTRUST_NAME", "委托部门"),
    _text("CENTRAL_DEPT", "中央业务指导部门代码", 50),
    Column("ANTICIPATE_DAY", "法定办结时限", "number", 10),
    Column("ANTICIPATE_TYPE", "法定办结时限单位", "one", 10, words=UNITS),
    _text("ANTICIPATE_EXPLAIN", "法定办结时限说明", LONG),
    Column("PROMISE_DAY", "承诺办结时限", "number", 10),
    Column("PROMISE_TYPE", "承诺办结时限单位", "one", 10, words=UNITS),
    _text("PROMISE_EXPLAIN", "承诺办结时限说明", LONG),
    _text("ACCEPT_CONDITION", "受理条件", LONG),
    _flag("IS_PERMIT_REDUCE", "是否涉及征收（税）费减免的审批"),
    _text("COLLECT_TYPE", "征收种类", 20),
    _text("HANDLE_FLOW", "办理流程", LONG),
    _text("OFFLINE_FLOW", "线下办理流程图"),
    _text("OFFLINE_EXPLAIN", "线下办理流程说明", LONG),
    _text("ONLINE_FLOW", "网上办理流程图"),
    _text("ONLINE_EXPLAIN", "网上办理流程说明", LONG),
    _text("SPECIAL_PROCEDURE", "特别程序", LONG),
    _flag("IS_FEE", "是否收费"),
    _text("FEE_BASIS", "收费依据", LONG),
    Column("SERVER_TYPE", "服务对象", "many", 40, words=SERVER_TYPES),
    Column("PROJECT_TYPE", "办件类型", "one", 20, words=PROJECT_TYPES),
    Column("HANDLE_TYPE", "办理形式", "many", 60, words=HANDLE_TYPES),
    Column("LIMIT_SCENE_NUM", "到办事现场次数", "number", 10),
    _text("LIMIT_SCENE_EXPLAIN", "必须现场办理原因说明"),
    _flag("IS_HANDLE_BY_GOV_NET", "是否通过政务服务网办理"),
    _text("GOV_NET_URL", "政务服务网地址"),
    _flag("IS_HANDLE_BY_DEPT_SYS", "是否通过部门业务系统办理"),
    _text("DEPT_SYS_NAME", "部门业务系统名称"),
    _text("DEPT_SYS_URL", "部门业务系统地址"),
    _text("DEPT_SYS_TYPE", "业务系统运行网络", 20),
    _flag("IS_ONLINE", "是否网办"),
    _text("ONLINE_HANDLE_DEPTH", "网上办理深度", 40),
    _text("ONLINE_HANDLE_URL", "网办地址", LONG),
    _flag("APP_IS_SINGLE_LOGIN", "移动端是否对接单点登录"),
    _text("MOBILE_TERMINAL_URL", "移动端办理地址", LONG),
    _flag("IS_SINGLE_LOGIN", "计算机端是否对接单点登录"),
    _text("LINK_ADDR", "计算机端在线办理跳转地址", LONG),
    _text("TRANSACT_ADDR", "办理地点"),
    _text("TRANSACT_TIME", "办理时间"),
    _text("TRAFFIC_GUIDE", "交通指引"),
    _text("LINK_WAY", "咨询方式", LONG),
    _text("SUPERVISE_WAY", "监督投诉方式", LONG),
    _flag("IS_SCHEDULE", "是否支持预约办理"),
    Column("SCHEDULE_NUM", "每天可预约办理量", "number", 10),
    _text("SCHEDULE_RULE", "预约规则说明"),
    _flag("IS_PAY_ONLINE", "是否支持网上支付"),
    _flag("IS_EXPRESS", "是否支持物流快递"),
    _flag("IS_SERVICE_TERMINALS", "是否支持自助终端办理"),
    _flag("IS_MAIL_MATERIAL", "是否支持申报材料邮寄"),
    _flag("IS_MAIL_RESULT", "是否支持办件结果邮寄"),
    _flag("IS_ENTRY_CENTER", "是否进驻政务大厅"),
    _text("CENTER_NAME", "大厅名称"),
    _flag("IS_HANDLE", "是否通办"),
    _text("HANDLE_AREA", "通办范围", 200),
    _text("TOWN_NAME", "乡镇街道名称"),
    Column("TOWN_CODE", "乡镇街道代码", "code", 50),
    _text("VILLAGE_NAME", "村居社区名称"),
    Column("VILLAGE_CODE", "村居社区代码", "code", 50),
    _text("LIMIT_EXPLAIN", "数量限制", LONG),
    _text("RESULT_TYPE", "审批结果类型", 40),
    _text("RESULT_NAME", "审批结果名称"),
    _text("RESULT_GUID", "审批结果样本"),
    _text("OTHER_DEPT", "联办机构"),
    _flag("IS_EXIST_INTERMEDIARY", "是否存在中介服务"),
    _text("INTERMEDIARY_CONTENT", "中介服务内容", LONG),
    _text("INTERMEDIARY_NAME", "中介服务机构"),
    _text("SERVICE_TYPE", "中介服务名称"),
    _text("USER_TOPIC_TYPE", "面向自然人事项主题分类"),
    _text("USER_CHARACTER_TOPIC_TYPE", "面向自然人地方特色主题分类"),
    _text("CORP_TOPIC_TYPE", "面向法人事项主题分类"),
    _text("CORP_CHARACTER_TOPIC_TYPE", "面向法人地方特色主题分类"),
    _text("PUNISHMENT_METHOD", "处罚的行为、种类、幅度", LONG),
    _text("FINANCE_FLAG", "金融服务标识"),
    _text("CONSULT_PHONE", "咨询电话号码"),
    _text("NET_CONSULT_WAY", "网络咨询方式"),
    _text("CONSULT_MAIL", "咨询电子邮件"),
    _text("CONSULT_WECHAT", "咨询微信公众号"),
    _text("COMPLAIN_PHONE", "投诉电话号码"),
    _text("NET_COMPLAIN_WAY", "网络投诉方式"),
    _text("COMPLAIN_MAIL", "投诉电子邮件"),
    _text("COMPLAIN_LETTER_ADDR", "投诉信函地址"),
    _text("RIGHT_ENJOY_BY_LAW", "依法享有的权利", LONG),
    _text("DUTY_PERFORM_BY_LAW", "依法履行的义务", LONG),
    _text("ADMINISTRATIVE_REVIEW_DEPT", "行政复议部门"),
    _text("ADMINISTRATIVE_REVIEW_ADDR", "行政复议地址"),
    _text("ADMINISTRATIVE_REVIEW_PHONE", "行政复议电话"),
    _text("ADMINISTRATIVE_REVIEW_URL", "行政复议网址"),
    _text("ADMINISTRATIVE_LITIGATION_DEPT", "行政诉讼部门"),
    _text("ADMINISTRATIVE_LITIGATION_ADDR", "行政诉讼地址"),
    _text("ADMINISTRATIVE_LITIGATION_PHONE", "行政诉讼电话"),
    _text("ADMINISTRATIVE_LITIGATION_URL", "行政诉讼网址"),
    _text("STR_LEVEL", "所在层级", 20),
    _text("REGNCODE", "区域代码", 50),
    Column("PLAN_EFFECTIVE_DATE", "计划生效日期", "day", 20),
    Column("PLAN_CANCEL_DATE", "计划取消日期", "day", 20),
    Column("TASK_STATE", "事项状态", "one", 20, words=STATES),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
BY_TITLE: Mapping[str, Column] = {column.title: column for column in COLUMNS}

_CODE = re.compile(r"[0-9A-Za-z_-]+")
_SCIENTIFIC = re.compile(r"[0-9.]+[eE][+][0-9]+")
_NUMBER = re.compile(r"[0-9]{1,6}")
_DAY = re.compile(r"[0-9]{8}")
_BREAK = re.compile(r"[\n\t]")
# Controls, soft hyphen, zero-width and direction marks, line separators, surrogates, private use, tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff0-\uffff"
    "\U000e0000-\U0010ffff]"
)
_BETWEEN = re.compile(r"[,，;；、^|/ ]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a row, or worth a look. row: counted as a spreadsheet does, 1 is the heading."""

    row: int
    column: str
    what: str
    is_error: bool = True

    def __str__(self) -> str:
        """Return the line people read."""
        place = f"第 {self.row} 行" + (
            f" {self.column}（{BY_NAME[self.column].title}）" if self.column in BY_NAME else ""
        )
        return f"{place}：{'' if self.is_error else '提醒：'}{self.what}"


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item as the national list states it. code: the 业务办理项编码, or else the 实施编码.

    local_code: the code of the manual it belongs to, if the office wrote it there (LOCAL_TASK_CODE).
    process: `instant` for 即办件; "" where the list does not tell.
    cancelled_from: the first day without it; where the list only says 取消, the day it was read stands in the database.
    """

    code: str
    name: str
    department: str
    kind: str
    process: str
    project_type: str
    attributes: tuple[str, ...]
    applicant_types: tuple[str, ...]
    catalog_code: str
    task_code: str
    local_code: str
    result: str
    effective_from: date | None = None
    cancelled_from: date | None = None
    state: State = "in-use"


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row: the item, and every column as it was written (empty ones left out)."""

    item: ListedItem
    columns: Mapping[str, str]


def read_heading(cells: list[str], *, ignore_unknown: bool = False) -> tuple[list[str], list[Remark]]:
    """Return (column name of each cell, "" for one to be passed over; what is wrong with the heading)."""
    if len(cells) == 1 and any(sign in cells[0] for sign in ";\t|"):
        return [], [Remark(1, "", "列之间应当用英文逗号分隔，请另存为“CSV（逗号分隔）”。")]
    names: list[str] = []
    remarks: list[Remark] = []
    for number, cell in enumerate(cells, 1):
        written = cell.strip().strip("\ufeff")
        column = BY_NAME.get(written.upper()) or BY_TITLE.get(written)
        if column is None:
            names.append("")
            if written and not ignore_unknown:
                remarks.append(Remark(1, written[:40], _unknown(written)))
            elif written:
                remarks.append(Remark(1, written[:40], f"列“{written[:40]}”不在实施清单中，没有读取。", is_error=False))
            elif any(other.strip() for other in cells[number:]):
                remarks.append(Remark(1, "", f"第 {number} 列没有列名，请填写列名或者删除这一列。"))
        elif column.name in names:
            remarks.append(Remark(1, column.name, "这一列出现了两次，请删除一列。"))
            names.append("")
        else:
            names.append(column.name)
    for column in COLUMNS:
        if column.required and column.name not in names:
            remarks.append(Remark(1, column.name, f"缺少必需的列“{column.name}”，请在第 1 行加上。"))
    return names, remarks


def _unknown(written: str) -> str:
    bare = written.upper().replace(" ", "_").replace("-", "_")
    near = next((name for name in BY_NAME if name.replace("_", "") == bare.replace("_", "")), "")
    hint = f"是不是“{near}”？" if near else ""
    return f"列“{written[:40]}”不在实施清单中。{hint}请改正列名、删除这一列，或者用 --ignore-unknown 跳过。"


def read_row(number: int, given: Mapping[str, str]) -> tuple[Row | None, list[Remark]]:
    """Return (the row, or None if it is not sound; everything to say about it)."""
    columns: dict[str, str] = {}
    remarks: list[Remark] = []
    for name, text in given.items():
        column = BY_NAME[name]
        value, wrong = _value(column, text)
        if wrong:
            remarks.append(Remark(number, name, wrong))
        elif value:
            columns[name] = value
        elif column.required:
            remarks.append(Remark(number, name, "必填，请填写。"))
    remarks += _between(number, columns)
    if any(remark.is_error for remark in remarks):
        return None, remarks
    return Row(_item(columns), columns), remarks


def _value(column: Column, text: str) -> tuple[str, str]:
    """Return (the canonical text, "") or ("", what is wrong and what to do)."""
    value = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not value:
        return "", ""
    wrong = _bad_characters(column, value)
    if wrong:
        return "", wrong
    if len(value) > column.most:
        return "", f"有 {len(value)} 个字符，最多 {column.most} 个，请缩短。"
    match column.kind:
        case "code":
            return _code(value)
        case "number":
            sound = _NUMBER.fullmatch(value)
            return (str(int(value)), "") if sound else ("", "应当是 0 到 999999 的整数，请改正。")
        case "day":
            return _day(value)
        case "one":
            return _one(column, value)
        case "many":
            return _many(column, value)
    return value, ""


def _bad_characters(column: Column, value: str) -> str:
    if _HIDDEN.search(value):
        return "含有不可见字符或者系统不能识别的字符，请删除后重新填写。"
    if column.most < LONG and _BREAK.search(value):
        return "应当写在一行内，请删除换行和制表符。"
    return ""


def _code(value: str) -> tuple[str, str]:
    if _SCIENTIFIC.fullmatch(value):
        return "", "编码被表格软件改成了科学计数法，请把这一列设为文本后重新填写。"
    if not _CODE.fullmatch(value):
        return "", "编码只能由字母、数字和短横线组成，请改正。"
    return value, ""


def _day(value: str) -> tuple[str, str]:
    if not _DAY.fullmatch(value):
        return "", "应当是 8 位日期 YYYYMMDD，例如 20260501。"
    try:
        day = _as_date(value)
    except ValueError:
        return "", "没有这一天，请改正。"
    return (value, "") if 1949 <= day.year <= 2200 else ("", "年份不合理，请改正。")


def _as_date(value: str) -> date:
    return date(int(value[:4]), int(value[4:6]), int(value[6:]))


def _one(column: Column, value: str) -> tuple[str, str]:
    """A code of the set, or its meaning in words."""
    if value in column.words:
        return value, ""
    code = next((code for code, word in column.words.items() if word == value), "")
    if code:
        return code, ""
    if column.words is TASK_TYPES:
        if re.fullmatch(r"1[1-9]|2[1-9]", value):  # GB/T 39046 A.1: open for extension
            return value, ""
        if f"0{value}" in TASK_TYPES:
            return "", f"应当是两位代码，开头的 0 丢失了，请把这一列设为文本后填写 0{value}。"
    return "", f"只能填写：{_choices(column)}。"


def _many(column: Column, value: str) -> tuple[str, str]:
    """Several codes of the set, however they are separated; kept in order, each once."""
    whole, wrong = _one(column, value)
    if not wrong:
        return whole, ""
    parts = [part for part in _BETWEEN.split(value) if part]
    found = [_one(column, part) for part in parts]
    if not parts or any(fault for _code, fault in found):
        return "", f"只能填写：{_choices(column)}；有几个的用逗号分开。"
    return ",".join(sorted({code for code, _fault in found})), ""


def _choices(column: Column) -> str:
    return "、".join(f"{code}（{word}）" for code, word in column.words.items())


def _between(number: int, columns: Mapping[str, str]) -> Iterator[Remark]:
    """Rules between columns."""
    yield from _limits(number, columns)
    starts, ends = columns.get("PLAN_EFFECTIVE_DATE", ""), columns.get("PLAN_CANCEL_DATE", "")
    if starts and ends and ends <= starts:
        yield Remark(number, "PLAN_CANCEL_DATE", "应当晚于计划生效日期，请改正。")
    visits = int(columns.get("LIMIT_SCENE_NUM", "0"))
    if visits > 1 and "LIMIT_SCENE_EXPLAIN" not in columns:
        yield Remark(number, "LIMIT_SCENE_EXPLAIN", f"到现场 {visits} 次，应当说明原因。", is_error=False)
    if columns.get("PROJECT_TYPE") == "1" and int(columns.get("PROMISE_DAY", "0")) > 1:
        yield Remark(number, "PROMISE_DAY", "即办件的承诺时限一般是 0 或者 1 个工作日，请核对。", is_error=False)
    basic = columns.get("CATALOG_CODE", "")
    if basic and len(basic) < BY_NAME["CATALOG_CODE"].most:
        what = f"只有 {len(basic)} 位，一般是 12 位；开头的 0 是否丢失，请核对。"
        yield Remark(number, "CATALOG_CODE", what, is_error=False)
    code = columns.get("TASK_CODE", "")
    if code and wrong_uscc(code[:18]):
        what = f"前 18 位“{code[:18]}”不是有效的统一社会信用代码，请核对实施主体。"
        yield Remark(number, "TASK_CODE", what, is_error=False)


def _limits(number: int, columns: Mapping[str, str]) -> Iterator[Remark]:
    """The promise is never longer than the law (优化营商环境条例 36)."""
    if "PROMISE_DAY" not in columns or "ANTICIPATE_DAY" not in columns:
        return
    promised, statutory = int(columns["PROMISE_DAY"]), int(columns["ANTICIPATE_DAY"])
    ours, theirs = columns.get("PROMISE_TYPE", "1"), columns.get("ANTICIPATE_TYPE", "1")
    if not statutory:
        if promised:
            what = "法定办结时限为 0 而承诺时限不为 0，请核对；没有法定时限的，请留空。"
            yield Remark(number, "ANTICIPATE_DAY", what, is_error=False)
        return
    longer = promised > statutory if ours == theirs else promised * WORTH_DAYS[ours] > statutory * WORTH_DAYS[theirs]
    if longer:
        what = f"承诺 {promised} {UNITS[ours]}，长于法定 {statutory} {UNITS[theirs]}，请改正。"
        yield Remark(number, "PROMISE_DAY", what)


def _item(columns: Mapping[str, str]) -> ListedItem:
    starts, ends = columns.get("PLAN_EFFECTIVE_DATE"), columns.get("PLAN_CANCEL_DATE")
    project, task_type = columns.get("PROJECT_TYPE", ""), columns.get("TASK_TYPE", "")
    served = columns.get("SERVER_TYPE", "").split(",")
    return ListedItem(
        code=columns.get("TASK_HANDLE_ITEM") or columns["TASK_CODE"],
        name=columns["TASK_NAME"],
        department=columns.get("DEPT_NAME") or columns.get("DEPT_CODE") or columns["TASK_CODE"][:18],
        kind=KIND_OF_TYPE.get(task_type, "service" if task_type > "20" else "other"),
        process="instant" if project == "1" else "",
        project_type=project,
        attributes=_attributes(columns),
        applicant_types=tuple(dict.fromkeys(WHO_OF_SERVER[code] for code in served if code)),
        catalog_code=columns["CATALOG_CODE"],
        task_code=columns["TASK_CODE"],
        local_code=columns.get("LOCAL_TASK_CODE", ""),
        result=columns.get("RESULT_NAME", ""),
        effective_from=_as_date(starts) if starts else None,
        cancelled_from=_as_date(ends) if ends else None,
        state=STATE_OF.get(columns.get("TASK_STATE", "1"), "in-use"),
    )


def _attributes(columns: Mapping[str, str]) -> tuple[str, ...]:
    found = {name for name, (column, code) in ATTRIBUTES.items() if columns.get(column) == code}
    if columns.get("LIMIT_SCENE_NUM") in ("0", "1"):
        found.add("一次办")
    return tuple(name for name in ("马上办", "网上办", "就近办", "一次办", "自助办") if name in found)
