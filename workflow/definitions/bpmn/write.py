"""A process as a BPMN 2.0 file with its diagram: the same bytes for the same definition."""

from xml.etree import ElementTree as tree

from workflow.definitions.bpmn.graph import Flow, Graph, Node, graph_of
from workflow.definitions.bpmn.layout import Box, Layout, layout_of
from workflow.engine.model import Process

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:banjian:process"  # what BPMN has no word for
SPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "banjian": OURS}
ELEMENTS = {
    "start": "startEvent",
    "user": "userTask",
    "service": "serviceTask",
    "split": "exclusiveGateway",
    "join": "exclusiveGateway",
    "end": "endEvent",
    "subprocess": "subProcess",
}
DEFINITIONS = {
    "timer": "timerEventDefinition",
    "condition": "conditionalEventDefinition",
    "signal": "signalEventDefinition",
}


def bpmn(process: Process) -> str:
    """Return the process as BPMN 2.0 XML with lanes, documentation and diagram."""
    graph = graph_of(process)
    return _Writer(graph, layout_of(graph)).text()


class _Writer:
    """Writes elements in the order the schema of BPMN 2.0 wants."""

    def __init__(self, graph: Graph, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self.slug = graph.process.slug

    def text(self) -> str:
        for prefix, uri in SPACES.items():
            tree.register_namespace(prefix, uri)
        root = _element(None, BPMN, "definitions", id=f"Definitions_{self.slug}", targetNamespace=OURS)
        self._signals(root)
        pool = _element(root, BPMN, "collaboration", id=f"Collaboration_{self.slug}")
        name, process = self.graph.process.title, f"Process_{self.slug}"
        _element(pool, BPMN, "participant", id=f"Pool_{self.slug}", name=name, processRef=process)
        self._process(root)
        self._diagram(root)
        tree.indent(root, "  ")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tree.tostring(root, encoding="unicode") + "\n"

    def _signals(self, root: tree.Element) -> None:
        names = {node.slug: node.name for node in self.graph.nodes.values() if node.kind == "signal"}
        for slug, name in names.items():
            is_taken = sum(other == name for other in names.values()) > 1
            _element(root, BPMN, "signal", id=f"Signal_{slug}", name=f"{name}（{slug}）" if is_taken else name)

    def _process(self, root: tree.Element) -> None:
        process = self.graph.process
        element = _element(root, BPMN, "process", id=f"Process_{self.slug}", name=process.title, isExecutable="false")
        _element(element, BPMN, "documentation").text = f"{process.title} {process.version}\n依据：{process.law}"
        ours = _element(element, BPMN, "extensionElements")
        _element(ours, OURS, "process", slug=process.slug, version=process.version, digest=process.digest)
        self._lanes(element)
        for node in self.graph.nodes.values():
            if not node.within:
                self._node(element, node)
        inside = {node.id for node in self.graph.nodes.values() if node.within}
        for flow in self.graph.flows:
            if flow.source not in inside:
                self._flow(element, flow)

    def _lanes(self, process: tree.Element) -> None:
        lanes = _element(process, BPMN, "laneSet", id=f"Lanes_{self.slug}")
        for post, name in self.graph.lanes.items():
            lane = _element(lanes, BPMN, "lane", id=f"Lane_{post}", name=name)
            for node in self.graph.nodes.values():
                if node.lane == post and not node.within:
                    _element(lane, BPMN, "flowNodeRef").text = node.id

    def _node(self, parent: tree.Element, node: Node) -> None:
        element = _element(parent, BPMN, self._tag(node), **self._attributes(node))
        if node.documentation:
            _element(element, BPMN, "documentation").text = node.documentation
        if node.kind in ("user", "service") and node.id.startswith("Task_"):
            state = self.graph.process.states[node.slug]
            ours = _element(element, BPMN, "extensionElements")
            _element(ours, OURS, "state", slug=state.name, name=state.title, phase=state.phase)
        for flow in self.graph.flows_into(node.id):
            _element(element, BPMN, "incoming").text = flow.id
        for flow in self.graph.flows_from(node.id):
            _element(element, BPMN, "outgoing").text = flow.id
        if node.kind in DEFINITIONS:
            self._definition(element, node)
        if node.kind == "subprocess":
            self._inside(element, node)

    def _tag(self, node: Node) -> str:
        if node.kind in DEFINITIONS:
            return "boundaryEvent" if node.on else "startEvent"
        return ELEMENTS[node.kind]

    def _attributes(self, node: Node) -> dict[str, str]:
        found = {"id": node.id}
        if node.name:
            found["name"] = node.name
        if node.on:
            found |= {"attachedToRef": node.on, "cancelActivity": _said(node.interrupts)}
        elif node.kind in DEFINITIONS:
            found["isInterrupting"] = _said(node.interrupts)
        if node.kind == "subprocess":
            found["triggeredByEvent"] = "true"
        return found

    def _definition(self, event: tree.Element, node: Node) -> None:
        definition = _element(event, BPMN, DEFINITIONS[node.kind], id=f"{node.id}_def")
        if node.kind == "signal":
            definition.set("signalRef", f"Signal_{node.slug}")
        elif node.kind == "timer":
            _formal(definition, "timeDate", node.expression)
        else:
            _formal(definition, "condition", node.expression)

    def _inside(self, element: tree.Element, node: Node) -> None:
        inner = [found for found in self.graph.nodes.values() if found.within == node.id]
        ids = {found.id for found in inner}
        for found in inner:
            self._node(element, found)
        for flow in self.graph.flows:
            if flow.source in ids:
                self._flow(element, flow)

    def _flow(self, parent: tree.Element, flow: Flow) -> None:
        name = {"name": flow.name} if flow.name else {}
        element = _element(
            parent, BPMN, "sequenceFlow", id=flow.id, **name, sourceRef=flow.source, targetRef=flow.target
        )
        if flow.documentation:
            _element(element, BPMN, "documentation").text = flow.documentation
        if flow.condition:
            _formal(element, "conditionExpression", flow.condition)

    # -- the diagram -----------------------------------------------------------------------------

    def _diagram(self, root: tree.Element) -> None:
        diagram = _element(root, BPMNDI, "BPMNDiagram", id=f"Diagram_{self.slug}")
        plane = _element(
            diagram, BPMNDI, "BPMNPlane", id=f"Plane_{self.slug}", bpmnElement=f"Collaboration_{self.slug}"
        )
        self._shape(plane, f"Pool_{self.slug}", self.layout.pool, isHorizontal="true")
        for post, box in self.layout.lanes.items():
            self._shape(plane, f"Lane_{post}", box, isHorizontal="true")
        for node in self.graph.nodes.values():
            more = {"isExpanded": "true"} if node.kind == "subprocess" else {}
            is_labelled = node.kind not in ("user", "service", "subprocess")
            name = self.layout.names.get(node.id) if is_labelled and node.name else None
            self._shape(plane, node.id, self.layout.shapes[node.id], name, **more)
        for flow in self.graph.flows:
            edge = _element(plane, BPMNDI, "BPMNEdge", id=f"{flow.id}_di", bpmnElement=flow.id)
            for x, y in self.layout.arrows[flow.id]:
                _element(edge, DI, "waypoint", x=str(x), y=str(y))
            if flow.name and flow.id in self.layout.names:
                _bounds(_element(edge, BPMNDI, "BPMNLabel"), self.layout.names[flow.id])

    def _shape(self, plane: tree.Element, of: str, box: Box, name: Box | None = None, **more: str) -> None:
        shape = _element(plane, BPMNDI, "BPMNShape", id=f"{of}_di", bpmnElement=of, **more)
        _bounds(shape, box)
        if name is not None:
            _bounds(_element(shape, BPMNDI, "BPMNLabel"), name)


def _element(parent: tree.Element | None, space: str, tag: str, **attributes: str) -> tree.Element:
    full = f"{{{space}}}{tag}"
    return tree.Element(full, attributes) if parent is None else tree.SubElement(parent, full, attributes)


def _bounds(parent: tree.Element, box: Box) -> None:
    _element(parent, DC, "Bounds", x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))


def _formal(parent: tree.Element, tag: str, text: str) -> None:
    _element(parent, BPMN, tag, **{f"{{{XSI}}}type": "bpmn:tFormalExpression"}).text = text


def _said(value: bool) -> str:
    return "true" if value else "false"
