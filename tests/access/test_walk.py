"""Every route of the API, asked by every post in every relation, answers as the hand-written table says."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.expected import STAFF_ACTS
from tests.access.walk import asked, checks, lists
from tests.access.world import World, build, walkers
from tests.infrastructure.servers import TEMPLATE, create_database
from workflow.definitions.access import matrix

POSTS = ("public", "applicant", "agent", *STAFF_ACTS)
CHECKS_MIN = 9_000


@pytest.fixture(scope="module")
def world(server: str, worker_name: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The office of the walk, built once; nothing in it is changed by walking."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANJIAN_DEMO", "1")
        patch.setenv("BANJIAN_CLOCK", "2026-09-01T12:00:00+08:00")
        folder: Path = tmp_path_factory.mktemp("access")
        made = build(create_database(server, f"w_{worker_name}", TEMPLATE), broker_url, folder)
        yield made
        made.app.extensions["banjian.office"].close()


@pytest.mark.parametrize("post", POSTS)
def test_every_door_opens_to_those_it_should_and_to_nobody_else(world: World, post: str) -> None:
    wrong = []
    for one in [one for one in world.people if one.post == post]:
        for check in checks(world, one):
            status, fault = asked(world, one, check)
            if fault:
                wrong.append(f"{one.id or 'public'}: {check.method} {check.path} -> {status}, {fault} {check.what}")
        wrong += [
            f"{one.id or 'public'}: {name} shows {shown}, should {should}"
            for name, shown, should in lists(world, one)
            if shown != should
        ]
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:40])


def test_the_walk_is_wide_enough_and_leaves_no_route_of_the_api_out(world: World) -> None:
    counted = Counter(check.route for one in world.people for check in checks(world, one))
    assert sum(counted.values()) >= CHECKS_MIN, sum(counted.values())
    listed = {"GET /api/v1/cases", "GET /api/v1/tasks", "GET /api/v1/permits", "GET /api/v1/mandates"}
    api = {route for route in matrix().routes if route.split()[1].startswith("/api/")}
    assert api - set(counted) - listed == set()
    assert len(list(walkers())) == len({one.id for one in world.people})
