"""What the loop needs around it: a broker that answers and topics that exist."""

import time

from confluent_kafka import Consumer, KafkaException

from detector.logs import get_logger
from detector.stream import failures

ASK_WITHIN_S = 1.0  # the loop waits for the answer
WELL_EVERY_S = 10.0
UNWELL_EVERY_S = 2.0
LOG_EVERY_S = 30.0


class Surroundings:
    """Asks the broker now and then which topics there are.

    topics: what each topic is for, by name.
    """

    def __init__(self, topics: dict[str, str]) -> None:
        self._topics = topics
        self._asked_at = -WELL_EVERY_S
        self._logged_at = -LOG_EVERY_S
        self._said: list[str] = []
        self.reachable = False
        self.missing: set[str] = set(topics)
        self._error = ""

    def look(self, consumer: Consumer, now: float) -> None:
        """Asks, if it is time; takes 1 s at most. Raises TransportError where we are refused."""
        every = UNWELL_EVERY_S if self.missing or not self.reachable else WELL_EVERY_S
        if now - self._asked_at < every:
            return
        try:
            found = consumer.list_topics(timeout=ASK_WITHIN_S).topics
        except KafkaException as error:
            self._error = failures.of(error).str()
            self.reachable = False
            refused = failures.transport_error(
                failures.of(error), doing="asking for topics", right="Describe on the topics"
            )
            if refused is not None:
                raise refused from error
        else:
            self.reachable = True
            self.missing = {t for t in self._topics if t not in found or found[t].error}
        self._asked_at = time.monotonic()
        self._log(self._asked_at)

    def look_soon(self) -> None:
        """Makes the next :meth:`look` ask."""
        self._asked_at = -WELL_EVERY_S

    def problems(self) -> list[str]:
        """What is not there, in words; empty when all is well."""
        if not self.reachable:
            return [f"the broker does not answer: {self._error or 'not asked yet'}"]
        return [
            f"{self._topics[t]} {t} does not exist, or we may not see it"
            for t in sorted(self.missing)
        ]

    def _log(self, now: float) -> None:
        problems = self.problems()
        if problems != self._said or (problems and now - self._logged_at >= LOG_EVERY_S):
            log = get_logger()
            if problems:
                log.warning("waiting", problems=problems)
            elif self._said:
                log.info("no_longer_waiting")
            self._said, self._logged_at = problems, now
