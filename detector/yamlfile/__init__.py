"""Strict YAML: every value knows its line, nothing is guessed, all faults are reported at once.

The one place that imports yaml. PyYAML alone reads ``1e-3`` as text, ``010`` as eight, a key ``no``
as False, lets the last of two equal keys win and expands aliases without bound; here each of these
is a fault with a place, or simply text.
"""

from detector.yamlfile.node import Node, Source, load, nearest, parse
from detector.yamlfile.tree import MAX_BYTES, MAX_DEPTH
from detector.yamlfile.write import Inline, dump, save

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Inline",
    "Node",
    "Source",
    "dump",
    "load",
    "nearest",
    "parse",
    "save",
]
