"""Where people are reached, and what they want to be told: addresses sealed at rest, opened only to send."""

import re
from datetime import datetime
from typing import Any

from workflow.casework.office import Office
from workflow.store.connect import Connection, Row
from workflow.store.personal import opened, seal
from workflow.store.sealed import open_applicant

PARTY = "party"  # the applicant of a case who has no account here
PARTY_FIELDS = {"email": "email", "sms": "phone"}
CHANNELS = {"email": "电子邮件", "sms": "短信", "wechat": "微信"}
_EMAIL = re.compile(r"[^@\s<>,;:\\\"\x00-\x20\x7f]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63}){1,5}")
_SHAPES = {
    "email": _EMAIL,
    "sms": re.compile(r"1[3-9][0-9]{9}"),
    "wechat": re.compile(r"[A-Za-z0-9_-]{6,64}"),
}


def wrong_address(channel: str, address: str) -> str:
    """Return what is wrong with an address, in Chinese, or ""."""
    if _SHAPES[channel].fullmatch(address):
        return ""
    return {
        "email": "不是有效的电子邮箱，请核对。",
        "sms": "应当是11位手机号码，请核对。",
        "wechat": "不是有效的微信用户标识，请核对。",
    }[channel]


def contacts(office: Office, person_id: str) -> dict[str, dict[str, Any]]:
    """Return for each channel whether an address is kept (its last characters only) and whether courtesies are wanted."""
    with office.look() as connection:
        kept = {
            row.channel: opened(row.address, _place(person_id, row.channel))
            for row in connection.exec_driver_sql(
                "select channel, address from contacts where person_id = %(id)s", {"id": person_id}
            )
        }
        choices = {
            row.channel: row.wanted
            for row in connection.exec_driver_sql(
                "select channel, wanted from message_choices where person_id = %(id)s", {"id": person_id}
            )
        }
    return {
        channel: {
            "name": name,
            "address": _hint(kept.get(channel, "")),
            "courtesies": choices.get(channel, True),
            "legal_notices": True,
        }
        for channel, name in CHANNELS.items()
    }


def put_contact(office: Office, person_id: str, channel: str, address: str | None, now: datetime) -> None:
    """Keep an address, sealed; None forgets it."""
    with office.work() as connection:
        key = {"id": person_id, "channel": channel}
        if address is None:
            connection.exec_driver_sql("delete from contacts where person_id = %(id)s and channel = %(channel)s", key)
            return
        connection.exec_driver_sql(
            "insert into contacts (person_id, channel, address, updated_at) values (%(id)s, %(channel)s, %(address)s, %(now)s)"
            " on conflict (person_id, channel) do update set address = excluded.address, updated_at = excluded.updated_at",
            {**key, "address": seal(address, _place(person_id, channel)), "now": now},
        )


def put_choice(office: Office, person_id: str, channel: str, wanted: bool, now: datetime) -> None:
    """Keep whether somebody wants courtesies over a channel. Legal notices are not theirs to turn off."""
    with office.work() as connection:
        connection.exec_driver_sql(
            "insert into message_choices (person_id, channel, wanted, updated_at)"
            " values (%(id)s, %(channel)s, %(wanted)s, %(now)s)"
            " on conflict (person_id, channel) do update set wanted = excluded.wanted, updated_at = excluded.updated_at",
            {"id": person_id, "channel": channel, "wanted": wanted, "now": now},
        )


def address_of(connection: Connection, delivery: Row) -> tuple[str, str]:
    """Return (address, "") to send to now, or ("", why nothing is sent: opted-out | no-address)."""
    person, channel = delivery.recipient, delivery.channel
    known = connection.exec_driver_sql(
        "select (select address from contacts where person_id = %(id)s and channel = %(channel)s) as address,"
        " (select wanted from message_choices where person_id = %(id)s and channel = %(channel)s) as wanted,"
        " (select owner from cases where id = %(case)s) as owner,"
        " (select active from people where id = %(id)s) as active",
        {"id": person, "channel": channel, "case": delivery.case_id},
    ).one()
    if delivery.kind != "legal" and known.wanted is False:
        return "", "opted-out"
    if known.address:
        return opened(known.address, _place(person, channel)), "" if known.active else "no-address"
    if person in (PARTY, known.owner) and channel in PARTY_FIELDS:
        address = _of_party(connection, delivery.case_id, PARTY_FIELDS[channel])
        if address and not wrong_address(channel, address):
            return address, ""
    return "", "no-address"


def _of_party(connection: Connection, case_id: int, field: str) -> str:
    """Return what the applicant wrote into the application, "" if nothing."""
    row = connection.exec_driver_sql("select case_no, applicant from cases where id = %(id)s", {"id": case_id}).one()
    return str(open_applicant(row.applicant, row.case_no).get(field) or "")


# -- for a change of keys (workflow/casework/sealing.py) ---------------------------------------------

LOT = "select id, person_id, channel, address from contacts where id > %(after)s order by id limit %(limit)s"


def seal_again(connection: Connection, row: Row) -> None:
    """Seal one row with the current key."""
    place = _place(row.person_id, row.channel)
    sealed = seal(opened(row.address, place), place)
    connection.exec_driver_sql(
        "update contacts set address = %(address)s where id = %(id)s", {"id": row.id, "address": sealed}
    )


def _place(person_id: str, channel: str) -> str:
    return f"contacts.address/{person_id}/{channel}"


def _hint(address: str) -> str | None:
    """Return enough to know one's own address again, and no more."""
    if not address:
        return None
    head, at, domain = address.partition("@")
    return f"{head[:1]}***@{domain}" if at else f"***{address[-4:]}"
