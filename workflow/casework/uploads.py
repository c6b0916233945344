"""What an uploaded file really is, and whether it is safe to keep: told by its content, never by what it is called.

Nothing is unpacked or drawn here: headers and directories are read, and a PDF that looks whole is opened by a child
process with little memory and time (look_at_pdf), so that a file made to grow cannot take the server down.
"""

import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import puremagic
from PIL import Image, UnidentifiedImageError

HEAD_BYTES = 4096
PIXELS_MAX = 100_000_000  # A0 at 300 dpi is 140 million, A3 is 17
ENTRIES_MAX = 5_000
UNPACKED_MAX = 500_000_000
RATIO_MAX = 200
PDF_SECONDS = 20.0
TOO_MUCH, UNREADABLE = 3, 4  # how look_at_pdf ends
OFFICE_TYPES = {
    "docx": ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ofd": ("OFD.xml", "application/ofd"),
}
ACCEPTED = "只接受内容与扩展名一致的 PDF、PNG、JPG、DOCX、XLSX、OFD、ZIP 文件。"
# What browsers would run if they took the file for a page, and programs inside documents.
PAGES = (b"<script", b"<html", b"<!doctype", b"<?php", b"<svg", b"javascript:")


class Unwanted(Exception):
    """The file is not kept; the message is Chinese and says what to do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file that is accepted: how it begins, what it may be called, its media type, what else is looked at."""

    start: bytes
    extensions: frozenset[str]
    media_type: str
    check: Callable[[IO[bytes], str], str]


def media_type_of(stream: IO[bytes], file_name: str) -> str:
    """Return the media type of a file that may be kept; the stream stands at its beginning again. Raises Unwanted."""
    extension = file_name.rpartition(".")[2].lower()
    head = stream.read(HEAD_BYTES)
    kind = next((kind for kind in KINDS if head.startswith(kind.start) and extension in kind.extensions), None)
    if kind is None:
        raise Unwanted(ACCEPTED + _looks_like(head, extension))
    stream.seek(0)
    try:
        return kind.check(stream, extension) or kind.media_type
    finally:
        stream.seek(0)


def _looks_like(head: bytes, extension: str) -> str:
    """Return a sentence about what the content seems to be, or ""."""
    try:
        found = puremagic.from_string(head).lstrip(".").upper()
    except (puremagic.PureError, ValueError):
        return ""
    return f"这个文件的内容像是 {found}。" if found and found.lower() != extension else ""


def _no_page(stream: IO[bytes]) -> None:
    """Refuse what is also a page or an archive: a file has one meaning."""
    head = stream.read(HEAD_BYTES).lower()
    stream.seek(0)
    if any(word in head for word in PAGES):
        raise Unwanted("文件开头含有网页或者脚本内容，请重新导出后上传。")
    if zipfile.is_zipfile(stream):
        raise Unwanted("文件里还藏有一个压缩包，请重新导出后上传。")
    stream.seek(0)


def _image(stream: IO[bytes], extension: str) -> str:
    _no_page(stream)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # judged here, by our own bound
            with Image.open(stream, formats=("PNG", "JPEG")) as image:  # reads the header only
                width, height = image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Unwanted("图片已经损坏或者过大，请重新拍摄或者导出后上传。") from error
    if width * height > PIXELS_MAX:
        raise Unwanted(
            f"图片有 {width * height // 1_000_000} 百万像素，不能超过 {PIXELS_MAX // 1_000_000} 百万，请缩小。"
        )
    return ""


def _pdf(stream: IO[bytes], extension: str) -> str:
    _no_page(stream)
    content = stream.read()
    if any(word in content for word in (b"/JavaScript", b"/Launch", b"/RichMedia")):
        raise Unwanted("PDF 中含有脚本或者可执行的内容，请打印为 PDF 后重新上传。")
    if b"%%EOF" in content[-2048:]:
        _look_at_pdf(content)
    return ""


def _look_at_pdf(content: bytes) -> None:
    """Let a child open the PDF. One it cannot read is kept: viewers read more than our library does."""
    command = [sys.executable, "-I", "-m", "workflow.casework.look_at_pdf"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=PDF_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unwanted("PDF 过于复杂，无法检查，请拆分或者打印为 PDF 后重新上传。") from None
    if done.returncode == TOO_MUCH or done.returncode < 0:  # said so, or was ended by its limits
        raise Unwanted("PDF 页数过多或者展开后过大，请拆分后上传。")


def _archive(stream: IO[bytes], extension: str) -> str:
    """Read only the directory: what it says is what any honest reader would unpack."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, UnicodeDecodeError) as error:
        raise Unwanted("文件已经损坏，请重新导出后上传。") from error
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    size = stream.seek(0, 2)
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_MAX:
        raise Unwanted("文件里的内容过多或者展开后过大，请拆分后上传。")
    if (unpacked > RATIO_MAX * max(packed, 1) and unpacked > 10_000_000) or packed > size:
        raise Unwanted("文件的压缩比例不正常，请重新导出后上传。")
    names = {entry.filename for entry in entries}
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Unwanted("文件里有越出文件夹的路径，请重新打包后上传。")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unwanted("文件加了密码，工作人员无法查看，请去掉密码后上传。")
    if any(name.endswith(("vbaProject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".scr")) for name in names):
        raise Unwanted("文件里含有宏或者程序，请去掉后重新上传。")
    return _archive_type(names, extension)


def _archive_type(names: set[str], extension: str) -> str:
    found = next((kind for kind, (marker, _) in OFFICE_TYPES.items() if marker in names), "zip")
    if extension not in {found, "zip"}:
        raise Unwanted(f"{ACCEPTED}这个文件的内容像是 {found.upper()}。")
    return OFFICE_TYPES[found][1] if found in OFFICE_TYPES else ""


KINDS = (
    Kind(b"%PDF-", frozenset({"pdf"}), "application/pdf", _pdf),
    Kind(b"\x89PNG\r\n\x1a\n", frozenset({"png"}), "image/png", _image),
    Kind(b"\xff\xd8\xff", frozenset({"jpg", "jpeg"}), "image/jpeg", _image),
    Kind(b"PK\x03\x04", frozenset({"docx", "xlsx", "ofd", "zip"}), "application/zip", _archive),
)
