"""The systems that are told, from a file only operators write: nobody else ever names an address.

endpoints:
  - id: market-regulator
    url: https://regulator.example.cn/hooks/banjian
    secret_file: /etc/banjian/market-regulator.secret
    topics: [decision.granted, permit.changed]      # left out: all
    departments: [某局]                              # left out: all
    items: ["02"]                                   # left out: all
"""

import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from worker.channels import secret_of
from worker.outgoing import checked_url, post
from workflow.casework.webhooks import TOPICS, Endpoint

KEYS = {"id", "url", "secret_file", "topics", "departments", "items"}
FILE = "BANJIAN_ENDPOINTS_FILE"


class EndpointsError(ValueError):
    """The file is wrong; says which endpoint and key."""


def endpoints_of(env: Mapping[str, str] = os.environ) -> tuple[Endpoint, ...]:
    """Return the endpoints of the configuration, () if there is none. Raises EndpointsError or AddressRefused."""
    path = env.get(FILE)
    if not path:
        return ()
    try:
        plain = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise EndpointsError(f"{FILE}: {path} cannot be read ({type(error).__name__})") from error
    listed = plain.get("endpoints") if isinstance(plain, dict) else None
    if not isinstance(listed, list):
        raise EndpointsError(f"{FILE}: a list under `endpoints` is expected")
    found = tuple(_endpoint(entry) for entry in listed)
    if len({endpoint.id for endpoint in found}) != len(found):
        raise EndpointsError(f"{FILE}: two endpoints share an id")
    return found


def _endpoint(entry: Any) -> Endpoint:
    if not isinstance(entry, dict) or set(entry) - KEYS or not {"id", "url", "secret_file"} <= set(entry):
        raise EndpointsError(f"{FILE}: an endpoint has id, url, secret_file and may have topics, departments, items")
    name = str(entry["id"])
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
        raise EndpointsError(f"{FILE}: {name!r} is no id: small letters, digits, hyphens")
    topics = tuple(entry.get("topics", TOPICS))
    if set(topics) - set(TOPICS):
        raise EndpointsError(f"{FILE}: {name}: topics are {', '.join(TOPICS)}")
    secret = secret_of({"secret_file": str(entry["secret_file"])}, "secret_file")
    call = partial(post, checked_url(str(entry["url"])), secret)
    return Endpoint(name, call, topics, tuple(entry.get("departments", ())), tuple(map(str, entry.get("items", ()))))
