"""The catalogue over HTTP: search over manuals and imported items, lists, closing an item, the change log."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.cli.catalog_items import item_row
from service_catalog.importing import read_listing
from tests.api.test_api import bearer, new_case
from tests.builders import at
from tests.service_catalog.national_rows import USCC, a_row, csv_file, rows
from tests.story.test_item_02 import FORM
from workflow.casework.catalogue import Author, import_items

BASIS = "津政务〔2026〕1号"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


@pytest.fixture
def office(app: Flask) -> Any:
    """The application's office."""
    return app.extensions["banjian.office"]


def imported(office: Any, folder: Path, given: list[dict[str, str]]) -> list[str]:
    """Import these rows; return their codes."""
    found = [item_row(row) for row in read_listing(csv_file(folder, given)).rows]
    author = Author("catalog1", "事项管理员甲", at("2026-09-01T10:00:00"), BASIS)
    import_items(office, found, author, handed_down=frozenset(), dry_run=False)
    return [row.code for row in found]


def codes(client: FlaskClient, query: str) -> list[str]:
    return [item["item_code"] for item in client.get(f"/api/v1/catalog/items?{query}").json["items"]]


def listed_codes(client: FlaskClient, query: str) -> list[str]:
    """Return the codes of items of the national list alone, without those that have a manual."""
    found = client.get(f"/api/v1/catalog/items?{query}&limit=100").json["items"]
    return [item["item_code"] for item in found if not item["has_manual"]]


def change(client: FlaskClient, path: str, who: str = "catalog1", key: str | None = None, **body: Any) -> Any:
    headers = bearer(client, who) | ({"Idempotency-Key": key} if key else {})
    return client.post(f"/api/v1/catalog/{path}", json=body, headers=headers)


def agreed(client: FlaskClient, path: str, **body: Any) -> Any:
    """Return what came of a change that one administrator proposes and another confirms."""
    proposal = change(client, path, **body)
    assert proposal.status_code == 202, proposal.json
    path = f"/api/v1/proposals/{proposal.json['id']}/confirm"
    answer = client.post(path, json={}, headers=bearer(client, "catalog2"))
    assert answer.status_code == 200 and answer.json["status"] == "confirmed", answer.json
    return answer.json["answered"]["result"]


def test_imported_items_are_found_at_once_beside_the_manuals(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    assert listed_codes(client, "q=食品经营") == []
    imported(office, tmp_path, rows(787))
    everything = client.get("/api/v1/catalog/items?q=食品经营许可证&limit=100").json["items"]
    found = [item for item in everything if not item["has_manual"]]
    assert found and all("食品经营许可证" in item["name"] for item in found)
    assert not found[0]["has_manual"] and found[0]["process"] is None and found[0]["status"] == "in-force"
    assert "02" in codes(client, "q=危险化学品")


@pytest.mark.parametrize(
    "query",
    [
        "q=特种设备",
        "q=tzsb",
        "q=示例交通运输局 特种",
        f"q={USCC}4000100000007",
        "q=ｔｚｓｂ",
        "department=交通运输&q=特种设备",
        "kind=licence&q=特种设备",
        "applicant=organisation&q=特种设备",
        "applicant=企业&q=特种设备",
        "attribute=网上办&q=特种设备",
    ],
)
def test_an_imported_item_is_found_by_what_is_known_of_it(
    client: FlaskClient, office: Any, tmp_path: Path, query: str
) -> None:
    wanted = a_row(7, TASK_NAME="特种设备使用登记", DEPT_NAME="示例交通运输局")
    code = imported(office, tmp_path, [wanted, *rows(6)])[0]
    assert listed_codes(client, query) == [code]


@pytest.mark.parametrize(
    "query", ["process=instant", "applicant=person", "attribute=自助办", "kind=levy", "list=once", "status=cancelled"]
)
def test_a_filter_that_does_not_fit_finds_nothing(client: FlaskClient, office: Any, tmp_path: Path, query: str) -> None:
    imported(office, tmp_path, rows(3))
    assert listed_codes(client, query) == []


def test_pages_follow_one_another_without_gap_or_double(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    imported(office, tmp_path, rows(250))
    for query in ("", "q=许可", "department=示例&kind=licence"):
        seen: list[str] = []
        page = client.get(f"/api/v1/catalog/items?limit=33&{query}").json
        while page["next"]:
            seen += [item["item_code"] for item in page["items"]]
            page = client.get(f"/api/v1/catalog/items?limit=33&{query}&cursor={page['next']}").json
        seen += [item["item_code"] for item in page["items"]]
        assert len(seen) == len(set(seen)) > 33
    assert len(seen) == 125


def test_the_best_name_comes_first(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    given = [
        a_row(1, TASK_NAME="出版物零售备案", RESULT_NAME="食品许可"),
        a_row(2, TASK_NAME="变更食品许可"),
        a_row(3, TASK_NAME="食品许可证核发"),
        a_row(4, TASK_NAME="食品许可"),
    ]
    first, second, third, fourth = imported(office, tmp_path, given)
    assert codes(client, "q=食品许可") == [fourth, third, second, first]


def test_an_item_without_a_manual_has_a_guide_of_what_is_known(
    client: FlaskClient, office: Any, tmp_path: Path
) -> None:
    code = imported(office, tmp_path, [a_row(1, CONSULT_PHONE="022-12345678")])[0]
    told = client.get(f"/api/v1/catalog/items/{code}").json
    guide = told["guide"]
    assert told["form_schema"] is None and told["has_manual"] is False
    assert [(limit["id"], limit["text"]) for limit in guide["limits"]] == [
        ("decision", "20个工作日"), ("promised", "7个工作日")
    ]  # fmt: skip
    assert guide["fee"] == "不收费" and guide["who_may_apply"] == ["企业", "其他组织"]
    assert {"name": "咨询电话号码", "text": "022-12345678"} in guide["apply_at"]
    page = client.get(f"/items/{code}")
    assert page.status_code == 200 and "不能在本系统申请" in page.text and "022-12345678" in page.text


def test_nobody_can_apply_for_an_item_without_a_manual(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    code = imported(office, tmp_path, [a_row(1, TASK_HANDLE_ITEM="1" * 50)])[0]
    refused = new_case(client, item_code=code)
    assert (refused.status_code, refused.json["code"]) == (422, "ITEM_HAS_NO_MANUAL")
    assert "示例交通运输局" in refused.json["detail"] and refused.json["errors"][0]["field"] == "item_code"


def test_a_row_that_names_a_manual_is_one_item_with_it(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    national = imported(office, tmp_path, [a_row(1, LOCAL_TASK_CODE="02", TASK_NAME="危化品经营")])[0]
    assert codes(client, f"q={national}") == codes(client, "q=危化品经营") == ["02"]
    told = client.get(f"/api/v1/catalog/items/{national}").json
    assert (told["item_code"], told["task_code"], told["has_manual"]) == ("02", national, True)
    opened = new_case(client, item_code=national)
    assert opened.status_code == 201 and opened.json["item_code"] == "02"


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"TASK_STATE": "3"}, "ITEM_CANCELLED", "cancelled"),
        ({"PLAN_CANCEL_DATE": "20240201"}, "ITEM_CANCELLED", "cancelled"),
        ({"TASK_STATE": "2"}, "ITEM_SUSPENDED", "suspended"),
    ],
)
def test_what_the_national_list_closes_is_closed_here(
    client: FlaskClient, office: Any, tmp_path: Path, changes: dict[str, str], code: str, status: str
) -> None:
    imported(office, tmp_path, [a_row(1, LOCAL_TASK_CODE="02", **changes)])
    refused = new_case(client)
    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert "02" not in codes(client, "q=危险化学品") and codes(client, f"status={status}") == ["02"]
    assert client.get("/api/v1/catalog/items/02").json["status"] == status


def test_a_cancelled_item_takes_no_new_case_and_lets_open_ones_finish(client: FlaskClient) -> None:
    draft = new_case(client, submit=False).json
    case = new_case(client).json
    agreed(client, "items/02/cancel", cancelled_from="2020-01-01", basis=BASIS)
    refused = new_case(client)
    assert (refused.status_code, refused.json["code"]) == (422, "ITEM_CANCELLED")
    owner = bearer(client, "applicant1")
    late = client.post(f"/api/v1/cases/{draft['case_no']}/actions/submit", json={}, headers=owner | {"If-Match": '"1"'})
    assert (late.status_code, late.json["code"]) == (422, "ITEM_CANCELLED")
    path = f"/api/v1/cases/{case['case_no']}"
    clerk = bearer(client, "clerk1")
    listed = client.get(f"{path}/materials", headers=clerk).json["items"]
    missing = [{"material": m["name"], "what": "缺"} for m in listed if m["required"] and m["supply"] == "applicant"]
    asked = client.post(
        f"{path}/actions/ask-corrections",
        json={"data": {"missing": missing}},
        headers=clerk | {"If-Match": f'"{case["version"]}"'},
    )
    assert asked.status_code == 200, asked.json
    amended = client.put(
        f"{path}/form",
        json={"form": FORM | {"principal_name": "李四"}},
        headers=owner | {"If-Match": f'"{asked.json["version"]}"'},
    )
    assert amended.status_code == 200, amended.json
    page = client.get("/items/02")
    assert page.status_code == 200 and "不再受理新的申请" in page.text
    agreed(client, "items/02/restore", basis=BASIS)
    assert new_case(client).status_code == 201


def test_lists_are_public_and_their_authors_are_not(client: FlaskClient) -> None:
    made = change(client, "lists", list_id="tolerance", name="容缺受理事项清单", basis=BASIS)
    assert made.status_code == 201 and made.headers["Location"] == "/api/v1/catalog/lists/tolerance"
    wanted = {"item_codes": ["01", "02"], "valid_from": "2026-01-01", "basis": BASIS}
    assert change(client, "lists/tolerance/entries", **wanted).status_code == 202
    assert codes(client, "list=tolerance") == [], "a proposal changes nothing"
    put = agreed(client, "lists/tolerance/entries", **wanted)["entries"]
    assert [one["item_code"] for one in put] == ["01", "02"]
    assert codes(client, "list=tolerance") == ["01", "02"]
    entry = put[1]["entry_id"]
    ended = agreed(client, f"lists/tolerance/entries/{entry}/end", valid_until="2026-01-31", basis=BASIS)
    assert ended["valid_until"] == "2026-01-31"
    assert codes(client, "list=tolerance") == ["01"]
    seen = client.get("/api/v1/catalog/lists/tolerance").json
    assert (seen["name"], seen["open_entries"], len(seen["items"])) == ("容缺受理事项清单", 1, 2)
    assert "added_by" not in seen["items"][0] and seen["items"][0]["basis"] == BASIS
    told = client.get("/api/v1/catalog/lists/tolerance?on=2026-02-01", headers=bearer(client, "clerk1")).json
    assert [(one["item_code"], one["added_by"]) for one in told["items"]] == [("01", "catalog1")]
    assert "tolerance" in [one["list_id"] for one in client.get("/api/v1/catalog/lists").json["items"]]


def test_every_change_is_in_the_log_newest_first(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    imported(office, tmp_path, rows(2))
    agreed(client, "lists/once/entries", item_codes=["02"], basis=BASIS)
    agreed(client, "items/02/cancel", cancelled_from="2030-01-01", basis=BASIS)
    log = client.get("/api/v1/catalog/changes", headers=bearer(client, "auditor1")).json["items"]
    assert [one["kind"] for one in log] == ["item-cancelled", "entry-added", "item-added", "item-added", "import"]
    assert all(one["by"]["id"] == "catalog1" and one["basis"] == BASIS for one in log)
    public = client.get("/api/v1/catalog/changes?item_code=02&limit=1").json
    assert [one["kind"] for one in public["items"]] == ["item-cancelled"] and "by" not in public["items"][0]
    rest = client.get(f"/api/v1/catalog/changes?item_code=02&cursor={public['next']}").json
    assert [one["kind"] for one in rest["items"]] == ["entry-added"]


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("lists", {"list_id": "x", "name": "清单", "basis": BASIS}),
    ("lists/once/entries", {"item_codes": ["02"], "basis": BASIS}),
    ("lists/once/entries/1/end", {"valid_until": "2026-01-01", "basis": BASIS}),
    ("items/02/cancel", {"cancelled_from": "2026-01-01", "basis": BASIS}),
    ("items/02/restore", {"basis": BASIS}),
]


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_only_the_catalogues_administrators_change_it(client: FlaskClient, path: str, body: dict[str, Any]) -> None:
    assert client.post(f"/api/v1/catalog/{path}", json=body).status_code == 401
    for who in ("applicant1", "clerk1", "approver1", "sysadmin1", "auditor1"):
        refused = change(client, path, who, **body)
        assert (refused.status_code, refused.json["code"]) == (403, "WRONG_POST")
    assert client.get("/api/v1/catalog/changes").json["items"] == []


def test_a_write_with_the_same_key_is_done_once(client: FlaskClient) -> None:
    first = change(client, "lists/once/entries", key="k", item_codes=["02"], basis=BASIS)
    again = change(client, "lists/once/entries", key="k", item_codes=["02"], basis=BASIS)
    assert first.status_code == again.status_code == 202 and first.json == again.json
    other = change(client, "lists/once/entries", key="k", item_codes=["01"], basis=BASIS)
    assert (other.status_code, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("lists/nothing/entries", {"item_codes": ["02"], "basis": BASIS}, 404, "没有找到"),
        ("lists/once/entries/99/end", {"valid_until": "2026-01-01", "basis": BASIS}, 404, "没有找到"),
        ("lists/once/entries/99999999999999999999/end", {"valid_until": "2026-01-01", "basis": BASIS}, 404, "没有找到"),
        ("items/nothing/cancel", {"cancelled_from": "2026-01-01", "basis": BASIS}, 404, "没有这个事项"),
        ("items/02/restore", {"basis": BASIS}, 409, "没有被取消"),
        ("lists", {"list_id": "once", "name": "别的", "basis": BASIS}, 409, "已有"),
    ],
)
def test_what_is_not_there_or_already_so_is_told(
    client: FlaskClient, path: str, body: dict[str, Any], status: int, word: str
) -> None:
    refused = change(client, path, **body)
    assert refused.status_code == status and word in refused.json["detail"]


def test_every_unknown_code_of_an_entry_is_named_and_none_is_put(client: FlaskClient) -> None:
    refused = change(client, "lists/once/entries", item_codes=["02", "99", "98", "02"], basis=BASIS)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["item_codes.1", "item_codes.2", "item_codes.3"]
    assert client.get("/api/v1/catalog/lists/once").json["items"] == []


def test_the_page_shows_thousands_of_items_a_page_at_a_time(client: FlaskClient, office: Any, tmp_path: Path) -> None:
    imported(office, tmp_path, rows(120))
    page = client.get("/")
    assert page.status_code == 200 and page.text.count("card slim") == 30 and "下一页" in page.text
    more = page.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(more).text.count("card slim") == 30
    found = client.get("/?q=特种设备")
    assert "特种设备" in found.text and found.text.count("card slim") == 16  # 15 of the list, and the manual of 18
    assert client.get("/?cursor=x").status_code == 422


def test_without_a_database_the_guides_can_still_be_read(client: FlaskClient, app: Flask) -> None:
    app.extensions["banjian.catalogue"]._office = type(app.extensions["banjian.office"]).connect(
        "postgresql://nobody@127.0.0.1:1/none"
    )
    assert "02" in codes(client, "q=危险化学品")
    assert client.get("/items/02").status_code == 200


def test_the_document_says_which_calls_need_a_login(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    secured = {
        f"{method} {path.removeprefix('/api/v1/catalog')}"
        for path, calls in paths.items()
        if path.startswith("/api/v1/catalog/")
        for method, call in calls.items()
        if isinstance(call, dict) and call.get("security")
    }
    assert secured == {
        "post /lists",
        "post /lists/{list_id}/entries",
        "post /lists/{list_id}/entries/{entry_id}/end",
        "post /items/{item_code}/cancel",
        "post /items/{item_code}/restore",
    }
