"""Where sockets go. A socket's path is short, and neither server quotes it, so odd folders get a stand-in."""

import contextlib
import os
import re
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

SOCKET_FOLDER_MAX = 80  # bytes; a socket's whole path may not be longer than about 104
PREFIX = "banjian-"
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


class DataFolderError(Exception):
    """The data folder cannot be used; the message says why."""


def is_plain(folder: Path) -> bool:
    """Return whether sockets can live in this folder as it is."""
    return len(os.fsencode(folder)) <= SOCKET_FOLDER_MAX and PLAIN.fullmatch(str(folder)) is not None


def stand_in(folder: Path, *, server_user: int | None = None) -> Path:
    """Return a short private folder that stands for this one; it is ours, or the server's own user's.

    Raises DataFolderError.
    """
    base = Path(tempfile.gettempdir())
    name = f"{PREFIX}{os.geteuid()}-{sha256(os.fsencode(folder)).hexdigest()[:12]}"
    private = (base if len(os.fsencode(base)) <= SOCKET_FOLDER_MAX - 40 and is_plain(base) else Path("/tmp")) / name  # noqa: S108
    try:
        private.mkdir(mode=0o700, exist_ok=True)
        found = private.lstat()
    except OSError as error:
        raise DataFolderError(f"{private} is needed for sockets and cannot be made: {error.strerror}") from error
    # The name can be guessed: somebody else's folder, or a link, must not catch our sockets.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), server_user):
        raise DataFolderError(f"{private} is needed for sockets and belongs to somebody else; remove it")
    return private


def clear(place: Path) -> None:
    """Take away a stand-in nobody uses any more: the folder itself, or a link in it."""
    if place.is_symlink():
        place.unlink(missing_ok=True)
        place = place.parent
    if place.name.startswith(PREFIX):
        with contextlib.suppress(OSError):  # still in use, or gone already
            place.rmdir()
