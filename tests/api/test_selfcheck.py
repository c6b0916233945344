"""The self-check over HTTP: public, strict, names the question."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.test_catalogue import imported
from tests.service_catalog.national_rows import a_row

PATH = "/api/v1/catalog/items/02/selfcheck"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def test_questions_are_given_and_answers_lead_to_materials_and_limits(client: FlaskClient) -> None:
    asked = client.get(PATH).json
    assert [one["key"] for one in asked["questions"] if one["key"].startswith("storage")] == ["storage_project"]
    body = {"answers": {"storage_project": "新建", "major_hazard_level": "不构成"}, "applicant_type": "企业"}
    told = client.post(PATH, json=body).json
    assert (told["outcome"], told["process"]) == ("fits", "on-site")
    codes = {one["code"]: one["required"] for one in told["materials"]}
    assert codes["m08"] == "yes" and "m09" not in codes
    assert {one["id"] for one in told["limits"]} >= {"decision", "promised"}


def test_a_situation_sends_elsewhere(client: FlaskClient) -> None:
    situation = next(one["id"] for one in client.get(PATH).json["situations"] if one["to"] == "01")
    told = client.post(PATH, json={"situations": [situation]}).json
    assert (told["outcome"], told["reasons"][0]["to"]) == ("other-item", "01")


def test_words_and_answers_find_the_item_that_is_meant(client: FlaskClient) -> None:
    path = "/api/v1/catalog/selfcheck"
    open_yet = client.post(path, json={"q": "危险化学品经营"}).json
    assert open_yet["best"] is None and open_yet["ask"][0]["key"] == "no_storage_commitment"
    for answer, best in ((True, "01"), (False, "02")):
        told = client.post(path, json={"q": "危险化学品经营", "answers": {"no_storage_commitment": answer}}).json
        assert told["best"] == best and told["ask"] == []
    assert client.post(path, json={"q": "没有这样的事项"}).json["items"] == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"answers": {"storage_project": "拆除", "x": 1}}, ["answers.x", "answers.storage_project"]),
        ({"answers": []}, ["answers"]),
        ({"applicant_type": "机器人"}, ["applicant_type"]),
        ({"situations": ["s8", "s99"]}, ["situations.1"]),
        ({"situations": "s8"}, ["situations"]),
        ({"colour": "red"}, ["colour"]),
        ({"answers": {"contains_toxic": "true", "major_hazard_level": 9}, "situations": ["x"]},
         ["answers.contains_toxic", "answers.major_hazard_level", "situations.0"]),
    ],
)  # fmt: skip
def test_wrong_answers_are_422_and_every_one_is_named(
    client: FlaskClient, body: dict[str, Any], fields: list[str]
) -> None:
    refused = client.post(PATH, json=body)
    assert refused.status_code == 422 and [error["field"] for error in refused.json["errors"]] == fields
    across = client.post("/api/v1/catalog/selfcheck", json={"q": "带储存设施", **body})
    assert across.status_code == 422


def test_an_item_without_a_manual_has_no_questions(client: FlaskClient, app: Flask, tmp_path: Path) -> None:
    code = imported(app.extensions["banjian.office"], tmp_path, [a_row(1, TASK_NAME="食品经营登记")])[0]
    refused = client.get(f"/api/v1/catalog/items/{code}/selfcheck")
    assert (refused.status_code, refused.json["code"]) == (422, "ITEM_HAS_NO_MANUAL")
    assert client.get("/api/v1/catalog/items/nothing/selfcheck").status_code == 404
    found = client.post("/api/v1/catalog/selfcheck", json={"q": "食品经营登记"}).json
    assert [one["item_code"] for one in found["without_manual"]] == [code]
