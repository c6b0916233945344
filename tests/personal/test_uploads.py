"""Uploads: told by content, bounded before anybody opens them, scanned before anybody gets them, kept where configured."""

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image

from tests.infrastructure.desk import Desk
from tests.personal.fakes import VIRUS, FakeBucket, FakeClamd, running
from tests.story.telling import form_of
from workflow.casework import uploads
from workflow.casework.scanner import CannotScan, Clamd, configured
from workflow.casework.storage import Folder, StoreUnavailable, storage_of
from workflow.casework.uploads import Unwanted, media_type_of
from workflow.environment import ConfigError

USCC = "11120000MB1571593F"


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    """Return a small picture."""
    made = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", size).save(made, kind)
    return made.getvalue()


def archive(names: dict[str, bytes], **more: Any) -> bytes:
    """Return an archive of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **more) as zipped:
        for name, content in names.items():
            zipped.writestr(name, content)
    return made.getvalue()


def pdf(pages: int = 1, **more: Any) -> bytes:
    """Return a PDF of empty pages."""
    writer, made = pypdf.PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(72, 72)
    writer.write(made)
    return made.getvalue()


def bomb() -> bytes:
    """Return a small PDF whose only page becomes 300 MB."""
    packed = zlib.compress(zlib.compress(b" " * 300_000_000, 9), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>> stream\n%b\nendstream" % (len(packed), packed),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj %b endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer <</Root 1 0 R/Size 5>>\nstartxref\n"
    return body + b"%d\n%%%%EOF\n" % start


DOCX = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}
XLSX = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("营业执照.PDF", pdf(), "application/pdf"),
        ("a.pdf", b"%PDF-1.4 cut off", "application/pdf"),
        ("a.png", picture(), "image/png"),
        ("照片.jpeg", picture("JPEG"), "image/jpeg"),
        ("a.docx", archive(DOCX), uploads.OFFICE_TYPES["docx"][1]),
        ("a.xlsx", archive(XLSX), uploads.OFFICE_TYPES["xlsx"][1]),
        ("a.ofd", archive({"OFD.xml": b"<x/>"}), "application/ofd"),
        ("a.zip", archive({"说明.txt": b"x"}), "application/zip"),
    ],
)
def test_a_file_is_what_its_content_is(name: str, content: bytes, media_type: str) -> None:
    stream = io.BytesIO(content)
    assert media_type_of(stream, name) == media_type and stream.tell() == 0


def locked() -> bytes:
    """Return an archive whose directory says that it is locked."""
    plain = bytearray(archive({"a.txt": b"x"}))
    plain[plain.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(plain)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.pdf", b"MZ\x90\x00" + bytes(60), "像是 EXE"),
        ("a.gif", b"GIF89a/*" + bytes(60), "只接受"),
        ("a.pdf", picture(), "像是 PNG"),
        ("a.png", pdf(), "像是 PDF"),
        ("a.docx", archive(XLSX), "像是 XLSX"),
        ("a.ofd", archive(DOCX), "像是 DOCX"),
        ("a.pdf", b"%PDF-1.4\n<html><script>alert(1)</script>", "网页或者脚本"),
        ("a.png", picture() + archive({"a.js": b"x"}), "压缩包"),
        ("a.pdf", pdf() + archive({"a.txt": b"x"}), "压缩包"),
        ("a.pdf", b"%PDF-1.4 <</S/JavaScript/JS(app.alert(1))>>", "可执行"),
        ("a.pdf", b"%PDF-1.4 <</S/Launch/F(cmd.exe)>>", "可执行"),
        ("a.jpg", b"\xff\xd8\xff" + bytes(60), "损坏"),
        ("a.png", picture(size=(11_000, 10_000)), "百万像素"),
        ("a.docx", b"PK\x03\x04" + bytes(60), "损坏"),
        ("a.docx", archive({**DOCX, "word/vbaProject.bin": b"x"}), "宏"),
        ("a.zip", archive({"../../etc/passwd": b"x"}), "越出"),
        ("a.zip", archive({"run.exe": b"x"}), "程序"),
        ("a.zip", archive({"zeros": bytes(30_000_000)}), "压缩比例"),
        ("a.zip", archive({f"{n}": b"" for n in range(uploads.ENTRIES_MAX + 1)}), "过多"),
        ("a.zip", locked(), "密码"),
        ("a.pdf", bomb(), "展开后过大"),
    ],
)
def test_what_is_not_what_it_says_or_would_burst_is_not_kept(name: str, content: bytes, word: str) -> None:
    with pytest.raises(Unwanted, match=word):
        media_type_of(io.BytesIO(content), name)


def test_a_pdf_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PDF_SECONDS", 0.001)
    with pytest.raises(Unwanted, match="过于复杂"):
        media_type_of(io.BytesIO(pdf()), "a.pdf")


def drafted(desk: Desk) -> str:
    """Return the number of a draft of item 02."""
    body = {
        "item_code": "02",
        "applicant": {"kind": "organisation", "name": "示例公司", "id_no": USCC},
        "form": form_of("02"),
    }
    return str(desk.call("POST", "/api/v1/cases", "applicant1", body)[1]["case_no"])


def sent(desk: Desk, case_no: str, content: bytes, file_name: str = "材料.pdf", name: str = "安全评价报告") -> Any:
    """Return the answer to an upload."""
    return desk.client.post(
        f"/api/v1/cases/{case_no}/materials",
        data={"name": name, "file": (io.BytesIO(content), file_name)},
        headers={"Authorization": f"Bearer {desk.token('applicant1')}"},
    )


def files(desk: Desk, case_no: str, who: str = "applicant1") -> list[Any]:
    """Return every file of a case as somebody reads it."""
    return [file for one in desk.get(f"/api/v1/cases/{case_no}/materials", who)[1]["items"] for file in one["files"]]


def fetched(desk: Desk, case_no: str, sha256: str) -> Any:
    """Return the answer to a download."""
    headers = {"Authorization": f"Bearer {desk.token('applicant1')}"}
    return desk.client.get(f"/api/v1/cases/{case_no}/materials/{sha256}", headers=headers)


def test_a_file_keeps_its_name_and_is_given_out_as_an_attachment_that_runs_nothing(desk: Desk, tmp_path: Path) -> None:
    case_no = drafted(desk)
    done = sent(desk, case_no, pdf(), "../../第一册（终稿）?.pdf")
    assert done.status_code == 201, done.data.decode()
    (file,) = files(desk, case_no)
    assert (file["file_name"], file["scan"], file["scan_name"]) == (
        "第一册（终稿）?.pdf",
        "not_scanned",
        "未做病毒检查",
    )
    kept = [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert kept == [file["sha256"]]
    given = fetched(desk, case_no, file["sha256"])
    assert (given.status_code, given.data, given.mimetype) == (200, pdf(), "application/pdf")
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert given.headers["Content-Security-Policy"].startswith("sandbox")


def test_an_unwanted_file_is_refused_by_name_and_nothing_of_it_stays(desk: Desk, tmp_path: Path) -> None:
    case_no = drafted(desk)
    answer = sent(desk, case_no, b"%PDF-1.4 <script>")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "FILE_NOT_ACCEPTED")
    assert not list(tmp_path.rglob("files/*/*")) and files(desk, case_no) == []


def test_files_are_counted_by_case_and_by_material_and_measured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANJIAN_FILES_PER_MATERIAL", "2")
    monkeypatch.setenv("BANJIAN_FILES_PER_CASE", "3")
    case_no = drafted(desk)
    second = "设立安全管理机构或者配备专职安全生产管理人员的文件"
    names = [one["name"] for one in desk.get(f"/api/v1/cases/{case_no}/materials", "applicant1")[1]["items"]]
    first, second = names[0], names[1]
    answers = [sent(desk, case_no, b"%PDF-1.4 " + str(n).encode(), name=first) for n in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[2].json["code"] == "TOO_MANY_FILES" and "2 个文件" in answers[2].json["detail"]
    assert sent(desk, case_no, b"%PDF-1.4 a", name=second).status_code == 201
    assert "3 个文件" in sent(desk, case_no, b"%PDF-1.4 b", name=second).json["detail"]
    assert len(files(desk, case_no)) == 3
    monkeypatch.setenv("BANJIAN_FILE_MB", "1")
    answer = sent(desk, case_no, b"%PDF-1.4" + bytes(1024 * 1024), name=second)
    assert (answer.status_code, answer.json["code"]) == (413, "FILE_TOO_LARGE")


def test_a_file_waits_for_its_scan_and_an_infected_one_is_put_aside_and_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(FakeClamd()) as clamd:
        monkeypatch.setenv("BANJIAN_CLAMD", clamd.address)
        case_no = drafted(desk)
        assert sent(desk, case_no, b"%PDF-1.4 clean").status_code == 201
        assert sent(desk, case_no, b"%PDF-1.4 " + VIRUS).status_code == 201
        clean, infected = files(desk, case_no)
        assert (clean["scan"], infected["scan"]) == ("waiting", "waiting")
        refused = fetched(desk, case_no, clean["sha256"])
        assert (refused.status_code, refused.json["code"]) == (409, "FILE_NOT_SCANNED_YET")
        desk.work()
        clean, infected = files(desk, case_no)
        assert (clean["scan"], infected["scan"]) == ("clean", "infected")
        assert sorted(clamd.seen) == sorted([b"%PDF-1.4 clean", b"%PDF-1.4 " + VIRUS])
    assert fetched(desk, case_no, clean["sha256"]).data == b"%PDF-1.4 clean"
    refused = fetched(desk, case_no, infected["sha256"])
    assert (refused.status_code, refused.json["code"]) == (409, "FILE_INFECTED") and VIRUS not in refused.data
    with desk.office.look() as connection:
        told = connection.exec_driver_sql(
            "select text from messages where recipient = 'applicant1' and text like '%%病毒%%'"
        ).scalars()
    assert len(told) == 1 and "安全评价报告" in told[0] and "重新提交" in told[0]


def test_a_scanner_that_cannot_say_leaves_the_file_waiting_until_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(FakeClamd()) as clamd:
        monkeypatch.setenv("BANJIAN_CLAMD", clamd.address)
        clamd.say = b"INSTREAM size limit exceeded. ERROR\0"
        case_no = drafted(desk)
        sent(desk, case_no, b"%PDF-1.4 x")
        desk.work()
        assert files(desk, case_no)[0]["scan"] == "waiting" and clamd.seen
        clamd.say = b""
        desk.at("2026-09-01T09:30:00")
        assert files(desk, case_no)[0]["scan"] == "clean"


def test_a_scanner_is_named_soundly_and_its_silence_is_no_verdict() -> None:
    assert configured({}) is None and configured({"BANJIAN_CLAMD": "unix:/run/clamd.ctl"}) == Clamd(
        "unix:/run/clamd.ctl"
    )
    for address in ("clamd", "unix:clamd", "tcp:host", "http://x"):
        with pytest.raises(ConfigError, match="BANJIAN_CLAMD"):
            configured({"BANJIAN_CLAMD": address})
    with pytest.raises(CannotScan):
        Clamd("unix:/nowhere/clamd.ctl").scan(io.BytesIO(b"x"))
    with pytest.raises(CannotScan):
        Clamd("tcp:127.0.0.1:1").scan(io.BytesIO(b"x"))


def s3(endpoint: str, key: str = "key") -> dict[str, str]:
    """Return the settings of a store."""
    return {
        "BANJIAN_FILES": "s3://papers/office",
        "BANJIAN_S3_ENDPOINT": endpoint,
        "BANJIAN_S3_ACCESS_KEY": key,
        "BANJIAN_S3_SECRET_KEY": "secret",
    }


def test_files_are_kept_in_a_bucket_where_one_is_configured(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(FakeBucket()) as bucket:
        for name, value in s3(bucket.endpoint).items():
            monkeypatch.setenv(name, value)
        case_no = drafted(desk)
        assert sent(desk, case_no, b"%PDF-1.4 x").status_code == 201
        (file,) = files(desk, case_no)
        digest = file["sha256"]
        assert bucket.objects == {f"/papers/office/{digest[:2]}/{digest}": b"%PDF-1.4 x"}
        assert fetched(desk, case_no, digest).data == b"%PDF-1.4 x" and not (tmp_path / "files").exists()
        storage = storage_of(tmp_path)
        storage.destroy(digest)
        storage.destroy(digest)
        assert fetched(desk, case_no, digest).json["code"] == "FILE_GONE"
        with pytest.raises(FileNotFoundError):
            storage.open(digest)
        with pytest.raises(StoreUnavailable, match="AccessDenied"):
            storage_of(tmp_path, s3(bucket.endpoint, "stranger")).keep(io.BytesIO(b"x"), digest, 1)
    answer = sent(desk, case_no, b"%PDF-1.4 y")
    assert (answer.status_code, answer.json["code"]) == (503, "FILE_STORE_UNAVAILABLE")
    assert "secret" not in repr(storage) and "secret" not in json.dumps(answer.json)


def test_a_store_is_configured_whole_or_refused(tmp_path: Path) -> None:
    assert storage_of(tmp_path, {}) == Folder(tmp_path / "files")
    for missing in ("BANJIAN_S3_ENDPOINT", "BANJIAN_S3_ACCESS_KEY", "BANJIAN_S3_SECRET_KEY"):
        env = {name: value for name, value in s3("http://127.0.0.1:1").items() if name != missing}
        with pytest.raises(ConfigError, match="BANJIAN_S3"):
            storage_of(tmp_path, env)
    with pytest.raises(ConfigError, match="s3://bucket"):
        storage_of(tmp_path, {"BANJIAN_FILES": "ftp://x"})
