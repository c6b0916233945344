"""Files by content: a local folder where the name of a file is its sha256. Written whole or not at all."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

CHUNK = 1 << 20


class FileTooLarge(Exception):
    """The stream is longer than allowed; nothing was kept."""


class FileEmpty(Exception):
    """The stream held nothing; nothing was kept."""


def store(folder: Path, stream: IO[bytes], *, size_max: int) -> tuple[str, int]:
    """Return (sha256 hex, size in bytes) of the stored stream. Raises FileTooLarge, FileEmpty."""
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix=".in-", delete=False) as draft:
        try:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > size_max:
                    raise FileTooLarge
                digest.update(chunk)
                draft.write(chunk)
            if size == 0:
                raise FileEmpty
            draft.flush()
            os.fsync(draft.fileno())
        except BaseException:
            os.unlink(draft.name)
            raise
    target = path_of(folder, digest.hexdigest())
    target.parent.mkdir(exist_ok=True)
    os.replace(draft.name, target)
    return digest.hexdigest(), size


def path_of(folder: Path, digest: str) -> Path:
    """Return where the file of that content is kept."""
    return folder / digest[:2] / digest
