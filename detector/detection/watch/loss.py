"""Records that Kafka deleted before they were read."""

from detector.detection.settings import ModelSettings
from detector.detection.watch.timeline import Place, Timeline
from detector.detection.watch.turn import Finding, Turn
from detector.events import Signal


class Loss:
    """Is told from outside, ends with the next record."""

    def __init__(self, settings: ModelSettings) -> None:
        self._topic = settings.topic
        self._holds = False

    def adopt(self) -> None:
        """Go on with a loss that an earlier process told."""
        self._holds = True

    def lost(self, topic: str, partition: int, expected: int, got: int, time: float) -> Turn:
        """The records expected..got-1 of a partition are gone."""
        self._holds = True
        count = got - expected
        signal = Signal(kind="missing", value=float(count), tolerance=0.0, unit="records lost")
        text = (
            f"{count} records of {topic}/{partition} were deleted before they were read"
            f" (from offset {expected})"
        )
        return Turn(
            kind="missing",
            row=0,
            place=Place(topic, partition, expected, time),
            time=time,
            finding=Finding(signal=signal, severity="critical", summary=text),
        )

    def update(self, records: Timeline) -> list[Turn]:
        """The end, where records are lost: some have come."""
        if not self._holds:
            return []
        self._holds = False
        place = records.place(0)
        ending = f"{self._topic}: reading goes on"
        return [Turn(kind="missing", row=0, place=place, time=place.time, ending=ending)]
