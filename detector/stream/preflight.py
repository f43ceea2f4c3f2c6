"""Whether the broker can serve a configuration: asked before anything is started."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource

from detector.config import Config
from detector.errors import TransportError
from detector.stream import client, failures

ANSWER_WITHIN_S = 5.0
KNOWN_WITHIN_S = 2.0  # a topic created just now
ASK_AGAIN_AFTER_S = 0.2
LARGEST_EVENT = 32_768  # bytes; half of it is the most that was seen, with names of 500 bytes each

READ = AclOperation.READ
WRITE = AclOperation.WRITE


def preflight(config: Config) -> list[str]:
    """What is missing, each in a sentence with the way out; empty when `run` can begin.

    Changes nothing on the broker. Takes 15 s at most. Raises ConfigError where librdkafka does not
    take the ``kafka`` keys.
    """
    errors = client.ClientErrors()
    admin = client.admin(config.kafka, errors=errors)
    servers = config.kafka["bootstrap.servers"]
    try:
        admin.list_topics(timeout=ANSWER_WITHIN_S)
    except KafkaException as error:
        admin.poll(0)  # hears what error_cb has to say
        try:
            errors.raise_end()
        except TransportError as end:
            return [f"{servers}: {end}"]
        said = errors.last or failures.of(error).str()
        problem = (
            f"{servers}: the broker does not answer within {ANSWER_WITHIN_S:g} s: {said}. "
            "Check `bootstrap.servers`, the network, and `security.protocol`."
        )
        return [problem]
    return [*_topic_problems(admin, config), *_group_problems(admin, config.group)]


def _topic_problems(admin: AdminClient, config: Config) -> Iterator[str]:
    wanted: dict[str, tuple[str, set[AclOperation]]] = {}
    for name, model in config.models.items():
        wanted[model.settings.topic] = (f"the topic of model {name}", {READ})
    wanted[config.alerts_topic] = ("the alert topic", {READ, WRITE})
    wanted[config.dead_letters.topic] = ("the dead-letter topic", {WRITE})
    deadline = time.monotonic() + KNOWN_WITHIN_S
    for topic, (what, rights) in wanted.items():
        try:
            allowed = _topic_rights(admin, topic, deadline)
        except KafkaException as error:
            yield _topic_problem(failures.of(error), topic, what)
        else:
            yield from _missing_rights(rights, allowed, f"{what}, {topic}")
            if topic == config.alerts_topic:
                yield from _size_problem(admin, topic)


def _size_problem(admin: AdminClient, topic: str) -> Iterator[str]:
    """The limit of the alert topic, if events may be larger; nothing where we may not ask."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    try:
        answers = admin.describe_configs([resource], request_timeout=ANSWER_WITHIN_S)
        limit = answers[resource].result().get("max.message.bytes")
    except KafkaException:
        return
    if limit is not None and int(limit.value) < LARGEST_EVENT:
        yield (
            f"the alert topic, {topic}, takes messages of {int(limit.value):,} bytes at most, and "
            f"an event may be larger. Raise its max.message.bytes to {LARGEST_EVENT:,} or more."
        )


def _topic_rights(admin: AdminClient, topic: str, deadline: float) -> list[AclOperation] | None:
    """What we may do with a topic; one that was just created is not known to the broker at once."""

    def ask() -> Future[Any]:
        return admin.describe_topics(
            TopicCollection([topic]),
            include_authorized_operations=True,
            request_timeout=ANSWER_WITHIN_S,
        )[topic]

    return _rights(ask, lambda error: error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART, deadline)


def _rights(
    ask: Callable[[], "Future[Any]"], passes: Callable[[KafkaError], bool], deadline: float
) -> list[AclOperation] | None:
    """What the broker allows, asked again while its error *passes* and until the deadline."""
    while True:
        try:
            rights: list[AclOperation] | None = ask().result().authorized_operations
        except KafkaException as error:
            if not passes(failures.of(error)) or time.monotonic() > deadline:
                raise
            time.sleep(ASK_AGAIN_AFTER_S)
        else:
            return rights


def _topic_problem(error: KafkaError, topic: str, what: str) -> str:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return (
            f"{what}, {topic}, does not exist. "
            "Create it; the detector creates no topics and waits for them."
        )
    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return f"{what}, {topic}: not authorised; the principal needs the right Describe on it."
    return f"{what}, {topic}: {error.str()}."


def _group_problems(admin: AdminClient, group: str) -> Iterator[str]:
    try:
        allowed = _group_rights(admin, group)
    except KafkaException as error:
        if failures.of(error).code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            yield f"consumer group {group}: not authorised; the principal needs the right Read."
        elif failures.of(error).code() != KafkaError.GROUP_ID_NOT_FOUND:  # it will be made
            yield f"consumer group {group}: {failures.of(error).name()}."
    else:
        yield from _missing_rights({READ}, allowed, f"consumer group {group}")


def _group_rights(admin: AdminClient, group: str) -> list[AclOperation] | None:
    """What we may do with the group; a coordinator that has just started is asked again."""

    def ask() -> Future[Any]:
        return admin.describe_consumer_groups(
            [group], include_authorized_operations=True, request_timeout=ANSWER_WITHIN_S
        )[group]

    deadline = time.monotonic() + ANSWER_WITHIN_S
    return _rights(ask, lambda error: failures.verdict(error) == "wait", deadline)


def _missing_rights(
    rights: set[AclOperation], allowed: list[AclOperation] | None, what: str
) -> Iterator[str]:
    """The rights that are not *allowed*; None: this broker does not tell."""
    for right in sorted(rights, key=lambda each: each.name):
        if allowed is not None and right not in allowed and AclOperation.ALL not in allowed:
            name = right.name.capitalize()
            yield f"{what}: not authorised; the principal needs the right {name}."
