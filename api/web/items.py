"""Looking up items for pages: what is not there is a page that was not found."""

from typing import Any

from flask import abort

from api.catalogue import catalogue
from service_catalog.catalog import UnknownItem


def entry_or_404(code: str) -> Any:
    """Return the catalogue's entry of an item."""
    try:
        return catalogue().entry(code)
    except UnknownItem:
        abort(404)


def name_of(code: str) -> str:
    """Return the name of an item; its code where the catalogue does not know it any more."""
    try:
        return str(catalogue().entry(code).name)
    except UnknownItem:
        return code
