"""What each Kafka error means for us."""

import pytest
from confluent_kafka import KafkaError

from detector.errors import NotAuthorisedError, RestartNeededError
from detector.stream.failures import transport_error, verdict


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (KafkaError._TRANSPORT, "wait"),
        (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, "wait"),
        (KafkaError.REBALANCE_IN_PROGRESS, "wait"),
        (KafkaError.ILLEGAL_GENERATION, "wait"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "wait"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "refused"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, "refused"),
        (KafkaError._AUTHENTICATION, "refused"),
        (KafkaError.FENCED_INSTANCE_ID, "restart"),
        (KafkaError._FENCED, "restart"),
        (KafkaError.UNSUPPORTED_VERSION, "restart"),  # nobody knows it: fatal
    ],
)
def test_verdict(code: int, expected: str):
    assert verdict(KafkaError(code)) == expected


def test_fatal_goes_before_all_else():
    """An error that by its code alone would pass may be fatal for this client."""
    assert verdict(KafkaError(KafkaError._TRANSPORT, "", True)) == "restart"


def test_conflict_is_final_although_it_calls_itself_retriable():
    """After a fatal error librdkafka answers _CONFLICT, retriable, for ever."""
    assert verdict(KafkaError(KafkaError._CONFLICT, "", False, True)) == "restart"


def test_the_exit_status_follows_the_verdict():
    refused = transport_error(
        KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED),
        doing="reading topic t",
        right="Read on topic t",
    )
    fenced = transport_error(KafkaError(KafkaError._FENCED), doing="publishing", right="")
    passing = transport_error(KafkaError(KafkaError._TRANSPORT), doing="reading", right="")

    assert isinstance(refused, NotAuthorisedError)
    assert refused.exit_status == 77
    assert "Read on topic t" in str(refused)
    assert isinstance(fenced, RestartNeededError)
    assert fenced.exit_status == 75
    assert passing is None
