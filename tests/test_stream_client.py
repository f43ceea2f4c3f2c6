"""The settings of our clients: the user's keys over our defaults, what is ours over both."""

import logging

import pytest

from detector.errors import ConfigError
from detector.secrets import Secret
from detector.stream.client import RareLines, check_properties

NOBODY = {"bootstrap.servers": "127.0.0.1:1"}


def test_a_key_that_librdkafka_does_not_know_is_named():
    with pytest.raises(ConfigError, match=r"sesion\.timeout\.ms"):
        check_properties({**NOBODY, "sesion.timeout.ms": "6000"})


def test_a_value_that_librdkafka_refuses_is_named_by_its_key():
    with pytest.raises(ConfigError, match=r"session\.timeout\.ms"):
        check_properties({**NOBODY, "session.timeout.ms": "soon"})


def test_a_key_that_the_detector_sets_is_refused():
    with pytest.raises(ConfigError, match=r"kafka\.enable\.idempotence"):
        check_properties({**NOBODY, "enable.idempotence": "false"})


def test_acknowledgement_by_fewer_than_all_is_refused():
    with pytest.raises(ConfigError, match="acks"):
        check_properties({**NOBODY, "acks": "1"})


@pytest.mark.parametrize(
    "properties",
    [
        {"session.timeout.ms": "30000", "linger.ms": "50"},  # one for each kind of client
        {"delivery.timeout.ms": "60000"},  # the other name of a key that we set
        {"group.protocol": "consumer"},  # which refuses keys that we set for the classic one
        {"partition.assignment.strategy": "cooperative-sticky"},
        {"sasl.username": "me", "sasl.password": Secret("canary"), "sasl.mechanism": "PLAIN"},
    ],
)
def test_what_users_may_set_is_taken_by_every_client(properties: dict[str, str | Secret]):
    check_properties({**NOBODY, **properties})


def test_a_key_for_the_other_kind_of_client_is_not_remarked_upon(
    caplog: pytest.LogCaptureFixture,
):
    """The section serves producer and consumer; librdkafka complains of each foreign key."""
    check_properties({**NOBODY, "session.timeout.ms": "30000", "linger.ms": "50"})

    assert "CONFWARN" not in caplog.text


def test_the_same_kind_of_line_is_let_through_once_a_minute():
    """A client says each failed attempt to reconnect, ten times a second at first."""
    rare = RareLines()
    lines = [logging.makeLogRecord({"msg": f"FAIL attempt {i}"}) for i in range(100)]
    other = logging.makeLogRecord({"msg": "SESSTMOUT once"})

    assert sum(map(rare.filter, lines)) == 1
    assert rare.filter(other)
