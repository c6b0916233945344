"""The worker's office: one per process, opened when first needed."""

import os
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from service_catalog.catalog import catalog
from service_catalog.offers import offer
from worker.channels import channels_of
from worker.endpoints import endpoints_of
from workflow.casework.office import Office
from workflow.casework.outbox import Deliver, to_folder, to_log
from workflow.casework.webhooks import Endpoint
from workflow.environment import needed


@cache
def office() -> Office:
    """Return this process's office. Raises ConfigError naming the missing variable."""
    return Office.connect(needed(os.environ, "DATABASE_URL"), pool_size=6, offers=partial(offer, catalog()))


@cache
def delivery() -> Deliver:
    """Return where messages go: a folder if BANJIAN_OUTBOX_DIR is set, else the log."""
    folder = os.environ.get("BANJIAN_OUTBOX_DIR")
    return to_folder(Path(folder)) if folder else to_log


@cache
def channels() -> Mapping[str, Deliver]:
    """Return the real channels that are set up. ChannelError names what is set up wrongly."""
    return channels_of(os.environ)


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Return the systems that are told of decisions. ValueError names what is set up wrongly."""
    return endpoints_of(os.environ)
