"""The broker inside the process."""

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from detector.stream.embedded import EmbeddedBroker


def test_what_is_produced_is_consumed_by_a_group_that_commits():
    with EmbeddedBroker() as broker:
        broker.create("numbers")
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 3})
        for number in range(3):
            producer.produce("numbers", b"%d" % number, partition=0)
        producer.flush(10)
        consumer = Consumer(
            {
                "bootstrap.servers": broker.bootstrap_servers,
                "group.id": "readers",
                "group.protocol": "consumer",
                "auto.offset.reset": "earliest",
                "log_level": 3,
            }
        )
        consumer.subscribe(["numbers"])
        values = [message.value() for message in consumer.consume(3, timeout=20)]
        consumer.commit(asynchronous=False)
        committed = consumer.committed([TopicPartition("numbers", 0)], timeout=10)
        consumer.close()

    assert values == [b"0", b"1", b"2"]
    assert committed[0].offset == 3


def test_the_topics_asked_for_exist():
    with EmbeddedBroker() as broker:
        broker.create("a")
        broker.create("b")
        client = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 3})
        topics = set(client.list_topics(timeout=10).topics)

    assert topics == {"a", "b"}


def test_two_brokers_are_two():
    """Each has a port of its own, so that two demos can run at once."""
    with EmbeddedBroker() as one, EmbeddedBroker() as other:
        assert one.bootstrap_servers != other.bootstrap_servers


def test_nothing_answers_after_the_end():
    with EmbeddedBroker() as broker:
        pass
    client = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 2})

    with pytest.raises(KafkaException):
        client.list_topics(timeout=0.5)
