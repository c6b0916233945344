"""Files by content: a local folder where the name of a file is its sha256. Written whole or not at all."""

import os
import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

CHUNK = 1 << 20


class FileTooLarge(Exception):
    """The stream is longer than allowed."""


class FileEmpty(Exception):
    """The stream holds nothing."""


def measure(stream: IO[bytes], *, size_max: int) -> tuple[str, int]:
    """Return (sha256 hex, size in bytes) of a stream, which then stands at its beginning again.

    Raises FileTooLarge, FileEmpty.
    """
    digest, size = sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > size_max:
            raise FileTooLarge
        digest.update(chunk)
    if size == 0:
        raise FileEmpty
    stream.seek(0)
    return digest.hexdigest(), size


def store(folder: Path, stream: IO[bytes], digest: str) -> None:
    """Keep the stream, whose sha256 is `digest`: the whole of it, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".in-", delete=False) as draft:
        try:
            shutil.copyfileobj(stream, draft, CHUNK)
            draft.flush()
            os.fsync(draft.fileno())
        except BaseException:
            os.unlink(draft.name)
            raise
    target = path_of(folder, digest)
    target.parent.mkdir(exist_ok=True)
    os.replace(draft.name, target)


def path_of(folder: Path, digest: str) -> Path:
    """Return where the file of that content is kept."""
    return folder / digest[:2] / digest
