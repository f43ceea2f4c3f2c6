"""Reading a whole topic on a real broker."""

from collections.abc import Iterator

import pytest

from detector.errors import TransportError
from detector.stream.topic_reader import TopicReader
from tests.streaming import Kafka, wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture
def reader(kafka: Kafka) -> Iterator[TopicReader]:
    reader = TopicReader({"bootstrap.servers": kafka.bootstrap}, kafka.group, kafka.input)
    yield reader
    reader.close()


def read_all(reader: TopicReader) -> list[bytes | None]:
    values: list[bytes | None] = []

    def reached() -> bool:
        values.extend(message.value() for message in reader.read(0.1))
        return reader.reached

    wait_for(reached, "all that the topic holds")
    return values


def test_from_the_beginning_gives_all_and_then_what_comes(kafka: Kafka, reader: TopicReader):
    kafka.create(kafka.input, partitions=3)
    kafka.send([b"1", b"2", b"3", b"4"], partitions=3)
    reader.start("beginning")
    first = read_all(reader)
    kafka.send([b"5", b"6"], partitions=3)
    reader.mark()

    assert sorted(filter(None, first)) == [b"1", b"2", b"3", b"4"]
    assert sorted(filter(None, read_all(reader))) == [b"5", b"6"]


def test_from_the_end_gives_only_what_comes(kafka: Kafka, reader: TopicReader):
    kafka.create(kafka.input)
    kafka.send([b"old"])
    reader.start("end")
    before = read_all(reader)
    kafka.send([b"new"])
    reader.mark()

    assert before == []
    assert read_all(reader) == [b"new"]


def test_an_empty_topic_is_read_at_once(kafka: Kafka, reader: TopicReader):
    kafka.create(kafka.input)
    reader.start("beginning")

    assert read_all(reader) == []


def test_records_of_an_aborted_transaction_are_passed_over(kafka: Kafka, reader: TopicReader):
    """Its records and the marker behind them lie before the end, and nobody is to see them."""
    kafka.create(kafka.input)
    kafka.send([b"kept"])
    kafka.send_aborted([b"aborted"])
    reader.start("beginning")

    assert read_all(reader) == [b"kept"]


def test_a_missing_topic_is_said(kafka: Kafka, reader: TopicReader):
    with pytest.raises(TransportError, match=f"Cannot read topic {kafka.input}"):
        reader.start("beginning")


def test_a_topic_made_anew_is_read_from_its_beginning(kafka: Kafka, reader: TopicReader):
    kafka.create(kafka.input)
    kafka.send([b"1", b"2", b"3"])
    reader.start("beginning")
    read_all(reader)
    kafka.delete(kafka.input)
    kafka.create(kafka.input)
    kafka.send([b"4"])
    found: list[bytes | None] = []

    def came() -> bool:
        found.extend(message.value() for message in reader.read(0.1))
        return bool(found)

    wait_for(came, "the new record")
    assert found == [b"4"]
