"""Bags (BagIt 1.0, RFC 8493) in one ZIP: the same content gives the same bytes, and anybody can verify them. Standard library only."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIZE_MAX = 4 * 1024**3
FILES_MAX = 100_000


def bag(name: str, payload: Mapping[str, bytes], info: Mapping[str, str]) -> bytes:
    """Return the ZIP of a bag. payload: path below data/ -> content; info: bag-info.txt, in this order."""
    files = {f"data/{path}": content for path, content in payload.items()}
    octets = sum(map(len, files.values()))
    told = {**info, "Payload-Oxum": f"{octets}.{len(files)}"}
    tags = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(f"{key}: {_one_line(value)}\n" for key, value in told.items()).encode(),
        MANIFEST: _manifest(files),
    }
    tags[TAGS] = _manifest(tags)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted({**tags, **files}.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return made.getvalue()


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items())
    ).encode()


def faults_of(path: Path) -> list[str]:
    """Return everything that is wrong with a bag, one line each; [] if it is whole. Raises OSError if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _faults(archive)
    except zipfile.BadZipFile as error:
        return [f"not a whole ZIP: {error}"]


def _faults(archive: zipfile.ZipFile) -> list[str]:
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(members) > FILES_MAX or sum(member.file_size for member in members) > SIZE_MAX:
        return ["too large to be one of ours"]
    if len(set(names)) != len(names):
        return ["a file is there twice"]
    roots = {name.partition("/")[0] for name in names}
    if len(roots) != 1 or any(".." in name.split("/") or name.startswith("/") for name in names):
        return ["not one folder"]
    root = roots.pop()
    try:
        found = {name.removeprefix(f"{root}/"): archive.read(name) for name in names}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        return [f"a file cannot be read: {error}"]
    missing = [name for name in ("bagit.txt", "bag-info.txt", MANIFEST, TAGS) if name not in found]
    if missing:
        return [f"{name} is missing" for name in missing]
    faults = [] if found["bagit.txt"] == DECLARATION else ["bagit.txt is not ours"]
    payload = {name for name in found if name.startswith("data/")}
    faults += _against(found, MANIFEST, payload)
    faults += _against(found, TAGS, set(found) - payload - {TAGS})
    return faults


def _against(found: Mapping[str, bytes], manifest: str, wanted: set[str]) -> list[str]:
    listed: dict[str, str] = {}
    for line in found[manifest].decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    faults = [f"{name} is not in {manifest}" for name in sorted(wanted - set(listed))]
    for name, digest in sorted(listed.items()):
        if name not in found:
            faults.append(f"{name} is missing")
        elif hashlib.sha256(found[name]).hexdigest() != digest:
            faults.append(f"{name} was changed")
    return faults
