"""The year counted from records, as pages: the draft of the report, every number with its query, records and proof, the files."""

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from api.v1.common import office
from api.v1.statistics import COLUMNS, csv_lines, records_of
from api.web.who import need_post
from workflow.casework.now import now
from workflow.oversight.annual import SumsDiffer, is_figure, overview, proof, report
from workflow.oversight.narrative import narrative
from workflow.oversight.numbers import Number, source_of
from workflow.oversight.report_files import FORMATS, written
from workflow.oversight.timeliness import names_of
from workflow.store.connect import reading

blp = Blueprint("year", __name__, url_prefix="/supervision/annual")
WATCHERS = ("supervisor", "auditor")
FIRST_YEAR, LAST_YEAR = 1990, 2200
TYPES = {
    "json": "application/json",
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def year_asked() -> int:
    """Return the year asked for: this one, if nothing sound was said."""
    said = request.args.get("year", type=int)
    return said if said is not None and FIRST_YEAR <= said <= LAST_YEAR else now().year


@blp.get("")
def show() -> Response:
    """Show the year: the draft in sentences, permits by item and month, every number."""
    need_post(*WATCHERS)
    year = year_asked()
    told = overview(office().engine, year, today=now().date())
    months = next(number["by_month"] for number in told["numbers"] if number["query"] == "permits")
    labels = [f"{month}月" for month in range(1, 13)]
    return make_response(
        render_template(
            "supervision/annual.html",
            told=told,
            year=year,
            sentences=narrative(told),
            formats=FORMATS,
            months=months,
            chart={"labels": labels, "series": [{"name": str(year), "values": months}]},
        )
    )


@blp.get("/number")
def number() -> Response:
    """Show one number item by item: its rule, its query, how many records, the digest over their chain heads."""
    need_post(*WATCHERS)
    year, query = year_asked(), request.args.get("query", "")
    figure = is_figure(query)
    source = source_of(query, figure)
    if source is None:
        abort(404)
    numbers = proof(office().engine, year, query, today=now().date())
    return make_response(
        render_template(
            "supervision/number.html",
            year=year,
            figure=figure,
            source=source.strip(),
            total=numbers[-1],
            numbers=numbers[:-1],
            titles=_titles(numbers) if figure else {},
        )
    )


def _titles(numbers: list[Number]) -> dict[str, str]:
    with reading(office().engine) as connection:
        return names_of(connection, "item", [one.key for one in numbers])


@blp.get("/records")
def records() -> Response:
    """Send the records behind a number as CSV, in the order in which its digest goes."""
    need_post(*WATCHERS)
    year, query, key = year_asked(), request.args.get("query", ""), request.args.get("key") or None
    found = records_of(year, query, key)
    if found is None:
        abort(404)
    response = Response(csv_lines([COLUMNS, *found]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{query}-{year}.csv"'
    return response


@blp.get("/report.<form>")
def file(form: str) -> Response:
    """Send the report with the proof of every number. The same data give the same bytes."""
    need_post(*WATCHERS)
    if form not in TYPES:
        abort(404)
    year = year_asked()
    try:
        content = written(report(office().engine, year, today=now().date()), form)
    except SumsDiffer as error:
        back = url_for("year.show", year=year)
        return make_response(render_template("supervision/differ.html", why=str(error), back=back), 409)
    response = Response(content, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="annual-{year}.{form}"'
    return response
