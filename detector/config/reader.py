"""A configuration file to a Config, with every fault of it and of its scaler files at once."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from detector import yamlfile
from detector.config import kafka, schema
from detector.config.environment import expand
from detector.config.listen import read_listen
from detector.config.model import read_model
from detector.config.scalers import ScalerFiles
from detector.config.section import read_section, read_topic
from detector.config.settings import Config, DeadLetters, Delivery, ModelConfig, Start, Web
from detector.errors import ConfigError, Fault
from detector.secrets import Secret
from detector.yamlfile import Node

_EXACTLY_ONCE = (
    "`exactly_once` comes with a later release; until then `at_least_once`, and subscribers drop "
    "repeated events by their id."
)
_SHOWABLE = "a value that may be shown: only those of `kafka` and `web.token` come from files"


def load(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in the file *path*, with the scalers that it names.

    Raises ConfigError with every fault that could be found.

    environ: what ``${NAME}`` reads; None is the environment of the process.
    """
    root, source = yamlfile.load(path)
    source.raise_faults()
    expand(root, os.environ if environ is None else environ, path.parent)
    _refuse_hidden(root)
    seen = len(source.faults)
    files = ScalerFiles(path.parent)
    config = _read(path, root, files)
    faults = [*_without_echoes(source.faults, seen), *files.faults]
    if faults:
        raise ConfigError(*faults)
    return config


def _read(path: Path, root: Node, files: ScalerFiles) -> Config:
    if not root.is_mapping:
        root.fault("a mapping with kafka and models")
    root.only(schema.TOP)
    properties, group = kafka.read(root.get("kafka"))
    dead_letters = _dead_letters(read_section(root.get("dead_letters"), schema.DEAD_LETTERS))
    limits = read_section(root.get("limits"), schema.LIMITS)
    config = Config(
        path=path,
        kafka=properties,
        group=group,
        start=cast("Start", root.get("start").choice(("earliest", "latest"), "earliest")),
        delivery=_delivery(root.get("delivery")),
        alerts_topic=read_topic(
            read_section(root.get("alerts"), schema.ALERTS).get("topic"), "drift.alerts"
        ),
        dead_letters=dead_letters,
        max_message_bytes=limits.get("max_message_bytes").integer(
            1_048_576,
            check=lambda size: size >= 1,
            expected="a whole number of bytes, 1 or more",
        ),
        web=_web(read_section(root.get("web"), schema.WEB)),
        models=_models(root.get("models"), files, dead_letters.stop_above),
    )
    _check_topics(root, config)
    return config


def _delivery(node: Node) -> Delivery:
    if node.is_text and node.raw == "exactly_once":
        node.fault("at_least_once", hint=_EXACTLY_ONCE)
    else:
        node.choice(("at_least_once",), "at_least_once")
    return "at_least_once"


def _dead_letters(node: Node) -> DeadLetters:
    return DeadLetters(
        topic=read_topic(node.get("topic"), "drift.dead-letters"),
        stop_above=node.get("stop_above").number(
            0.5,
            check=lambda share: 0 < share <= 1,
            expected="a share above 0 and at most 1",
        ),
    )


def _web(node: Node) -> Web:
    host, port = read_listen(node.get("listen"))
    token = node.get("token")
    if token.is_null or not token.exists:
        return Web(host=host, port=port)
    text = token.text()
    if token.is_text and not text:
        token.fault("a token, or null for none", got="an empty text")
    return Web(host=host, port=port, token=Secret(text))


def _models(node: Node, files: ScalerFiles, stop_above: float) -> Mapping[str, ModelConfig]:
    if not node.exists:
        node.fault("at least one model", got="nothing (the key is required)")
    elif node.require_mapping("a mapping of names to models") and not node.keys():
        node.fault("at least one model", got="none")
    models = {
        name: read_model(name, child, files, stop_above=stop_above) for name, child in node.items()
    }
    return {name: model for name, model in models.items() if model is not None}


def _check_topics(root: Node, config: Config) -> None:
    """What the detector writes it must not read: it would judge its own alerts."""
    inputs = {
        child.get("topic").raw: name
        for name, child in root.get("models").items()
        if child.get("topic").is_text
    }
    for key, topic in (
        ("alerts", config.alerts_topic),
        ("dead_letters", config.dead_letters.topic),
    ):
        if topic in inputs:
            root.get(key).get("topic").fault(
                "a topic that no model reads", got=f"{topic!r}, which models.{inputs[topic]} reads"
            )
    if config.alerts_topic == config.dead_letters.topic:
        dead_letters = root.get("dead_letters").get("topic")
        node = dead_letters if dead_letters.exists else root.get("alerts").get("topic")
        node.fault("one topic for alerts and another for dead letters", got="the same for both")


def _refuse_hidden(root: Node) -> None:
    """A fault for each value from a file where it would be shown or published."""
    for node in root.walk():
        if node.hidden and not node.path.startswith("kafka.") and node.path != "web.token":
            node.fault(_SHOWABLE)


def _without_echoes(faults: Iterable[Fault], first: int) -> Iterable[Fault]:
    """*faults* without those about a value whose expansion (the *first* ones) failed already."""
    known: set[str] = set()
    for index, fault in enumerate(faults):
        if index < first:
            known.add(fault.place)
        if index < first or fault.place not in known:
            yield fault
