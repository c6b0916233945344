"""banjian catalog import, banjian catalog export: the national list in and out, all of it or nothing."""

import getpass
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from service_catalog.importing import WRITERS, Listing, digest_of, read_listing, write_listing
from service_catalog.national import Remark, Row
from service_catalog.search import initials_of
from service_catalog.tables import TableRefused
from workflow.casework.catalogue import Author, Imported, ItemRow, all_columns, import_items
from workflow.casework.now import now

ERRORS_SHOWN, WARNINGS_SHOWN = 200, 20
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check everything and say what would change; write nothing.")
@click.option("--ignore-unknown", is_flag=True, help="Pass over columns that are not in the national list.")
@click.option("--by", default=None, help="Who imports, for the change log; the system's user if left out.")
@click.option("--basis", default=None, help="On which basis, for the change log; the file's name if left out.")
@DATA
def import_file(file: Path, dry_run: bool, ignore_unknown: bool, by: str | None, basis: str | None, data: Path) -> None:
    """Import service items in the national 实施清单 columns from a CSV (UTF-8, GB18030) or XLSX FILE."""
    listing = _read(file, ignore_unknown)
    _tell("警告", listing.warnings, WARNINGS_SHOWN)
    if listing.errors:
        _tell("错误", listing.errors, ERRORS_SHOWN)
        click.echo(f"banjian: {file.name}: {len(listing.errors)} 处错误，没有导入任何事项。", err=True)
        sys.exit(1)
    who = (by or f"cli:{getpass.getuser()}")[:100]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    author = Author(who, who, now(), (basis or f"导入 {file.name}（SHA-256 {digest}…）")[:1000])
    with open_office(data) as office:
        done = import_items(
            office, [item_row(row) for row in listing.rows], author, handed_down=listing.handed_down, dry_run=dry_run
        )
    click.echo(_summary(done, listing))


@click.command("export")
@click.argument("file", type=FILE)
@DATA
def export_file(file: Path, data: Path) -> None:
    """Write every item of the national list to FILE (.csv or .xlsx), in the columns it was imported in."""
    if file.suffix.lower() not in WRITERS:
        click.echo("banjian: 文件名应当以 .csv 或者 .xlsx 结尾。", err=True)
        sys.exit(2)
    with open_office(data) as office:
        columns = all_columns(office)
    try:
        write_listing(file, columns)
    except OSError as error:
        click.echo(f"banjian: {file}: {error.strerror}", err=True)
        sys.exit(1)
    click.echo(f"已导出 {len(columns)} 个事项：{file}")


def item_row(row: Row) -> ItemRow:
    """Return what is stored of a sound row."""
    item = row.item
    return ItemRow(
        code=item.code,
        name=item.name,
        initials=initials_of(item.name),
        department=item.department,
        kind=item.kind,
        process=item.process,
        project_type=item.project_type,
        attributes=item.attributes,
        applicant_types=item.applicant_types,
        catalog_code=item.catalog_code,
        task_code=item.task_code,
        local_code=item.local_code,
        result=item.result,
        state=item.state,
        effective_from=item.effective_from,
        cancelled_from=item.cancelled_from,
        digest=digest_of(row),
        body=row.columns,
    )


def _read(file: Path, ignore_unknown: bool) -> Listing:
    try:
        return read_listing(file, ignore_unknown=ignore_unknown)
    except TableRefused as error:
        click.echo(f"banjian: {file.name}: {error}", err=True)
    except OSError as error:
        click.echo(f"banjian: {file}: {error.strerror}", err=True)
        sys.exit(2)
    sys.exit(1)


def _tell(word: str, remarks: Sequence[Remark], most: int) -> None:
    for remark in remarks[:most]:
        click.echo(str(remark))
    if len(remarks) > most:
        click.echo(f"……另有 {len(remarks) - most} 处{word}。")


def _summary(done: Imported, listing: Listing) -> str:
    absent = f"文件中没有的 {done.absent} 个事项保持不变。" if done.absent else ""
    verb = "试运行，没有写入：将" if done.is_dry_run else "已导入："
    return (
        f"{verb}新增 {len(done.added)}，变更 {len(done.adjusted)}，不变 {done.unchanged}，"
        f"共 {listing.count} 个事项，提醒 {len(listing.warnings)} 处。{absent}"
    )
