"""Which episodes are open outside of this process, and how they come into it."""

from collections.abc import Iterable

from detector.detection import Detector
from detector.errors import NotAuthorisedError, RestartNeededError, TransportError
from detector.events import DriftEvent
from detector.logs import get_logger
from detector.stream.adoption import Adoption
from detector.stream.breaker import Breaker
from detector.stream.publish import Publisher

MODEL = "*"


class OpenEpisodes:
    """Keeps the detector from opening a second time what another process has opened.

    With the other instances of the group that is a race: where two see the same departure within
    the milliseconds that an event takes to the broker and back, both open an episode.
    """

    def __init__(
        self, adoption: Adoption, detector: Detector, publisher: Publisher, breaker: Breaker
    ) -> None:
        self._adoption = adoption
        self._detector = detector
        self._publisher = publisher
        self._breaker = breaker

    def catch_up(self) -> bool:
        """Reads what the alert topic holds, for 0.2 s; whether all is read and adopted.

        Raises TransportError where we are refused; a broker that has gone is a plain False.
        """
        try:
            if not self._adoption.step():
                return False
        except (NotAuthorisedError, RestartNeededError):
            raise
        except TransportError:
            return False
        self._adopt(self._adoption.open_events().values())
        return True

    def follow(self) -> None:
        """Adopts what other instances have opened since; does not wait. Raises as above."""
        try:
            events = self._adoption.follow()
        except (NotAuthorisedError, RestartNeededError):
            raise
        except TransportError:
            return
        self._adopt(event for event in events if event.data.status != "resolved")

    def close(self) -> None:
        """Ends the connection."""
        self._adoption.close()

    def _adopt(self, events: Iterable[DriftEvent]) -> None:
        for event in events:
            data = event.data
            if self._publisher.is_own(event) or self._has_open(data.model, data.feature):
                continue
            self._detector.adopt([event])
            self._breaker.hear(event)
            get_logger().info("episode_adopted", model=data.model, feature=data.feature)

    def _has_open(self, model: str, feature: str) -> bool:
        if feature == MODEL:
            return self._detector.open_model_event(model) is not None
        statuses = self._detector.status(model)
        return any(each.open is not None for each in statuses if each.feature == feature)
