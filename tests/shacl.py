"""DCAT documents against the shapes of DCAT-AP (tests/shapes)."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path

import pyshacl
import rdflib

SHAPES = Path(__file__).parent / "shapes"
SH = rdflib.SH


@functools.cache
def _shapes(name: str) -> rdflib.Graph:
    graph = rdflib.Graph().parse(SHAPES / name, format="turtle")
    # The file of 3.0.1 names two shapes of dcat:DataService that nobody defines.
    for shape, absent in list(graph.subject_objects(SH.property)):
        if (absent, None, None) not in graph:
            graph.remove((shape, SH.property, absent))
    return graph


def files(version: str) -> list[str]:
    """Return the files of shapes of one release: 3.0.1 or 2.1.1."""
    return sorted(f"{version}/{path.name}" for path in (SHAPES / version).glob("*.ttl"))


def results(graph: rdflib.Graph, name: str) -> Counter:
    """Return what one file of shapes says: {(severity, path, message): how often}."""
    _, report, _ = pyshacl.validate(
        graph, shacl_graph=_shapes(name), inference="none", advanced=True
    )
    return Counter(
        (
            str(report.value(result, SH.resultSeverity)).split("#")[-1],
            str(report.value(result, SH.resultPath)),
            str(report.value(result, SH.resultMessage)),
        )
        for result in report.objects(None, SH.result)
    )


def violations(graph: rdflib.Graph, version: str) -> Counter:
    """Return the violations of all shapes of a release; warnings are none."""
    found: Counter = Counter()
    for name in files(version):
        for key, count in results(graph, name).items():
            if key[0] == "Violation":
                found[(name, *key[1:])] += count
    return found
