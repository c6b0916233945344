"""What people and programs send wrong, over HTTP: always 4xx, every wrong field named in Chinese, all at once, never 500.

One line a fault: what is sent, the status, the field that is named, a word of the message.
"""

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.test_api import PROBLEM, bearer, new_case
from tests.service_catalog.builders import CITIZEN, USCC
from tests.story.test_item_02 import APPLICANT, FORM

ZERO_WIDTH, NUL, LONE = "\u200b", "\x00", "\ud800"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BASIS = "津政务〔2026〕1号"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def faults(answer: Any, status: int, field: str, word: str) -> str:
    """Return what is wrong with a refusal, "" if it is as it should be."""
    if answer.status_code != status or answer.mimetype != PROBLEM:
        return f"{answer.status_code} {answer.mimetype} {answer.text[:200]}"
    errors = answer.json.get("errors", [])
    if field and field not in [error["field"] for error in errors]:
        return f"names {[error['field'] for error in errors]}, not {field}"
    messages = [answer.json["detail"], *(error["message"] for error in errors)]
    if not all(CHINESE.search(message) for message in messages):
        return f"not in Chinese: {messages}"
    return "" if any(word in message for message in messages) else f"{word!r} not in {messages}"


def none_of(found: dict[Any, str]) -> None:
    """Fail with every line that went wrong."""
    wrong = {line: what for line, what in found.items() if what}
    assert not wrong, "\n".join(f"{line}: {what}" for line, what in wrong.items())


# What one answer of the form is, the field named, a word. `...` leaves the answer out.
WRONG_FORM: list[tuple[dict[str, Any], str, str]] = [
    ({"business_mode": ...}, "business_mode", "经营方式：必填"),
    ({"business_mode": "走私"}, "business_mode", "经营方式：只能选择"),
    ({"business_mode": ["批发"]}, "business_mode", "只能选择"),
    ({"business_mode": {"a": 1}}, "business_mode", "只能选择"),
    ({"scope_items": []}, "scope_items", "必填"),
    ({"scope_items": "甲醇"}, "scope_items", "列表"),
    ({"scope_items": ["甲醇（1022）", "甲醇（1022）"]}, "scope_items", "重复"),
    ({"scope_items": ["甲醇", None]}, "scope_items", "第 2 项"),
    ({"scope_items": [["甲醇"]]}, "scope_items", "第 1 项"),
    ({"scope_items": ["甲"] * 201}, "scope_items", "200 项"),
    ({"contains_toxic": "true"}, "contains_toxic", "是否含剧毒化学品：请选择"),
    ({"contains_toxic": 1}, "contains_toxic", "请选择"),
    ({"premises_address": "街" * 301}, "premises_address", "经营场所地址：不能超过 300"),
    ({"premises_address": "一\n二"}, "premises_address", "一行"),
    ({"premises_address": " \u3000 "}, "premises_address", "空格"),
    ({"principal_name": f"张{ZERO_WIDTH}三"}, "principal_name", "主要负责人姓名：含有不可见字符"),
    ({"principal_name": "张\u202e三"}, "principal_name", "不可见"),
    ({"principal_name": "张\ue000三"}, "principal_name", "不能识别"),
    ({"principal_name": "\ufeff张三"}, "principal_name", "不可见"),
    ({"principal_name": 7}, "principal_name", "文字"),
    ({"principal_name": "👨\u200d👩\u200d👧"}, "principal_name", "不可见"),
    ({"safety_staff_count": "3"}, "safety_staff_count", "整数"),
    ({"safety_staff_count": 3.5}, "safety_staff_count", "整数"),
    ({"safety_staff_count": True}, "safety_staff_count", "整数"),
    ({"safety_staff_count": 0}, "safety_staff_count", "不能小于 1"),
    ({"safety_staff_count": 999999999999999999}, "safety_staff_count", "过大"),
    ({"storage_capacity": "many"}, "storage_capacity", "储存能力：应当填写数值"),
    ({"storage_capacity": 1e30}, "storage_capacity", "过大"),
    ({"storage_capacity": "NaN"}, "storage_capacity", "数值"),
    ({"storage_capacity": "1e5"}, "storage_capacity", "数值"),
    ({"storage_capacity": -0.5}, "storage_capacity", "不能小于"),
    ({"storage_capacity": 0}, "storage_capacity", "大于零"),
    ({"storage_project": "新建"}, "acceptance_on", "安全设施竣工验收日期：必填"),
    ({"storage_project": "新建", "acceptance_on": "2199-01-01"}, "acceptance_on", "不能晚于今天"),
    ({"storage_project": "新建", "acceptance_on": "2026-02-30"}, "acceptance_on", "没有这一天"),
    ({"storage_project": "新建", "acceptance_on": "26/2/3"}, "acceptance_on", "日期"),
    ({"storage_project": "新建", "acceptance_on": 20260203}, "acceptance_on", "日期"),
    ({"acceptance_on": "2026-02-03"}, "acceptance_on", "不需要填写"),
    ({"storage_tenure": "租赁"}, "storage_lessor", "储存设施出租单位：必填"),
    ({"business_mode": "加油站零售"}, "storage_structure", "加油站埋地油罐"),
    ({"colour": "red"}, "colour", "没有“colour”这一项"),
    ({"": 1}, "", "没有“”这一项"),
    ({"x" * 5000: 1}, "x" * 40, "没有"),
]


def test_every_wrong_answer_of_a_form_is_refused_and_named(client: FlaskClient) -> None:
    found = {}
    for number, (answers, field, word) in enumerate(WRONG_FORM):
        form = {key: value for key, value in {**FORM, **answers}.items() if value is not ...}
        found[number, field[:40]] = faults(new_case(client, form=form), 422, f"form.{field}", word)
    none_of(found)


WRONG_APPLICANT: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": ...}, "kind", "申请人类型：应当是"),
    ({"kind": "robot"}, "kind", "应当是"),
    ({"kind": 3}, "kind", "应当是"),
    ({"kind": "person", "id_no": CITIZEN}, "kind", "只受理企业"),
    ({"name": ...}, "name", "申请人名称（姓名）：必填"),
    ({"name": "名" * 201}, "name", "不能超过 200"),
    ({"name": f"某{ZERO_WIDTH}公司"}, "name", "不可见"),
    ({"name": ["某公司"]}, "name", "文字"),
    ({"id_no": ...}, "id_no", "证件号码：必填"),
    ({"id_no": USCC[:-1] + "E"}, "id_no", "校验位不正确"),
    ({"id_no": USCC.lower()}, "id_no", "大写"),
    ({"id_no": USCC[:-1]}, "id_no", "18 位"),
    ({"id_no": "91120116MAOIZSV01X"}, "id_no", "不使用的字符"),
    ({"id_no": "１" * 18}, "id_no", "不使用的字符"),
    ({"id_no": CITIZEN}, "id_no", "校验位"),
    ({"id_no": 111200001571593}, "id_no", "文字"),
    ({"phone": "打我电话"}, "phone", "联系电话：应当是手机号"),
    ({"email": "nobody"}, "email", "电子邮箱"),
    ({"address": "街" * 301}, "address", "不能超过 300"),
    ({"vip": True}, "vip", "没有“vip”这一项"),
]


def test_every_wrong_line_about_the_applicant_is_refused_and_named(client: FlaskClient) -> None:
    found = {}
    for number, (changes, field, word) in enumerate(WRONG_APPLICANT):
        applicant = {key: value for key, value in {**APPLICANT, **changes}.items() if value is not ...}
        found[number, field] = faults(new_case(client, applicant=applicant), 422, f"applicant.{field}", word)
    none_of(found)


# What is sent as a body, the status, the field named, a word.
WRONG_BODIES: list[tuple[Any, int, str, str]] = [
    (b"{", 400, "", "JSON"),
    (b"\xff\xfe{\x00}\x00", 400, "", "UTF-8"),
    (b'{"item_code": "02", "item_code": "01"}', 400, "", "重复"),
    (b'{"form": {"a": 1, "a": 2}}', 400, "", "重复"),
    (b'{"form": {"storage_capacity": NaN}}', 400, "", "NaN"),
    (b'{"form": {"storage_capacity": -Infinity}}', 400, "", "Infinity"),
    (b'{"form": {"storage_capacity": 1e999}}', 400, "", "过大"),
    (b'{"form": {"storage_capacity": ' + b"9" * 4000 + b"}}", 400, "", "18 位"),
    (b'{"form": ' + b'{"a":' * 50 + b"1" + b"}" * 51, 400, "", "嵌套"),
    (b'{"applicant": {"name": "\\ud800"}}', 400, "", "不能保存"),
    (b'{"applicant": {"name": "\\u0000"}}', 400, "", "不能保存"),
    (b'{"applicant": {"\\u0000": "x"}}', 400, "", "不能保存"),
    (b'"02"', 400, "", "对象"),
    (b"null", 400, "", "对象"),
    (b"[]", 400, "", "对象"),
    (b"", 422, "item_code", "事项编码：必填"),
    ({}, 422, "applicant", "申请人信息：必填"),
    ({"item_code": 2, "applicant": APPLICANT}, 422, "item_code", "事项编码：应当是文字"),
    ({"item_code": None, "applicant": APPLICANT}, 422, "item_code", "不能为空"),
    ({"item_code": "", "applicant": APPLICANT}, 422, "item_code", "长度"),
    ({"item_code": "0" * 51, "applicant": APPLICANT}, 422, "item_code", "1 到 50"),
    ({"item_code": "99", "applicant": APPLICANT}, 422, "item_code", "没有事项 99"),
    ({"item_code": "02", "applicant": [APPLICANT]}, 422, "applicant", "申请人信息：应当是一个对象"),
    ({"item_code": "02", "applicant": APPLICANT, "form": "x"}, 422, "form", "申请表：应当是一个对象"),
    ({"item_code": "02", "applicant": APPLICANT, "submit": "true"}, 422, "submit", "是否提交：应当是 true"),
    ({"item_code": "02", "applicant": APPLICANT, "submit": 1}, 422, "submit", "true"),
    ({"item_code": "02", "applicant": APPLICANT, "channel": "pigeon"}, 422, "channel", "申请渠道：只能是"),
    ({"item_code": "02", "applicant": APPLICANT, "colour": "red"}, 422, "colour", "没有这一项"),
    ({"item_code": "02", "applicant": APPLICANT, "query": "x"}, 422, "query", "没有这一项"),
]


def test_every_body_that_is_not_sound_is_refused_and_says_why(client: FlaskClient) -> None:
    headers = bearer(client, "applicant1") | {"Content-Type": "application/json"}
    found = {}
    for number, (body, status, field, word) in enumerate(WRONG_BODIES):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        found[number, raw[:60]] = faults(client.post("/api/v1/cases", data=raw, headers=headers), status, field, word)
    none_of(found)


def test_a_body_of_another_type_and_odd_headers_are_refused(client: FlaskClient) -> None:
    sent = bearer(client, "applicant1")
    case = new_case(client).json
    act = f"/api/v1/cases/{case['case_no']}/actions/withdraw"
    found = {
        "text": faults(client.post("/api/v1/cases", data="x", headers=sent), 415, "", "application/json"),
        "key": faults(new_case(client, headers={"Idempotency-Key": "键"}), 400, "", "Idempotency-Key"),
        "long key": faults(new_case(client, headers={"Idempotency-Key": "k" * 201}), 400, "", "Idempotency-Key"),
    }
    for etag in ("2", '"x"', '"99999999999999999999"', 'W/"2"', '"-1"'):
        found[etag] = faults(client.post(act, json={}, headers=sent | {"If-Match": etag}), 400, "", "If-Match")
    none_of(found)


# (action, data, opinion, status, field, word): acts of the clerk on a received case.
WRONG_ACTS: list[tuple[str, Any, Any, int, str, str]] = [
    ("fly", {}, "", 422, "action", "fly"),
    ("ask-corrections", {}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": []}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": "m02"}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": [{"material": "m02"}]}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": [{"material": "m02", "what": ""}]}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": [{"material": "m02", "what": ZERO_WIDTH}]}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": [["m02", "缺"]]}, "", 422, "data.missing", "missing"),
    ("ask-corrections", {"missing": [{"material": "m02", "what": "缺"}], "x": 1}, "", 422, "data.x", "没有 x 这一项"),
    ("accept", {"x": 1}, "", 422, "data.x", "没有 x 这一项"),
    ("accept", [], "", 422, "data", "办理内容：应当是一个对象"),
    ("accept", {}, "见" * 4001, 422, "opinion", "意见：不能超过 4000"),
    ("accept", {}, 5, 422, "opinion", "意见：应当是文字"),
]


def test_every_wrong_act_is_refused_and_named(client: FlaskClient) -> None:
    case = new_case(client).json
    headers = bearer(client, "clerk1") | {"If-Match": f'"{case["version"]}"'}
    found = {}
    for number, (action, data, opinion, status, field, word) in enumerate(WRONG_ACTS):
        path = f"/api/v1/cases/{case['case_no']}/actions/{action}"
        answer = client.post(path, json={"data": data, "opinion": opinion}, headers=headers)
        found[number, action] = faults(answer, status, field, word)
    none_of(found)


def upload(client: FlaskClient, case_no: str, name: str, content: bytes = b"%PDF-1.4 x", **more: Any) -> Any:
    """Return the response to one uploaded material."""
    file_name = more.pop("file_name", "材料.pdf")
    parts = {"name": name, "file": (io.BytesIO(content), file_name), **more}
    return client.post(
        f"/api/v1/cases/{case_no}/materials",
        data=parts,
        headers=bearer(client, "applicant1"),
        content_type="multipart/form-data",
    )


def test_every_wrong_upload_is_refused_and_named(client: FlaskClient) -> None:
    case_no = new_case(client).json["case_no"]
    name = "安全评价报告"
    found = {
        "unknown material": faults(upload(client, case_no, "菜谱"), 422, "name", "菜谱"),
        "no name": faults(upload(client, case_no, " "), 422, "name", "材料名称"),
        "long name": faults(upload(client, case_no, "名" * 201), 422, "name", "材料名称"),
        "empty": faults(upload(client, case_no, name, b""), 422, "file", "空的"),
        "a program": faults(upload(client, case_no, name, b"MZ\x90", file_name="a.exe"), 422, "file", "只接受"),
        "a lie": faults(upload(client, case_no, name, b"MZ\x90", file_name="a.pdf"), 422, "file", "只接受"),
        "a hidden name": faults(upload(client, case_no, name, file_name=f"a{ZERO_WIDTH}.pdf"), 422, "file", "不可见"),
        "more fields": faults(upload(client, case_no, name, colour="red"), 422, "colour", "没有 colour"),
    }
    none_of(found)


def test_a_conditional_material_that_is_missing_at_acceptance_is_named(client: FlaskClient) -> None:
    form = FORM | {"storage_project": "新建", "acceptance_on": "2024-01-01"}
    case_no = new_case(client, form=form).json["case_no"]
    clerk, path = bearer(client, "clerk1"), f"/api/v1/cases/{case_no}"
    listed = client.get(f"{path}/materials", headers=clerk).json["items"]
    wanted = [one for one in listed if one["required"] and one["supply"] == "applicant"]
    assert "m08" in [one["code"] for one in wanted]
    for one in wanted:
        if one["code"] != "m08":
            assert upload(client, case_no, one["name"]).status_code == 201
    version = client.get(path, headers=clerk).json["version"]
    refused = client.post(f"{path}/actions/accept", json={}, headers=clerk | {"If-Match": f'"{version}"'})
    assert (refused.status_code, refused.json["code"]) == (409, "MATERIALS_INCOMPLETE")
    assert "储存设施建设项目安全设施竣工验收报告" in refused.json["detail"]
    without = new_case(client).json["case_no"]
    assert "m08" not in [
        one["code"] for one in client.get(f"/api/v1/cases/{without}/materials", headers=clerk).json["items"]
    ]


HUGE = "eyJpZCI6OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OX0"  # {"id": 9999...}
HUGE_RANK = "eyJyYW5rIjo5OTksImNvZGUiOiIwMSJ9"  # {"rank": 999, "code": "01"}
WRONG_QUERIES: list[tuple[str, int, str, str]] = [
    ("/api/v1/catalog/items?limit=0", 422, "limit", "每页条数：应当是 1 到 100"),
    ("/api/v1/catalog/items?limit=101", 422, "limit", "1 到 100"),
    ("/api/v1/catalog/items?limit=many", 422, "limit", "整数"),
    ("/api/v1/catalog/items?limit=NaN", 422, "limit", "整数"),
    ("/api/v1/catalog/items?limit=" + "9" * 5000, 422, "limit", "每页条数"),
    ("/api/v1/catalog/items?q=" + "x" * 101, 422, "q", "查询内容：不能超过 100"),
    ("/api/v1/catalog/items?status=lost", 422, "status", "状态：只能是"),
    ("/api/v1/catalog/items?colour=red", 422, "colour", "没有这一项"),
    ("/api/v1/catalog/items?cursor=x", 422, "cursor", "cursor"),
    ("/api/v1/catalog/items?cursor=" + "x" * 301, 422, "cursor", "翻页位置：不能超过 300"),
    (f"/api/v1/catalog/items?cursor={HUGE}", 422, "cursor", "cursor"),
    ("/api/v1/catalog/lists/once?on=yesterday", 422, "on", "日期"),
    (f"/api/v1/catalog/lists/once?cursor={HUGE}", 422, "cursor", "cursor"),
    (f"/api/v1/catalog/changes?cursor={HUGE}", 422, "cursor", "cursor"),
    (f"/api/v1/cases?cursor={HUGE}", 422, "cursor", "cursor"),
    (f"/api/v1/public/permits?cursor={HUGE}", 422, "cursor", "cursor"),
    ("/api/v1/tasks?queue=everything", 422, "queue", "待办范围：只能是"),
    ("/api/v1/statistics/annual?year=abc", 422, "year", "年份：应当是整数"),
    ("/api/v1/statistics/annual?year=1", 422, "year", "1990 到 2200"),
    ("/api/v1/statistics/annual", 422, "year", "年份：必填"),
    ("/api/v1/catalog/items/%00", 404, "", "没有"),
    ("/api/v1/catalog/lists/%00", 404, "", "没有"),
    ("/api/v1/cases/%00", 404, "", "没有"),
    ("/api/v1/permits/%00", 404, "", "没有"),
    ("/api/v1/cases/" + "9" * 4000, 404, "", "没有"),
]


def test_every_wrong_query_is_refused_and_named(client: FlaskClient) -> None:
    headers = bearer(client, "clerk1")
    found = {
        path[:80]: faults(client.get(path, headers=headers), status, field, word)
        for path, status, field, word in WRONG_QUERIES
    }
    none_of(found)
    beyond = client.get(f"/api/v1/catalog/items?q=化学&cursor={HUGE_RANK}")
    assert (beyond.status_code, beyond.json["items"]) == (200, [])


WRONG_CHANGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("lists", {"list_id": "大写", "name": "清单", "basis": BASIS}, "list_id", "小写字母"),
    ("lists", {"list_id": "a\n", "name": "清单", "basis": BASIS}, "list_id", "小写字母"),
    ("lists", {"list_id": "a", "name": "", "basis": BASIS}, "name", "名称：不能只有空格"),
    ("lists", {"list_id": "a", "name": "清单", "basis": ZERO_WIDTH}, "basis", "依据：含有不可见字符"),
    ("lists", {"list_id": "a", "name": "清单"}, "basis", "依据：必填"),
    ("lists/once/entries", {"item_codes": "02", "basis": BASIS}, "item_codes", "事项编码：应当是列表"),
    ("lists/once/entries", {"item_codes": [], "basis": BASIS}, "item_codes", "长度"),
    ("lists/once/entries", {"item_codes": [2], "basis": BASIS}, "item_codes.0", "事项编码第 1 项：应当是文字"),
    ("lists/once/entries", {"item_codes": ["02", "02"], "basis": BASIS}, "item_codes.1", "重复"),
    ("lists/once/entries", {"item_codes": ["99"], "basis": BASIS}, "item_codes.0", "没有事项 99"),
    (
        "lists/once/entries",
        {"item_codes": ["02"], "valid_from": "1月", "basis": BASIS},
        "valid_from",
        "列入日期：应当是日期",
    ),
    ("lists/once/entries/1/end", {"valid_until": 20260101, "basis": BASIS}, "valid_until", "截止日期：应当是日期"),
    ("items/02/cancel", {"basis": BASIS}, "cancelled_from", "取消日期：必填"),
    ("items/02/cancel", {"cancelled_from": "2026-13-01", "basis": BASIS}, "cancelled_from", "日期"),
    ("items/02/restore", {"basis": "依" * 1001}, "basis", "不能超过 1000"),
]


def test_every_wrong_change_of_the_catalogue_is_refused_and_named(client: FlaskClient) -> None:
    headers = bearer(client, "catalog1")
    found = {}
    for number, (path, body, field, word) in enumerate(WRONG_CHANGES):
        answer = client.post(f"/api/v1/catalog/{path}", json=body, headers=headers)
        found[number, path, field] = faults(answer, 422, field, word)
    none_of(found)


def test_wrong_credentials_and_facts_are_refused_and_named(client: FlaskClient) -> None:
    token = "/api/v1/auth/token"
    facts = {"process": "on-site", "events": [{"type": "accepted", "at": "2026-09-01"}]}
    found = {
        "nobody": faults(client.post(token, json={}), 422, "username", "用户名：必填"),
        "number": faults(client.post(token, json={"username": 1, "password": "x"}), 422, "username", "文字"),
        "long": faults(client.post(token, json={"username": "x" * 65, "password": "x"}), 422, "username", "1 到 64"),
        "wrong": faults(client.post(token, json={"username": "x", "password": "x"}), 401, "", "不正确"),
        "process": faults(client.post("/api/v1/clock/explain", json=facts | {"process": 1}), 422, "process", ""),
        "moment": faults(
            client.post("/api/v1/clock/explain", json=facts | {"as_of": "soon"}), 422, "as_of", ""
        ),
    }  # fmt: skip
    none_of(found)


def test_everything_that_is_wrong_with_an_application_is_told_at_once(client: FlaskClient) -> None:
    applicant = APPLICANT | {"id_no": USCC[:-1] + "E", "phone": "x", "vip": 1}
    form = FORM | {
        "business_mode": "走私",
        "scope_items": ["甲醇", "甲醇"],
        "contains_toxic": "是",
        "principal_name": f"张{ZERO_WIDTH}三",
        "safety_staff_count": -1,
        "storage_capacity": 1e30,
        "storage_project": "新建",
        "acceptance_on": "2199-01-01",
        "colour": "red",
    }
    del form["premises_address"]
    refused = new_case(client, applicant=applicant, form=form)
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json["errors"]} == {
        "applicant.id_no",
        "applicant.phone",
        "applicant.vip",
        "form.business_mode",
        "form.scope_items",
        "form.contains_toxic",
        "form.principal_name",
        "form.safety_staff_count",
        "form.storage_capacity",
        "form.acceptance_on",
        "form.premises_address",
        "form.colour",
    }
    messages = {error["field"]: error["message"] for error in refused.json["errors"]}
    assert messages["form.acceptance_on"] == "安全设施竣工验收日期：不能晚于今天，请核对。"
    assert messages["applicant.id_no"] == "证件号码：校验位不正确，请核对每一位。"
    assert new_case(client).status_code == 201  # the sound one still passes


def test_the_list_of_wrong_inputs_is_long() -> None:
    tables = (WRONG_FORM, WRONG_APPLICANT, WRONG_BODIES, WRONG_ACTS, WRONG_QUERIES, WRONG_CHANGES)
    assert sum(map(len, tables)) >= 60
