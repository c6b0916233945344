"""Where every shape stands and every arrow runs: a grid of lanes and columns with channels between.

A state takes one cell: join, task, split, side by side. Arrows run only in the channels between columns (down)
and between rows (across), each on a track of its own, so they cross but never lie upon one another or run
through a shape. Columns follow the longest way from the start. What may happen anytime stands in front of the
first column, where no arrow runs. All lengths are pixels.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from workflow.definitions.bpmn.graph import Flow, Graph, Node

TASK = (120, 80)
SIZES = {
    "user": TASK,
    "service": TASK,
    "split": (50, 50),
    "join": (50, 50),
    "start": (36, 36),
    "end": (36, 36),
    "timer": (36, 36),
    "condition": (36, 36),
    "signal": (36, 36),
    "subprocess": (330, 120),
}
GAP = 30  # between the shapes of a cell
LOOP = 46  # room above a task for the arrow that comes back
BELOW = 28  # room below a task for the events on its edge; their names stand on their arrows
EVENTS = 40  # from one event on the edge of a task to the next
TRACK = 18  # between two arrows side by side across
LINE = 12  # between two arrows side by side down
NAME = 150  # room before a column for the names of arrows that end there
HEAD = 30  # the strip with the name of a pool or a lane
GLYPH = 12  # the width of a Chinese character
TEXT = 16  # the height of a line
MARGIN = 20
ABREAST = 3  # subprocesses side by side

Point = tuple[int, int]


class Box(NamedTuple):
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> Point:
        """Return its middle."""
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def right(self) -> int:
        """Return its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Return its lower edge."""
        return self.y + self.height


@dataclass(slots=True)
class Layout:
    """Boxes of shapes and lanes by id, points of arrows, boxes of their names. pool: the whole."""

    pool: Box
    lanes: dict[str, Box] = field(default_factory=dict)
    shapes: dict[str, Box] = field(default_factory=dict)
    names: dict[str, Box] = field(default_factory=dict)
    arrows: dict[str, list[Point]] = field(default_factory=dict)


def layout_of(graph: Graph) -> Layout:
    """Return where everything stands; the same for the same graph."""
    return _Grid(graph).layout


class _Grid:
    """Cells first, then the channels with their tracks, then pixels."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cells = _cells(graph)
        self.column = _columns(graph, self.cells)
        self.rows: dict[str, list[dict[int, str]]] = {}  # lane -> rows of {column: cell}
        self.row: dict[str, int] = {}
        self._place()
        self.across: dict[int, list[str]] = defaultdict(list)  # channel above a row -> flows, a track each
        self.down: dict[int, list[str]] = defaultdict(list)  # channel before a column -> flows, a track each
        self._route()
        self.layout = Layout(Box(0, 0, 0, 0))
        self._pixels()

    # -- cells -----------------------------------------------------------------------------------

    def cell_of(self, node_id: str) -> str:
        """Return the cell a shape stands in: the id of its first member."""
        return self.cells[node_id]

    def _place(self) -> None:
        """Give every cell the first free row of its lane; a lane has a row though it be empty."""
        number = 0
        for lane in self.graph.lanes:
            rows: list[dict[int, str]] = []
            for cell in dict.fromkeys(self.cells.values()):
                if self.graph.nodes[cell].lane == lane:
                    row = next((row for row in rows if self.column[cell] not in row), None)
                    if row is None:
                        rows.append(row := {})
                    row[self.column[cell]] = cell
            self.rows[lane] = rows or [{}]
            for row in self.rows[lane]:
                for cell in row.values():
                    self.row[cell] = number
                number += 1

    # -- channels --------------------------------------------------------------------------------

    def _inner(self, flow: Flow) -> bool:
        """Return True for an arrow within a cell, or within a subprocess."""
        source, target = self.graph.nodes[flow.source], self.graph.nodes[flow.target]
        if source.within or target.within:
            return True
        return self.cells[flow.source] == self.cells[flow.target] and not source.on

    def _route(self) -> None:
        """Give every arrow its tracks: down beside its source, across beside its target's row, down again.

        An arrow that leaves a row must turn off before another comes into that row on the same line. Where two
        arrows between neighbouring columns want that of each other, one makes a detour.
        """
        self.outer = [flow for flow in self.graph.flows if not self._inner(flow)]
        self.detours: set[str] = set()
        while True:
            self._take_tracks()
            blocked = next((key for column in self.down if (key := self._sort(column))), None)
            if blocked is None:
                return
            self.detours.add(blocked)

    def _take_tracks(self) -> None:
        self.across.clear()
        self.down.clear()
        for flow in sorted(self.outer, key=self._order):  # arrows of events first, that of the rightmost on top
            source, target = self.cells[flow.source], self.cells[flow.target]
            if self.graph.nodes[flow.source].on:
                self.across[self.row[source] + 1].append(flow.id)
                self.down[self.column[target]].append(f"{flow.id}>")
                continue
            self.down[self.column[source] + 1].append(flow.id)
            if not self._is_next(flow):
                self.across[self._channel(flow)].append(flow.id)
                self.down[self.column[target]].append(f"{flow.id}>")

    def _sort(self, column: int) -> str:
        """Put the tracks of a channel in an order that nobody has to cross along a line; return who blocks, or ""."""
        left = list(self.down[column])
        flows = {flow.id: flow for flow in self.outer}
        leaves = {key: self.row[self.cells[flows[key].source]] for key in left if not key.endswith(">")}
        comes = {
            key: self.row[self.cells[flows[key.rstrip(">")].target]]
            for key in left
            if key.endswith(">") or self._is_next(flows[key])
        }

        def waits_for(key: str, other: str) -> bool:
            one, two = flows[key.rstrip(">")], flows[other.rstrip(">")]
            apart = one.source != two.source and one.target != two.target and one is not two
            return apart and key in comes and leaves.get(other) == comes[key]

        order: list[str] = []
        while left:
            free = next((key for key in left if not any(waits_for(key, other) for other in left)), None)
            if free is None:
                return next(key for key in left if key in leaves and key in comes)
            left.remove(free)
            order.append(free)
        self.down[column] = order
        return ""

    def _order(self, flow: Flow) -> tuple[int, ...]:
        source, target = self.graph.nodes[flow.source], self.cells[flow.target]
        if source.on:
            index = self._events(self.graph.nodes[source.on]).index(source)
            return 0, -self.column[source.on], -index
        return 1, self.row[target], self.column[target], self.row[self.cells[flow.source]]

    def _is_next(self, flow: Flow) -> bool:
        """Return True for an arrow straight into the next column."""
        if flow.id in self.detours:
            return False
        return self.column[self.cells[flow.target]] == self.column[self.cells[flow.source]] + 1

    def _channel(self, flow: Flow) -> int:
        source, target = self.row[self.cells[flow.source]], self.row[self.cells[flow.target]]
        return target + 1 if source > target else target

    # -- pixels ----------------------------------------------------------------------------------

    def _pixels(self) -> None:
        lefts = self._lefts()
        tops, lanes = self._tops()
        for cell in dict.fromkeys(self.cells.values()):
            self._cell(cell, lefts[self.column[cell]], tops[self.row[cell]] + LOOP)
        self._lanes_and_pool(lanes, lefts)
        for flow in self.graph.flows:
            if self._inner(flow):
                self._short(flow)
        for flow in self.outer:
            self._long(flow, lefts, tops)

    def _lefts(self) -> list[int]:
        """Return the left edge of every column, and of one more."""
        widths: dict[int, int] = defaultdict(int)
        for cell in dict.fromkeys(self.cells.values()):
            column = self.column[cell]
            widths[column] = max(widths[column], self._width(cell))
        found, x = [], 2 * HEAD + MARGIN + self._strip()
        for column in range(max(widths) + 2):
            x += LINE * (len(self.down[column]) + 1) + (NAME if column else 0)
            found.append(x)
            x += widths[column]
        return found

    def _strip(self) -> int:
        """Return the width of the strip of subprocesses."""
        most = max(len(self._subprocesses(lane)) for lane in self.graph.lanes)
        return min(most, ABREAST) * (SIZES["subprocess"][0] + MARGIN)

    def _tops(self) -> tuple[list[int], dict[str, Box]]:
        """Return the top of every row, below the channel above it, and of one more; and the lanes, not wide yet."""
        found, lanes, y, row = [], {}, 0, 0
        for lane, rows in self.rows.items():
            top = y
            for cells in rows:
                y += TRACK * (len(self.across[row]) + 1)
                found.append(y)
                y += LOOP + TASK[1] + BELOW if cells else 0
                row += 1
            count = len(self._subprocesses(lane))
            strip = MARGIN + -(-count // ABREAST) * (SIZES["subprocess"][1] + MARGIN) if count else 0
            y = max(y, top + strip)
            lanes[lane] = Box(HEAD, top, 0, y - top)
        y += TRACK * (len(self.across[row]) + 1)
        found.append(y)
        last = lanes[lane]
        lanes[lane] = last._replace(height=y - last.y)
        return found, lanes

    def _subprocesses(self, lane: str) -> list[Node]:
        return [node for node in self.graph.nodes.values() if node.kind == "subprocess" and node.lane == lane]

    def _members(self, cell: str) -> list[Node]:
        """Return the shapes of a cell from left to right."""
        order = ("start", "join", "user", "service", "end", "split")
        found = [node for node in self.graph.nodes.values() if self.cells.get(node.id) == cell and not node.on]
        return sorted(found, key=lambda node: order.index(node.kind))

    def _width(self, cell: str) -> int:
        members = self._members(cell)
        return sum(self._size(node)[0] for node in members) + GAP * (len(members) - 1)

    def _size(self, node: Node) -> tuple[int, int]:
        """Return width and height; a task is as wide as the events on its edge need."""
        width, height = SIZES[node.kind]
        return max(width, EVENTS * (len(self._events(node)) + 1)) if node.kind in ("user", "service") else width, height

    def _events(self, task: Node) -> list[Node]:
        return [node for node in self.graph.nodes.values() if node.on == task.id]

    def _cell(self, cell: str, x: int, y: int) -> None:
        middle = y + TASK[1] // 2
        for node in self._members(cell):
            width, height = self._size(node)
            box = Box(x, middle - height // 2, width, height)
            self.layout.shapes[node.id] = box
            if node.kind in ("start", "end"):
                self.layout.names[node.id] = _under(box, node.name)
            elif node.kind == "split":
                self.layout.names[node.id] = Box(box.middle[0] + 6, box.y - TEXT, GLYPH * len(node.name), TEXT)
            x += width + GAP
            if node.kind in ("user", "service"):
                self._events_on(node, box)

    def _events_on(self, task: Node, box: Box) -> None:
        events = self._events(task)
        for index, event in enumerate(events):
            x = box.x + box.width * (index + 1) // (len(events) + 1)
            self.layout.shapes[event.id] = Box(x - 18, box.bottom - 18, 36, 36)

    def _lanes_and_pool(self, lanes: dict[str, Box], lefts: list[int]) -> None:
        layout = self.layout
        width, height = SIZES["subprocess"]
        for lane, box in lanes.items():
            for index, node in enumerate(self._subprocesses(lane)):
                down, along = divmod(index, ABREAST)
                x = 2 * HEAD + MARGIN + along * (width + MARGIN)
                self._subprocess(node, Box(x, box.y + MARGIN + down * (height + MARGIN), width, height))
        right = max(box.right for box in [*layout.shapes.values(), *layout.names.values()])
        if self.down[len(lefts) - 1]:
            right = max(right, lefts[-1])
        right += MARGIN
        layout.pool = Box(0, 0, right, sum(box.height for box in lanes.values()))
        layout.lanes = {lane: box._replace(width=right - HEAD) for lane, box in lanes.items()}

    def _subprocess(self, node: Node, box: Box) -> None:
        self.layout.shapes[node.id] = box
        self.layout.names[node.id] = Box(box.x + 8, box.y + 4, GLYPH * len(node.name), TEXT)
        x = box.x + 20
        for inner in (found for found in self.graph.nodes.values() if found.within == node.id):
            width, height = SIZES[inner.kind]
            shape = Box(x, box.y + 68 - height // 2, width, height)
            self.layout.shapes[inner.id] = shape
            if inner.kind not in ("user", "service"):
                self.layout.names[inner.id] = _under(shape, inner.name)
            x += width + GAP + 10

    # -- arrows ----------------------------------------------------------------------------------

    def _short(self, flow: Flow) -> None:
        """An arrow within a cell or a subprocess: straight on, or back over the task."""
        source, target = self.layout.shapes[flow.source], self.layout.shapes[flow.target]
        if target.x < source.x:
            y = source.middle[1] - TASK[1] // 2 - 22
            right = source.right - 15
            start = (source.middle[0], source.y) if self.graph.nodes[flow.source].kind == "split" else (right, source.y)
            over = [start, (start[0], y), (target.middle[0], y), (target.middle[0], target.y)]
            self.layout.arrows[flow.id] = over
            self.layout.names[flow.id] = Box(target.middle[0] + 6, y - TEXT, GLYPH * len(flow.name), TEXT)
            return
        self.layout.arrows[flow.id] = [(source.right, source.middle[1]), (target.x, target.middle[1])]

    def _long(self, flow: Flow, lefts: list[int], tops: list[int]) -> None:
        source, target = self.layout.shapes[flow.source], self.layout.shapes[flow.target]
        end = (target.x, target.middle[1])
        column = self.column[self.cells[flow.target]]
        if self.graph.nodes[flow.source].on:
            y = self._across_at(self.row[self.cells[flow.source]] + 1, flow.id, tops)
            x = self._down_at(column, f"{flow.id}>", lefts)
            start = (source.middle[0], source.bottom)
            name = self.graph.nodes[flow.source].name
            self.layout.names[flow.source] = Box(start[0] + 6, y - TEXT, GLYPH * len(name), TEXT)
            self._draw(flow, [start, (start[0], y), (x, y), (x, end[1]), end], lefts)
            return
        start = (source.right, source.middle[1])
        x = self._down_at(self.column[self.cells[flow.source]] + 1, flow.id, lefts)
        if self._is_next(flow):
            self._draw(flow, [start, (x, start[1]), (x, end[1]), end], lefts)
            return
        y = self._across_at(self._channel(flow), flow.id, tops)
        last = self._down_at(column, f"{flow.id}>", lefts)
        self._draw(flow, [start, (x, start[1]), (x, y), (last, y), (last, end[1]), end], lefts)

    def _draw(self, flow: Flow, points: list[Point], lefts: list[int]) -> None:
        self.layout.arrows[flow.id] = [p for index, p in enumerate(points) if index == 0 or p != points[index - 1]]
        if not flow.name:
            return
        width = GLYPH * len(flow.name)
        if len(points) == 4:  # straight into the next column: names stand above one another before the target
            x, y = points[3]
            for other in self.outer:
                if other.target == flow.target and self._is_next(other) and other.name:
                    y -= _lines(other.name) * TEXT
                if other is flow:
                    break
            self.layout.names[flow.id] = Box(x - NAME + 8, y - 2, min(width, NAME - 10), _lines(flow.name) * TEXT)
            return
        (x, y), (to, _) = points[-4], points[-3]
        column = self.column[self.cells[flow.source]] + 1
        right = lefts[column] - (NAME if column else 0)  # beside the channel, clear of its tracks
        left = right - LINE * (len(self.down[column]) + 1)
        self.layout.names[flow.id] = Box(right if to > x else left - width, y - TEXT, width, TEXT)

    def _across_at(self, channel: int, key: str, tops: list[int]) -> int:
        """Return the height of a track: the channel lies above its row."""
        tracks = self.across[channel]
        return tops[channel] - TRACK * (len(tracks) - tracks.index(key))

    def _down_at(self, column: int, key: str, lefts: list[int]) -> int:
        tracks = self.down[column]
        return lefts[column] - (NAME if column else 0) - LINE * (len(tracks) - tracks.index(key))


def _lines(name: str) -> int:
    """Return how many lines a name takes before a column."""
    return -(-GLYPH * len(name) // (NAME - 10))


def _under(box: Box, name: str) -> Box:
    """Return where the name of an event stands: below it, in lines of seven characters."""
    width = GLYPH * min(len(name), 7)
    return Box(box.middle[0] - width // 2, box.bottom + 4, width, TEXT * -(-len(name) // 7))


def _cells(graph: Graph) -> dict[str, str]:
    """Return {shape: cell}; a cell is named by its task or end. Shapes within subprocesses have none."""
    cells: dict[str, str] = {}
    for node in graph.nodes.values():
        if node.within or node.kind == "subprocess":
            continue
        if node.kind in ("user", "service", "end"):
            cells[node.id] = node.id
        elif node.on:
            cells[node.id] = node.on
    for node in graph.nodes.values():
        if node.kind == "start":
            cells[node.id] = node.id
        elif node.kind == "join":
            cells[node.id] = graph.flows_from(node.id)[0].target
        elif node.kind == "split":
            cells[node.id] = graph.flows_into(node.id)[0].source
    return cells


def _columns(graph: Graph, cells: dict[str, str]) -> dict[str, int]:
    """Return the column of each cell: the longest way from the start that turns back nowhere."""
    leads: dict[str, list[str]] = {cell: [] for cell in dict.fromkeys(cells.values())}
    for flow in graph.flows:
        if flow.source in cells and cells[flow.source] != cells[flow.target]:
            leads[cells[flow.source]].append(cells[flow.target])
    order: list[str] = []
    forward: dict[str, list[str]] = {cell: [] for cell in leads}
    state: dict[str, int] = {}

    def visit(cell: str) -> None:
        state[cell] = 1
        for following in leads[cell]:
            if state.get(following) == 1:
                continue  # an arrow back
            forward[cell].append(following)
            if following not in state:
                visit(following)
        state[cell] = 2
        order.append(cell)

    visit(cells["Begin"])
    column = dict.fromkeys(leads, 0)
    for cell in reversed(order):
        for following in forward[cell]:
            column[following] = max(column[following], column[cell] + 1)
    return column
