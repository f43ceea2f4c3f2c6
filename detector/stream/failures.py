"""What a Kafka error means for us: restart, refused, or wait; the one place that knows the codes.

Order of the questions (librdkafka, INTRODUCTION.md "Error handling"): fatal, then refused, then
what passes by itself; what nobody knows is fatal. ``_CONFLICT`` and ``_STATE`` call themselves
retriable for ever after a fatal error, so their own word is not asked.
"""

from typing import Final, Literal

from confluent_kafka import KafkaError, KafkaException

from detector.errors import NotAuthorisedError, RestartNeededError, TransportError

Verdict = Literal["restart", "refused", "wait"]

REFUSED: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,  # noqa: SLF001  # librdkafka's own codes begin so
}
RESTART: Final = {
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.UNRELEASED_INSTANCE_ID,
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER,
    KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    KafkaError._FENCED,  # noqa: SLF001
    KafkaError._FATAL,  # noqa: SLF001
    KafkaError._CONFLICT,  # noqa: SLF001
}
PASSING: Final = {
    KafkaError._TRANSPORT,  # noqa: SLF001
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
    KafkaError._RESOLVE,  # noqa: SLF001
    KafkaError._SSL,  # noqa: SLF001
    KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
    KafkaError._MSG_TIMED_OUT,  # noqa: SLF001
    KafkaError._WAIT_COORD,  # noqa: SLF001
    KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001  # the next poll joins again
    KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001
    KafkaError._NO_OFFSET,  # noqa: SLF001
    KafkaError._STATE,  # noqa: SLF001  # a call that a rebalance overtook
    KafkaError._DESTROY_BROKER,  # noqa: SLF001
    KafkaError._BAD_MSG,  # noqa: SLF001  # a broken batch is fetched again
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError.TOPIC_EXCEPTION,  # no topic can have this name
    KafkaError.UNKNOWN_MEMBER_ID,  # the group has gone on without us: we join again
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.STALE_MEMBER_EPOCH,
    KafkaError.FENCED_MEMBER_EPOCH,
    KafkaError.GROUP_MAX_SIZE_REACHED,
    KafkaError.MSG_SIZE_TOO_LARGE,  # the outbox sends less, or holds
    KafkaError.UNKNOWN,
    # A broker that starts, stops, moves a leader or a coordinator. librdkafka calls errors
    # retriable only in its transactional calls, so they are named here.
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,
    KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.NOT_CONTROLLER,
    KafkaError.NOT_ENOUGH_REPLICAS,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.KAFKA_STORAGE_ERROR,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.OFFSET_OUT_OF_RANGE,
    KafkaError.UNSTABLE_OFFSET_COMMIT,
    KafkaError.THROTTLING_QUOTA_EXCEEDED,
    KafkaError.INVALID_FETCH_SESSION_EPOCH,
    KafkaError.FETCH_SESSION_ID_NOT_FOUND,
    KafkaError.INCONSISTENT_TOPIC_ID,
    KafkaError.INVALID_MSG,
    KafkaError.MEMBER_ID_REQUIRED,
    KafkaError.CONCURRENT_TRANSACTIONS,
    KafkaError.REBOOTSTRAP_REQUIRED,
    KafkaError._IN_PROGRESS,  # noqa: SLF001
    KafkaError._PREV_IN_PROGRESS,  # noqa: SLF001
    KafkaError._RETRY,  # noqa: SLF001
    KafkaError._LOG_TRUNCATION,  # noqa: SLF001
    KafkaError._WAIT_CACHE,  # noqa: SLF001
}


def verdict(error: KafkaError) -> Verdict:
    """What to do about *error*."""
    if error.fatal() or error.code() in RESTART:
        return "restart"
    if error.code() in REFUSED:
        return "refused"
    return "wait" if error.code() in PASSING or error.retriable() else "restart"


def of(error: KafkaException) -> KafkaError:
    """The Kafka error inside the exception."""
    inner = error.args[0]
    assert isinstance(inner, KafkaError)  # noqa: S101  # confluent-kafka: always its argument
    return inner


def transport_error(error: KafkaError, *, doing: str, right: str) -> TransportError | None:
    """The end of the service that *error* means; None where waiting helps.

    doing: what we did, for the message ("writing to topic drift.alerts").
    right: what the broker's administrator has to allow ("Write on topic drift.alerts").
    """
    match verdict(error):
        case "restart":
            return RestartNeededError(
                f"Kafka ended this client while {doing}: {error.str()} ({error.name()}). "
                "Restart the process; it goes on at the committed offsets."
            )
        case "refused" if error.code() in (
            KafkaError.SASL_AUTHENTICATION_FAILED,
            KafkaError._AUTHENTICATION,  # noqa: SLF001
        ):
            return NotAuthorisedError(
                f"The broker refuses our credentials: {error.str()}. "
                "Check the sasl.* and ssl.* keys of `kafka`."
            )
        case "refused":
            return NotAuthorisedError(
                f"Not authorised while {doing}: the principal of `kafka` needs the right {right}."
            )
        case _:
            return None
