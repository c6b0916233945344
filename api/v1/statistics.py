"""The year's count and the records behind it; open data of processing times."""

import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.problems import Problem
from api.v1.common import Strict, StrictBlueprint, office
from api.v1.supervision import catch_up, overseer
from workflow.casework.now import now
from workflow.oversight.annual import annual, is_figure
from workflow.oversight.numbers import records, source_of
from workflow.oversight.processing_times import processing_times
from workflow.spreadsheet import Rows
from workflow.store.connect import reading

COLUMNS = ("key", "month", "record", "head", "n")
blp = StrictBlueprint("statistics", __name__, description="统计")


class YearQuery(Strict):
    year = fields.Integer(required=True, validate=validate.Range(1990, 2200))


class RecordsQuery(YearQuery):
    query = fields.String(required=True, validate=validate.Length(1, 60))
    key = fields.String(load_default=None, validate=validate.Length(0, 400))


class TimesQuery(Strict):
    year = fields.Integer(load_default=None, validate=validate.Range(1990, 2200))
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "csv"]))


@blp.route("/statistics/annual")
class Annual(MethodView):
    @blp.arguments(YearQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有统计权限")
    def get(self, query: dict[str, int]) -> Response:
        """一年的发证数、办件数和时限执行情况；每一数字的记录可以下载"""
        catch_up()
        return jsonify(annual(office().engine, query["year"], today=now().date()))


def records_of(year: int, query: str, key: str | None) -> list[tuple[Any, ...]] | None:
    """Return the records behind a number: key, month, record, head, n. None if there is no such query."""
    rows = source_of(query, is_figure(query))
    if rows is None:
        return None
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1), "as_of": min(now().date(), date(year, 12, 31))}
    with reading(office().engine) as connection:
        return [tuple(row) for row in records(connection, rows, given, key)]


@blp.route("/statistics/annual/records")
class Records(MethodView):
    @blp.arguments(RecordsQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有监察岗位")
    @blp.alt_response(404, description="没有这个查询")
    def get(self, query: dict[str, Any]) -> Response:
        """一个数字由哪些记录构成（CSV）：事项或类别、月份、记录、链首、计数"""
        overseer()
        catch_up()
        found = records_of(query["year"], query["query"], query["key"] or None)
        if found is None:
            raise Problem(404, "NOT_FOUND", "没有这个查询，请使用报告中写明的 query。")
        name = f"attachment; filename={query['query']}-{query['year']}.csv"
        return Response(csv_lines([COLUMNS, *found]), mimetype="text/csv", headers={"Content-Disposition": name})


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield a CSV line by line."""
    out = io.StringIO()
    table = Rows(out, newline="\n")
    for row in rows:
        table.write(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


@blp.route("/public/processing-times")
class ProcessingTimes(MethodView):
    @blp.arguments(TimesQuery, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """各事项的实际办理时间（开放数据，无需登录）：件数、中位数、九十分位数，单位工作日"""
        year = query["year"] or now().year
        found = processing_times(office().engine, year)
        if query["format"] == "json":
            return jsonify(found)
        columns = ("item_code", "name", "decided", "median_working_days", "p90_working_days", "within_promise")
        rows = [columns, *(tuple(item[column] for column in columns) for item in found["items"])]
        name = f"attachment; filename=processing-times-{year}.csv"
        return Response(csv_lines(rows), mimetype="text/csv", headers={"Content-Disposition": name})
