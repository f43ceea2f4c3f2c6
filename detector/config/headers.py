"""The headers in which a message names the scaler it was made with."""

from detector.config import schema
from detector.config.section import read_section
from detector.config.settings import HeaderNames
from detector.yamlfile import Node


def read_headers(node: Node) -> HeaderNames:
    """Their names; the default where nothing is said."""
    read_section(node, schema.HEADERS)
    standard = HeaderNames()
    if not node.exists or not node.is_mapping:
        return standard
    headers = HeaderNames(
        digest=_header(node.get("digest"), standard.digest),
        version=_header(node.get("version"), standard.version),
    )
    if headers.digest is not None and headers.digest == headers.version:
        node.fault("two names", got=f"{headers.digest!r} for both")
    return headers


def _header(node: Node, default: str | None) -> str | None:
    """The name of a header; None where it is switched off."""
    if not node.exists:
        return default
    if node.is_null:
        return None
    name = node.text()
    if node.is_text and not name:
        node.fault("the name of a header, or null for none")
    return name or default
