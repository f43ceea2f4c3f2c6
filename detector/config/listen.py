"""``web.listen``: a host and a port."""

import re

from detector.yamlfile import Node

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})")
DEFAULT = ("127.0.0.1", 8080)
MAX_PORT = 65_535


def read_listen(node: Node) -> tuple[str, int]:
    """Host and port of ``host:port`` or ``[IPv6]:port``."""
    text = node.text("{}:{}".format(*DEFAULT))
    match = _LISTEN.fullmatch(text)
    if match and int(match["port"]) <= MAX_PORT:
        return match["six"] or match["host"], int(match["port"])
    if node.is_text:
        node.fault(
            'host and port, such as "127.0.0.1:8080"',
            hint="0.0.0.0 listens on every address; a port is 0 to 65535.",
        )
    return DEFAULT
