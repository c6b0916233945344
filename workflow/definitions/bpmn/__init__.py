"""A process as BPMN 2.0: graph.py says what it is in BPMN's words, layout.py where it stands, write.py the XML."""
