"""How personal data is shown to readers who oversee but do not handle: one rule for each kind, for every reader.

Names of organisations and their unified codes are public. The public itself never sees numbers at all (law.md §7.9:
home addresses, contacts, identity numbers, accounts and health of natural persons, and other individuals' names, are hidden).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workflow.store.sealed import APPLICANT_KINDS

HIDDEN = "***"
# In free text: identity numbers, bank cards, mobile numbers; not inside longer runs of digits.
_NUMBERS = re.compile(r"(?<![0-9])(?:[1-9][0-9]{16}[0-9Xx]|[1-9][0-9]{15,18}|1[3-9][0-9]{9})(?![0-9])")
NAMES = ("name", "legal_representative", "contact")


def mask_name(name: str) -> str:
    """Return a person's name as overseers see it."""
    return name[:1] + "**"


def mask_number(text: str) -> str:
    """Return an identity, telephone or account number with its first three and last two characters."""
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}" if len(text) > 6 else "*" * len(text)


def mask_email(text: str) -> str:
    """Return an address of mail with its first character and its domain."""
    name, at, domain = text.rpartition("@")
    return f"{name[:1]}{HIDDEN}{at}{domain}" if at else HIDDEN


_RULES: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "id_no": mask_number,
    "phone": mask_number,
    "account": mask_number,
    "email": mask_email,
}


def mask(value: Any, kind: str) -> Any:
    """Return a value of that kind as overseers see it. Lists, and kinds without a rule of their own, are hidden whole."""
    if value in (None, ""):
        return value
    rule = _RULES.get(kind)
    return rule(value) if rule and isinstance(value, str) else HIDDEN


def mask_applicant(applicant: Mapping[str, Any]) -> dict[str, Any]:
    """Return the applicant as overseers see them. Of an organisation only the people in it and their contacts are masked."""
    if applicant.get("kind") == "person":
        kinds = {**APPLICANT_KINDS, **dict.fromkeys(NAMES, "name")}
    else:
        kinds = {"phone": "phone", "email": "email", "contact": "name", "legal_representative": "name"}
    return {key: mask(value, kinds[key]) if key in kinds else value for key, value in applicant.items()}


def mask_fields(values: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return answers with those that `kinds` names masked."""
    return {key: mask(value, kinds[key]) if key in kinds else value for key, value in values.items()}


def names_of(applicant: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the people an applicant's data mentions, the longest first."""
    keys = NAMES if applicant.get("kind") == "person" else NAMES[1:]
    found = {str(applicant[key]) for key in keys if len(str(applicant.get(key) or "")) > 1}
    return tuple(sorted(found, key=len, reverse=True))


def mask_text(text: str, names: Iterable[str] = ()) -> str:
    """Return free text with the numbers of people, and these names, masked."""
    for name in names:
        text = text.replace(name, mask_name(name))
    return _NUMBERS.sub(lambda found: mask_number(found.group()), text)


# What actions call the people outside the office they speak of (definitions/*.yaml).
NAME_KEYS = frozenset({"recipient", "witness", "who", "participants", "requester", "objector"})


def mask_all(value: Any, names: Iterable[str] = ()) -> Any:
    """Return JSON data with every text in it masked as free text, and who was heard or served as a name."""
    if isinstance(value, str):
        return mask_text(value, names)
    if isinstance(value, Mapping):
        masked = {
            key: _mask_names(inner) if key in NAME_KEYS else mask_all(inner, names) for key, inner in value.items()
        }
        return masked | {"place": ""} if {"recipient", "place"} <= set(value) else masked  # where somebody was served
    if isinstance(value, list | tuple):
        return [mask_all(inner, names) for inner in value]
    return value


def _mask_names(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_mask_names(inner) for inner in value]
    return mask_name(value) if isinstance(value, str) and value else value


# Whose names are those of the public, not of the office.
PARTIES = frozenset({"applicant", "agent"})


def mask_event(event: Mapping[str, Any], applicant: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as overseers read it: numbers and names of the parties masked, and said so.

    Its hash is that of the event itself, which `banjian audit verify` checks where it is kept.
    """
    actor = dict(event["actor"])
    is_public = applicant.get("kind") == "organisation" and actor["name"] == applicant.get("name")
    if actor.get("post") in PARTIES and not is_public:
        actor["name"] = mask_name(actor["name"])
    return {**event, "actor": actor, "data": mask_all(event["data"], names_of(applicant)), "masked": True}


def with_identity_number(values: Iterable[Any]) -> bool:
    """Return True if some text among the values holds a citizen's number whose check digit is right."""
    return any(_has_citizen_id(value) for value in values)


_CITIZEN = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _has_citizen_id(value: Any) -> bool:
    if isinstance(value, Mapping):
        return with_identity_number(value.values())
    if isinstance(value, list | tuple):
        return with_identity_number(value)
    found = _CITIZEN.findall(value) if isinstance(value, str) else ()
    return any(
        "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, number[:17], strict=True)) % 11] == number[17].upper()
        for number in found
    )
