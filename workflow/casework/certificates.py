"""Certificates: issue one for every act that makes or changes a permit, and say of any of them whether it holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from workflow.casework.access import allow, thing_of, who_of
from workflow.casework.errors import NotFound
from workflow.casework.masking import mask_text
from workflow.casework.now import now as office_time
from workflow.casework.office import Office
from workflow.casework.papers import keep_file, permit_at, put_seal
from workflow.casework.people import Person
from workflow.casework.read_papers import FileGone, NotReady, issued_file
from workflow.ledger.certificates import (
    CannotTell,
    NotGenuine,
    canonical,
    encoded,
    read_keys,
    verify_content,
    verify_token,
)
from workflow.papers.certificates import (
    Copy,
    certificate_pdf,
    code_of,
    content_of,
    fields_of,
    is_over,
    payload_of,
    token_of,
)
from workflow.papers.compose import id_masked
from workflow.papers.pades import sealed
from workflow.papers.pdf import renderer
from workflow.papers.signing import published, signer
from workflow.papers.words import day_words
from workflow.store import certificates as store
from workflow.store import papers as paper_store
from workflow.store.access import PERMIT_FACTS
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant, open_form

ADDRESS = "http://localhost:8000"
LOT = 100
RESULTS = {
    "valid": "有效",
    "expired": "已过有效期",
    "suspended": "已被暂扣",
    "revoked": "已被撤销",
    "withdrawn": "已被撤回",
    "forfeited": "已被吊销",
    "cancelled": "已被注销",
    "superseded": "已被新证替换",
    "re-pointed": "所示内容与被验证的证照不一致，可能是套用",
    "forged": "不是本机关签发的，或者内容被改动",
    "erased": "曾由本机关签发，保管期限届满，内容已经依法销毁，无法核对",
    "unknown": "本机关没有签发过这个证照",
}


def keys_folder(office: Office) -> Path:
    """Return where the signing keys are: BANJIAN_SIGNING_KEYS, or beside the data."""
    return Path(os.environ.get("BANJIAN_SIGNING_KEYS") or office.folder / "signing")


def public_keys(office: Office) -> dict[str, Any]:
    """Return the published keys, the current one last."""
    return published(keys_folder(office))


def public_address() -> str:
    """Return the address under which the public reaches this office."""
    return (os.environ.get("BANJIAN_PUBLIC_URL") or ADDRESS).rstrip("/")


def issue(connection: Connection, office: Office, life_id: int, seq: int, now: datetime) -> None:
    """Issue the certificates of a permit's life up to that event; nothing for those that are there. Caller commits."""
    store.lock_permit(connection, life_id)
    done = store.versions_of(connection, life_id)
    permit = paper_store.permit_of_life(connection, life_id)
    for version, event in enumerate(store.making_events(connection, life_id, seq), 1):
        if event["seq"] not in done:
            _issue(connection, office, permit, version, event, now)


def issue_missing(office: Office, now: datetime, *, limit: int = LOT) -> tuple[list[str], list[str]]:
    """Issue what permits lack that were granted before there were certificates, or whose issue was put aside.

    Returns (numbers of the permits that have theirs now, what failed, one line each). A transaction each; safe at any time.
    """
    done: list[str] = []
    failed: list[str] = []
    after = 0
    while True:
        with office.look() as connection:
            rows = store.lives_without(connection, after, limit)
        for row in rows:
            try:
                with office.work() as connection:
                    issue(connection, office, row.life_id, row.seq, now)
                done.append(row.permit_no)
            except Exception as error:  # one that cannot be issued must not stop the others; whoever asked is told
                failed.append(f"{row.permit_no}: {type(error).__name__}: {mask_text(str(error))}")
        if len(rows) < limit:
            return done, failed
        after = rows[-1].life_id


def _issue(
    connection: Connection, office: Office, permit: Row, version: int, event: dict[str, Any], now: datetime
) -> None:
    held = permit_at(connection, permit, event["seq"])
    applicant = open_applicant(permit.applicant, permit.life_no)
    id_no = str(applicant.get("id_no", ""))
    content = content_of(
        held,
        code=code_of(event["hash"]),
        version=version,
        act=event["type"],
        on=event["at"][:10],
        organ=permit.department,
        item=permit.item_name,
        holder_id=id_no if applicant.get("kind") == "organisation" else id_masked(id_no),
        fields=_fields(connection, permit, held, applicant, event["seq"]),
    )
    key = signer(keys_folder(office), now, os.environ.get("BANJIAN_SIGNATURE") or "Ed25519")
    payload = payload_of(content, key)
    signature = key.sign(payload)
    token, address = token_of(payload, signature), public_address()
    files = {
        copy: keep_file(
            office, sealed(certificate_pdf(content, token=token, address=address, copy=copy), content["permit_no"])
        )
        for copy in ("original", "duplicate")
    }
    content_sha = sha256(canonical(content)).hexdigest()
    row = {
        "permit_id": permit.id,
        "version": version,
        "life_id": permit.life_id,
        "seq": event["seq"],
        "code": content["code"],
        "content": content,
        "sha256": content_sha,
        "payload": payload.decode(),
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "signature": encoded(signature),
        "address": address,
        "original_sha256": files["original"],
        "duplicate_sha256": files["duplicate"],
        "renderer": renderer(),
        "issued_on": date.fromisoformat(content["issued_on"]),
    }
    certificate_id = store.put(connection, row, now)
    about = {
        "case_no": permit.life_no,
        "kind": "certificate",
        "title": permit.certificate,
        "no": f"{permit.permit_no}/{version}",
        "event_seq": event["seq"],
        "event_hash": event["hash"],
        "content_sha256": content_sha,
        "files": files,
        "renderer": renderer(),
    }
    put_seal(connection, permit.life_id, about, now, certificate_id=certificate_id)


def _fields(
    connection: Connection, permit: Row, held: Mapping[str, Any], applicant: Mapping[str, Any], seq: int
) -> list[tuple[str, str]]:
    """Return what the item's manual wants shown, as it was granted, and what was changed since."""
    granted = store.granted_form(connection, permit.id)
    form = open_form(granted.form, granted.case_no)
    kinds = permit.terms.get("special", {}).get("personal", {})
    fields = fields_of(permit.terms["result"].get("shows", ()), form, applicant, held["decision_no"], kinds)
    for change in store.changes_of(connection, permit.life_id, seq):
        said = open_form(change.form, change.case_no)
        fields.append(
            ("变更记录", f"{day_words(change.at)}，{'、'.join(said['changed_items'])}变更为：{said['after']}")
        )
    return fields


@dataclass(frozen=True, slots=True)
class File:
    """One copy of a certificate."""

    name: str
    sha256: str
    content: bytes


def file_of(office: Office, permit_no: str, person: Person, copy: Copy) -> File:
    """Return a copy of the current certificate. Raises NotFound, NotReady, FileGone."""
    number = permit_no.replace("\x00", "")
    with office.look() as connection:
        permit = connection.exec_driver_sql(
            f"select p.owner,{PERMIT_FACTS} from permits p where permit_no = %(no)s",
            {"no": number, "person": person.id, "today": office_time().date()},
        ).one_or_none()
        if permit is None:
            raise NotFound(permit_no)
        allow(who_of(permit, person.id), "permit", "certificate", thing_of(permit, ""))
        row = store.current_of(connection, number)
    if row is None:
        raise NotReady(permit_no)
    if row.content.get("erased"):
        raise FileGone(permit_no)
    digest = row.original_sha256 if copy == "original" else row.duplicate_sha256
    found = issued_file(office, digest)
    if found is None and row.renderer == renderer():
        found = certificate_pdf(row.content, token=_token(row), address=row.address, copy=copy)
    if found is None or sha256(found).hexdigest() != digest:
        raise FileGone(permit_no)
    return File(f"{row.content['certificate']} {permit_no}", digest, found)


def _token(row: Row) -> str:
    return f"{encoded(row.payload.encode())}.{row.signature}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a certificate. result: a key of RESULTS; content: what was signed, {} where nothing was."""

    result: str
    why: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    key_id: str = ""
    algorithm: str = ""
    token: str = ""
    address: str = ""
    newer: str = ""

    @property
    def words(self) -> str:
        """Return the result in words."""
        return RESULTS[self.result]


def verify(office: Office, code: str, today: date, *, token: str = "", printed_no: str = "") -> Verdict:
    """Return the verdict on a code. token: what the QR code carried beside it; printed_no: the number on the paper in hand.

    Asks the database only: no worker, no broker. Expiry is judged by the day, whether or not a worker has noted it.
    """
    keys = read_keys(public_keys(office))
    if token:
        try:
            payload = verify_token(token, keys)
        except (NotGenuine, CannotTell) as error:
            return Verdict("forged", str(error))
        if payload["c"] != code.upper():
            return Verdict("re-pointed", "二维码中的编号与签名的编号不一致")
    with office.look() as connection:
        clean = code.replace("\x00", "")
        row = store.by_code(connection, clean.upper()) or store.current_of(connection, clean)
        if row is None:
            return Verdict("unknown")
        newer = store.current_of(connection, row.permit_no)
    if row.content.get("erased"):
        return Verdict("erased")
    given = token or _token(row)
    try:
        payload = verify_token(given, keys)
        verify_content(payload, row.content)
    except CannotTell as error:
        return Verdict("forged", str(error))
    except NotGenuine as error:
        return Verdict("re-pointed" if token and error.code == "REPOINTED" else "forged", str(error))
    result, why = _standing(row, newer, today)
    if printed_no and printed_no.strip() != row.permit_no:
        result, why = "re-pointed", "证面编号与二维码所指的证照不一致"
    next_code = newer.code if newer is not None and newer.code != row.code else ""
    # Whoever only guesses a code or knows a number does not hold the certificate, and reads no more than the register says.
    content = {name: value for name, value in row.content.items() if token or name != "fields"}
    return Verdict(result, why, content, row.key_id, row.algorithm, _token(row), row.address, next_code)


def _standing(row: Row, newer: Row | None, today: date) -> tuple[str, str]:
    """Return what is to be said of a genuine certificate on that day, and why."""
    if row.status != "valid":
        return row.status, ""
    begins = date.fromisoformat((newer or row).content["valid_from"])
    if row.superseded_at is not None and begins <= today:  # one renewed early holds until the new one begins
        return "superseded", ""
    if not is_over(row.content, today):
        later = row.superseded_at is None and begins > today
        return "valid", f"自{day_words(begins)}起生效" if later else ""
    if row.life_state == "renewal-pending":  # 许可法50: not decided before the last day, deemed renewed
        return "valid", "延续申请没有在有效期届满前作出决定，依法视为准予延续"
    return "expired", ""
