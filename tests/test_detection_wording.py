"""One sentence about an event."""

import pytest

from detector.detection.view import view_of
from detector.detection.wording import summary
from detector.events import Live, Signal
from detector.scaler import FeatureScaler, StandardParameters

SPEED = view_of(
    "wind_speed",
    FeatureScaler(parameters=StandardParameters(mean=11.12, scale=5.5), unit="mph"),
    "raw",
)


def live(low, high):
    return Live(
        count=12, mean=17.26, std=0.0, min=low, max=high, missing_rate=0.0, invalid_rate=0.0,
        quantiles={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("records", "low", "sentence"),
    [
        (12.0, 17.26, "wind_speed has been stuck at 17.26 mph for 12 records"),
        (12.0, 3.45, "wind_speed has been stuck for 12 records"),
        (1.0, 3.45, "wind_speed was stuck"),
    ],
)
def test_a_stuck_value_is_told_where_it_stands_and_when_it_is_over(records, low, sentence):
    signal = Signal(kind="constant", value=records, tolerance=3.0, unit="records")

    assert summary(SPEED, "opened", [signal], live(low, 17.26)) == sentence
