"""The ``kafka`` section: librdkafka's keys as they are, except those that the detector owns."""

import re
from collections.abc import Mapping

from detector.secrets import Secret
from detector.yamlfile import Node

DEFAULT_GROUP = "detector"
SECRET_KEY = re.compile(
    r"password|secret|token|\.pem$|private\.key|passphrase|assertion|sasl\.oauthbearer\.config"
)
_OURS = "the detector sets it"
_CODE = "it would let this file run code"
REFUSED = {
    "auto.offset.reset": f"{_OURS}; use `start: earliest` or `start: latest`",
    "enable.auto.commit": f"{_OURS}: offsets are committed after the alerts are acknowledged",
    "enable.auto.offset.store": f"{_OURS}: offsets are committed after the alerts are acknowledged",
    "enable.partition.eof": _OURS,
    "isolation.level": _OURS,
    "transactional.id": f"{_OURS}, once `delivery: exactly_once` is there",
    "plugin.library.paths": _CODE,
    "sasl.kerberos.kinit.cmd": f"{_CODE}; renew the ticket outside, or use SCRAM or OAUTHBEARER",
    "ssl.engine.location": _CODE,
    "ssl.providers": _CODE,
    **dict.fromkeys(
        ("error_cb", "logger", "oauth_cb", "on_commit", "on_delivery", "stats_cb", "throttle_cb"),
        "it takes a Python function, and this file has none",
    ),
    "metadata.broker.list": "use its other name, `bootstrap.servers`",
}


def read(node: Node) -> tuple[Mapping[str, str | Secret], str]:
    """The properties without ``group.id``, and the group.

    Values from a file and those of keys that look like secrets become Secrets. Whether librdkafka
    knows a key is for the client to say: stream.client.check_properties.
    """
    properties: dict[str, str | Secret] = {}
    if not node.exists or not node.require_mapping("a mapping with bootstrap.servers"):
        node.get("bootstrap.servers").text(required=True)
        return properties, DEFAULT_GROUP
    for key, child in node.items():
        if key in REFUSED:
            child.fault("only keys that are yours to set", got=f"{key!r}", hint=f"{REFUSED[key]}.")
        elif (value := _value(key, child)) is not None:
            properties[key] = value
    if not node.get("bootstrap.servers").exists:
        node.get("bootstrap.servers").text(required=True)
    return properties, _group(node, properties.pop("group.id", DEFAULT_GROUP))


def weaknesses(properties: Mapping[str, str | Secret]) -> list[str]:
    """What in *properties* is allowed but weakens the connection, a sentence each."""
    found = []
    if properties.get("enable.ssl.certificate.verification") in ("false", "f", "0"):
        found.append("enable.ssl.certificate.verification is off: anyone can pose as the broker.")
    if properties.get("ssl.endpoint.identification.algorithm") == "none":
        found.append(
            "ssl.endpoint.identification.algorithm is none: any certificate of the same authority "
            "passes for the broker's."
        )
    if str(properties.get("security.protocol", "")).upper() == "SASL_PLAINTEXT":
        found.append("security.protocol is SASL_PLAINTEXT: nothing on the wire is encrypted.")
    return found


def _value(key: str, node: Node) -> str | Secret | None:
    if not node.is_scalar or node.is_null or (not node.raw and key == "bootstrap.servers"):
        node.fault("text, a number, true or false")
        return None
    text = node.raw
    if node.is_boolean:  # librdkafka does not know YAML's yes, no, on and off
        text = "true" if text.lower() in ("true", "yes", "on") else "false"
    return Secret(text) if node.hidden or SECRET_KEY.search(key) else text


def _group(node: Node, group: str | Secret) -> str:
    if isinstance(group, str) and group.strip():
        return group
    node.get("group.id").fault("a name that may be shown: it is a part of every alert")
    return DEFAULT_GROUP
