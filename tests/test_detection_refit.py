"""A scaler refitted on every batch: mean and spread are what they should be, only too well."""

import numpy as np
import pytest

from tests.streams import STANDARD, bare, fitted, kinds, model, normal, run, stream, written

START = 2000


def refitted(size: int, n: int = 4000, *, ddof: int = 0):
    """Scaled values that from START on were standardised batch by batch."""
    scaled = (normal(n, 1) - 50) / 10
    for first in range(START, n - size + 1, size):
        part = scaled[first : first + size]
        part[:] = (part - part.mean()) / part.std(ddof=ddof)
    return stream({"x": scaled})


@pytest.mark.parametrize("size", [32, 100])
@pytest.mark.parametrize("scaler", [bare(x=STANDARD), fitted({"x": normal(4000, 9)})])
def test_batches_scaled_by_their_own_statistics_are_found_and_named(scaler, size):
    """Each batch sums to zero with a mean square of one: four batches leave no doubt."""
    judged = model(scaler, values="scaled")

    opened = run(judged, refitted(size))[0]

    assert kinds(opened) == ["shape"]
    assert START <= opened.data.position.offset <= START + 6 * size
    assert opened.data.diagnosis is not None
    assert opened.data.diagnosis.cause == "refit_on_live"
    assert opened.data.diagnosis.transform is not None
    assert opened.data.diagnosis.transform.batch == size


def test_the_same_bytes_in_any_split():
    judged, records = model(bare(x=STANDARD), values="scaled"), refitted(50)

    for size in (7, 50, 333):
        assert written(run(judged, records, range(size, 4000, size))) == written(
            run(judged, records)
        )


def test_sound_scaled_values_are_never_taken_for_refitted_ones():
    scaled = np.round((normal(40_000, 2) - 50) / 10, 3)

    assert run(model(bare(x=STANDARD), values="scaled"), stream({"x": scaled})) == []
