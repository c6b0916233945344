"""Every process as BPMN 2.0: read as other tools read it, complete, drawn without a collision, the same each time."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from bpmn_io import check, create_moddle
from bpmn_io.lint import Linter
from bpmn_io.lint.resolver.node_resolver import NodeResolver
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, BpmnValidator

from tests.definitions.test_definitions import SMALL, written
from workflow.definitions.bpmn.graph import Graph, graph_of, shared_actions
from workflow.definitions.bpmn.layout import Box, Layout, layout_of
from workflow.definitions.bpmn.picture import svg
from workflow.definitions.bpmn.write import BPMN, bpmn
from workflow.definitions.loader import load_process, processes
from workflow.engine.model import Process

ALL = pytest.mark.parametrize("process", processes().values(), ids=list(processes()))
SPACE = {"b": BPMN}


def drawn(process: Process) -> tuple[Graph, Layout]:
    """Return the graph of a process and where it stands."""
    graph = graph_of(process)
    return graph, layout_of(graph)


def parsed(process: Process) -> etree._Element:
    """Return the file as a tree."""
    return etree.fromstring(bpmn(process).encode())


@ALL
def test_the_schema_of_bpmn_accepts_it(process: Process) -> None:
    BpmnValidator().validate(parsed(process))


@ALL
def test_a_modeller_reads_it_without_a_warning(process: Process) -> None:
    report = check(bpmn(process))
    assert report.ok and not report.errors and not report.warnings
    broken = check(bpmn(process).replace('sourceRef="Begin"', 'sourceRef="Nowhere"'))
    assert broken.warnings, "the reader would not have noticed"


@ALL
def test_the_usual_rules_find_nothing_but_names_on_lone_arrows(process: Process) -> None:
    definitions = create_moddle().from_xml(bpmn(process), "bpmn:Definitions").root_element
    linter = Linter(resolver=NodeResolver(), config={"extends": "bpmnlint:recommended"})
    found = linter.lint(definitions)
    assert set(found) <= {"superfluous-label"}, found


@ALL
def test_a_second_parser_reaches_every_shape(process: Process) -> None:
    parser = BpmnParser()
    text = bpmn(process).replace('isExecutable="false"', 'isExecutable="true"')  # it reads no others
    parser.add_bpmn_str(text.encode())
    name = f"Process_{process.slug}"
    specs = [parser.get_spec(name), *parser.get_subprocess_specs(name).values()]
    reached = {spec for found in specs for spec in found.task_specs}
    assert set(graph_of(process).nodes) <= reached


@ALL
def test_every_action_is_there_with_its_article(process: Process) -> None:
    words = [found.text for found in parsed(process).iter(f"{{{BPMN}}}documentation")]
    for state in process.states.values():
        for action in state.actions.values():
            assert any(
                text.split("（", 1)[0] in text and f"{action.title}（" in text and f"依据：{action.law}" in text
                for text in words
            ), (state.name, action.name)


@ALL
def test_what_the_clock_does_is_a_timer_and_what_the_system_does_a_service(process: Process) -> None:
    tree = parsed(process)
    shared = {(state, action.name) for action, states in shared_actions(process) for state in states}
    for state in process.states.values():
        for action in state.actions.values():
            if action.by != ("clock",) or (state.name, action.name) in shared:
                continue
            event = tree.xpath(f"//b:boundaryEvent[@id='On_{state.name}_{action.name}']", namespaces=SPACE)
            assert len(event) == 1 and event[0].get("attachedToRef") == f"Task_{state.name}"
            assert event[0].get("cancelActivity") == ("false" if action.then == state.name else "true")
            assert event[0].xpath("b:timerEventDefinition/b:timeDate/text()", namespaces=SPACE) == [
                f'finding("{action.when}")'
            ]
    for action, states in shared_actions(process):
        if action.by == ("clock",):
            starts = tree.xpath(
                f"//b:subProcess[@triggeredByEvent='true'][@name='{action.title}']/b:startEvent/b:timerEventDefinition",
                namespaces=SPACE,
            )
            assert starts, (action.name, states)
    for state in process.states.values():
        if not state.ends:
            tag = "userTask" if state.task else "serviceTask"
            assert tree.xpath(f"//b:{tag}[@id='Task_{state.name}']", namespaces=SPACE)


@ALL
def test_every_shape_stands_in_the_lane_of_its_post(process: Process) -> None:
    graph, layout = drawn(process)
    for node in graph.nodes.values():
        box, lane = layout.shapes[node.id], layout.lanes[node.lane]
        assert lane.y <= box.y and (box.bottom <= lane.bottom), node.id
    tasks = {state.task.post for state in process.states.values() if state.task}
    assert tasks <= set(graph.lanes)
    tree = parsed(process)
    held = Counter(tree.xpath("//b:flowNodeRef/text()", namespaces=SPACE))
    assert set(held.values()) == {1}
    assert set(held) == {node.id for node in graph.nodes.values() if not node.within}
    assert all(end.get("name") for end in tree.iter(f"{{{BPMN}}}endEvent"))


@ALL
def test_no_shape_lies_upon_another(process: Process) -> None:
    graph, layout = drawn(process)
    for one, other in combinations(graph.nodes.values(), 2):
        if one.id in (other.on, other.within) or other.id in (one.on, one.within):
            continue
        assert not overlap(layout.shapes[one.id], layout.shapes[other.id]), (one.id, other.id)
    for one, other in combinations(layout.lanes.values(), 2):
        assert not overlap(one, other)


def overlap(one: Box, other: Box) -> bool:
    """Return True if two boxes share more than an edge."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return across > 0 and down > 0


@ALL
def test_arrows_run_straight_touch_what_they_join_and_cross_no_shape(process: Process) -> None:
    graph, layout = drawn(process)
    for flow in graph.flows:
        points = layout.arrows[flow.id]
        assert all((x == to_x) is not (y == to_y) for (x, y), (to_x, to_y) in pairwise(points))
        for end, node in ((points[0], flow.source), (points[-1], flow.target)):
            assert touches(layout.shapes[node], end), (flow.id, node)
        ends = {flow.source, flow.target, graph.nodes[flow.source].on, graph.nodes[flow.source].within}
        for (x, y), (to_x, to_y) in pairwise(points):
            line = Box(min(x, to_x), min(y, to_y), abs(to_x - x) or 1, abs(to_y - y) or 1)
            for node in graph.nodes.values():
                if node.id not in ends and node.kind != "subprocess":
                    assert not overlap(line, layout.shapes[node.id]), (flow.id, node.id)


def touches(box: Box, point: tuple[int, int]) -> bool:
    """Return True if a point lies on the edge of a box."""
    x, y = point
    inside = box.x <= x <= box.right and box.y <= y <= box.bottom
    return inside and (x in (box.x, box.right) or y in (box.y, box.bottom))


@ALL
def test_two_arrows_share_a_line_only_where_they_part_or_meet(process: Process) -> None:
    graph, layout = drawn(process)
    lines = [
        (flow, min(a, b), max(a, b))
        for flow in graph.flows
        for a, b in zip(layout.arrows[flow.id], layout.arrows[flow.id][1:], strict=False)
    ]
    for (one, start, end), (other, first, last) in combinations(lines, 2):
        if {one.source, one.target} & {other.source, other.target} or one is other:
            continue
        for along, beside in ((0, 1), (1, 0)):
            same_line = start[beside] == end[beside] == first[beside] == last[beside]
            together = min(end[along], last[along]) - max(start[along], first[along])
            assert not (same_line and together > 0), (one.id, other.id)


@ALL
def test_the_bytes_are_the_same_in_another_process(process: Process) -> None:
    code = (
        "import sys; from workflow.definitions.loader import processes; from workflow.definitions.bpmn.write import bpmn;"
        f"sys.stdout.reconfigure(encoding='utf-8'); print(bpmn(processes()[{process.slug!r}]), end='')"
    )
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    root = Path(__file__).parents[2]
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, cwd=root, check=True)
    assert again.stdout == bpmn(process).encode()


def test_identifiers_do_not_follow_words(tmp_path: Path) -> None:
    one = load_process(written(tmp_path, SMALL))
    other = load_process(written(tmp_path, SMALL.replace("办结", "结束").replace("办理", "处理")))
    first, second = graph_of(one), graph_of(other)
    assert list(first.nodes) == list(second.nodes)
    assert [flow.id for flow in first.flows] == [flow.id for flow in second.flows]


WAITING = """\
process: waiting
name: 只等
version: "2026-01-01"
law: 行政许可法
starts-in: open
people: {reviewer: 审查人员, approver: 首席审批官}
states:
  open:
    name: 等待
    phase: review
    task: {for: reviewer, title: 等待消息}
    actions:
      note: {name: 记录, by: reviewer, then: open, law: 行政许可法}
      stop: {name: 叫停, by: approver, then: done, law: 行政许可法}
      settle: {name: 自动办结, by: system, needs: 材料齐全, then: done, law: 行政许可法}
      lapse: {name: 逾期, by: clock, when: STATUTORY_OVERDUE, then: open, law: 行政许可法}
  idle:
    name: 无人
    phase: review
    actions:
      lapse: {name: 逾期办结, by: clock, when: STATUTORY_OVERDUE, then: done, law: 行政许可法}
  done: {name: 完, phase: ended, ends: done}
"""


def test_a_state_whose_own_post_cannot_move_it_waits(tmp_path: Path) -> None:
    text = WAITING.replace(
        "      stop:", "      rest: {name: 搁置, by: approver, then: idle, law: 行政许可法}\n      stop:"
    )
    process = load_process(written(tmp_path, text))
    BpmnValidator().validate(parsed(process))
    graph = graph_of(process)
    by_id = {flow.id: flow for flow in graph.flows}
    assert (by_id["Flow_open_stay"].name, by_id["Flow_idle_stay"].name) == ("记录", "继续等待")
    kinds = {node.id: (node.kind, node.interrupts) for node in graph.nodes.values() if node.on}
    assert kinds == {
        "On_open_rest": ("signal", True),
        "On_open_stop": ("signal", True),
        "On_open_settle": ("condition", True),
        "On_open_lapse": ("timer", False),
        "On_idle_lapse": ("timer", True),
    }
    definitions = create_moddle().from_xml(bpmn(process), "bpmn:Definitions").root_element
    found = Linter(resolver=NodeResolver(), config={"extends": "bpmnlint:recommended"}).lint(definitions)
    assert set(found) == {"superfluous-label"}


def test_actions_of_one_name_that_differ_are_two_subprocesses(tmp_path: Path) -> None:
    process = processes()["document-review"]
    action = next(found for found, _ in shared_actions(process) if found.name == "withdraw")
    changed = {
        name: replace(
            state,
            actions={
                **state.actions,
                "withdraw": replace(action, title="撤件"),
            },
        )
        for name, state in process.states.items()
        if name in ("proposed", "legal-review")
    }
    graph = graph_of(replace(process, states={**process.states, **changed}))
    names = [node.name for node in graph.nodes.values() if node.id in ("Anytime_withdraw", "Anytime_withdraw-more")]
    assert names == ["撤回申请", "撤件"]


@ALL
def test_the_picture_draws_every_shape_and_arrow(process: Process) -> None:
    graph, layout = drawn(process)
    picture = etree.fromstring(svg(graph, layout).encode())
    space = "{http://www.w3.org/2000/svg}"
    assert {line.get("id") for line in picture.iter(f"{space}polyline")} == {flow.id for flow in graph.flows}
    assert len(list(picture.iter(f"{space}circle"))) >= sum(
        node.kind in ("start", "end", "timer", "signal", "condition") for node in graph.nodes.values()
    )
