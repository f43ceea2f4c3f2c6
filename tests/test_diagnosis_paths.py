"""Features whose rows depend on time: a fault maps the path, nature moves it."""

import numpy as np
import pytest

from detector.detection.diagnosis.catalogues import is_dependent, is_ordered
from detector.detection.diagnosis.innovation import learn
from detector.detection.diagnosis.lattice import lattice_of
from detector.detection.diagnosis.memory import comes_by_itself
from detector.detection.diagnosis.suspects import suspects
from detector.detection.faults import Column, nature
from detector.detection.view import view_of
from tests.streams import fitted, model, rng, run, stream

N, START = 2600, 1500


def walk(n, seed, *, level, step):
    """A slow sensor: half a day of memory, one decimal less than it shows."""
    noise, out = rng(seed, 9).normal(0.0, step, n), np.empty(n)
    x = level
    for i, e in enumerate(noise):
        x += 0.01 * (level - x) + e
        out[i] = x
    return np.round(out, 2)


def sensors(n, seed):
    return {
        "inside": walk(n, seed, level=21.0, step=0.15),
        "pressure": walk(n, seed + 50, level=87.0, step=0.4),
    }


TRAINING = fitted(sensors(6000, 1))


def events(fault, seed=3):
    columns = sensors(N, seed)
    late = {n: x[START:] for n, x in columns.items()}
    late.update(fault({n: x.copy() for n, x in late.items()}))
    columns = {n: np.concatenate((x[:START], late[n])) for n, x in columns.items()}
    return [e.data for e in run(model(TRAINING), stream(columns)) if e.data.status != "resolved"]


def causes(found, name):
    return [e.diagnosis.cause for e in found if e.feature == name and e.diagnosis is not None]


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("unit", lambda x: x * 1000),
        ("unit", lambda x: x * 1.8 + 32),
        ("log_extra", np.log1p),
        ("sign_flip", lambda x: -x),
    ],
)
def test_a_map_of_the_path_is_named(cause, change):
    found = events(lambda late: {"inside": change(late["inside"])})

    assert causes(found, "inside")[-1] == cause
    assert all(e.position.offset < START or e.diagnosis.cause == cause for e in found[-1:])


def test_a_scaler_that_no_file_has_is_told_by_the_grid_of_its_values():
    """Fitted anew on other rows: the decimals show as another step, and the path goes on."""
    rows = sensors(6000, 1)["inside"]
    mean, scale = 0.97 * rows.mean(), 1.3 * rows.std()
    raw = sensors(N, 3)
    columns = {n: TRAINING.features[n].transform(x) for n, x in raw.items()}
    columns["inside"][START:] = (raw["inside"][START:] - mean) / scale

    events = run(model(TRAINING, values="scaled"), stream(columns))

    found = [e for e in events if e.data.feature == "inside"][-1].data.diagnosis
    assert found is not None
    assert (found.cause, found.variant) == ("scaler_version", "unknown")
    assert found.transform is not None
    assert found.transform.scale == pytest.approx(scale)
    assert found.transform.mean == pytest.approx(mean, abs=rows.std())


@pytest.mark.parametrize("decimals", [1, 3])
def test_other_decimals_are_no_other_scaler(decimals):
    """A sensor that is replaced by one of another resolution: its path goes on as it was."""
    raw = sensors(N, 3)
    fine = rng(5).normal(0.0, 1e-3, N - START)
    raw["inside"][START:] = np.round(raw["inside"][START:] + fine, decimals)
    columns = {n: TRAINING.features[n].transform(x) for n, x in raw.items()}

    found = [e.data for e in run(model(TRAINING, values="scaled"), stream(columns))]

    assert not {"scaler_version", "gain", "offset"} & set(causes(found, "inside"))


def test_two_paths_exchanged_are_a_swap():
    found = events(lambda late: {"inside": late["pressure"], "pressure": late["inside"]})

    assert "column_swap" in causes(found, "inside") + causes(found, "pressure")


def test_a_jump_to_another_level_is_nature():
    """A gap in the recording: the values go on elsewhere, with the same steps and decimals."""
    found = events(lambda late: {"inside": np.round(late["inside"] + 4.1, 2)})

    assert set(causes(found, "inside")) <= {"distribution_shift"}


def test_calm_paths_name_nothing():
    faults = [e for e in events(lambda late: {}) if e.diagnosis.cause != "distribution_shift"]

    assert not faults


def test_an_ordinary_record_is_no_surprise_and_a_jump_is():
    """Standard normal steps: a step of eight scales surprises, one of half a scale does not."""
    path = np.cumsum(rng(5).normal(0, 1.0, 1024))
    law = learn(path, np.sort(path))
    assert law is not None

    _, calm, _ = law.follow(np.array([path[-1] + 0.5]))
    _, wild, _ = law.follow(np.array([path[-1] + 8.0]))

    assert calm[0] < 2 < law.startling < wild[0]


# ---------------------------------------------------------------- what hides an onset


def test_a_unit_is_found_though_its_first_values_stand_on_the_decimals_by_chance():
    """A fifth of all values with two decimals has two in degrees Fahrenheit, too."""
    inside = sensors(N, 3)["inside"] + np.where(np.arange(N) < 700, 0.0, 4.1)  # nature, and open
    by_chance = np.rint(inside * 100) % 5 == 0
    onset = next(i for i in range(START, N) if by_chance[i] and not by_chance[i + 1 : i + 4].any())
    columns = {
        **sensors(N, 3),
        "inside": np.concatenate((inside[:onset], inside[onset:] * 1.8 + 32)),
    }

    found = [e.data for e in run(model(TRAINING), stream(columns))]

    assert causes(found, "inside")[-1] == "unit"


def test_a_unit_is_dated_from_itself_and_not_from_a_gust_before():
    """Three records before, the weather startled, too; the decimals say that it was no fault."""
    inside = sensors(N, 3)["inside"] + np.where(np.arange(N) < 700, 0.0, 4.1)
    inside[START - 3 :] += 1.5
    columns = {**sensors(N, 3), "inside": np.round(inside, 2)}
    columns["inside"][START:] = columns["inside"][START:] * 1.8 + 32

    found = [e.data for e in run(model(TRAINING), stream(columns))]

    assert causes(found, "inside")[-1] == "unit"


def test_a_concentration_below_zero_was_negated():
    """The jump alone is one that such a sensor makes by itself; that it goes below zero is not."""
    training, live = concentration(6000, 1), concentration(N, 4)
    live[START:] *= -1

    found = [e.data for e in run(model(fitted({"dust": training})), stream({"dust": live}))]

    assert causes(found, "dust")[-1] == "sign_flip"


def concentration(n, seed):
    """Dust in the air: whole numbers, never below one, that change by an eighth in an hour."""
    r, out, x = rng(seed, 27), np.empty(n), 4.0
    for i in range(n):
        x += 0.02 * (4.0 - x) + r.normal(0, 0.2)
        out[i] = max(np.rint(np.exp(x)), 1.0)
    return out


# ---------------------------------------------------------------- plateaus


def degrees(n, seed):
    """The slow sensor with a display of whole degrees."""
    return {"inside": np.rint(walk(n, seed, level=21.0, step=0.25))}


WHOLE = fitted(degrees(6000, 1))


def plateau(length):
    """Causes named for a display that shows one value for *length* records."""
    columns = degrees(N, 3)
    columns["inside"][START : START + length] = columns["inside"][START]
    return set(causes([e.data for e in run(model(WHOLE), stream(columns))], "inside"))


def needed():
    """The run at which a value counts as stuck: training had its longest run once in n rows, so
    one longer by k such runs is rarer by n^k; e^-16 is asked for.
    """
    reference = WHOLE.features["inside"].reference
    assert reference is not None
    longest = reference.longest_run
    assert longest is not None
    return max(2 * longest + 2, longest * (1 + 16 / np.log(reference.count)))


def test_a_sensor_that_rests_a_little_longer_than_ever_is_not_stuck():
    assert "stuck_value" not in plateau(int(needed()) - 8)


def test_a_sensor_that_rests_beyond_all_chance_is_stuck():
    assert "stuck_value" in plateau(int(needed()) + 40)


# ---------------------------------------------------------------- swaps


def lamp(n, seed):
    """Off at night for 300 records, and some light by day."""
    day = ((np.arange(n) + 240) // 300) % 2 == 1
    return np.round(np.where(day, 400 + walk(n, seed, level=0.0, step=5.0), 0.0), 1)


def test_a_swap_stays_one_when_the_other_column_rests():
    """Zeros for half a day are what the lamp shows by night, and no stuck sensor."""
    training = {"inside": walk(6000, 1, level=21.0, step=0.15), "light": lamp(6000, 2)}
    live = {"inside": walk(N, 3, level=21.0, step=0.15), "light": lamp(N, 4)}
    swapped = {
        "inside": np.concatenate((live["inside"][:START], live["light"][START:])),
        "light": np.concatenate((live["light"][:START], live["inside"][START:])),
    }

    found = [e.data for e in run(model(fitted(training)), stream(swapped))]

    assert causes(found, "inside")[-1] == "column_swap"


def test_a_swap_stays_one_when_the_other_column_goes_wild():
    """What was exchanged says nothing about what the world does to one of the two afterwards."""
    gusts = rng(8).normal(0.0, 20.0, N - START)
    found = events(
        lambda late: {
            "inside": late["pressure"],
            "pressure": late["inside"] + np.where(np.arange(N - START) < 60, 0.0, gusts),
        }
    )

    assert causes(found, "inside")[-1] == "column_swap"


@pytest.mark.parametrize("history", [np.zeros(500), np.arange(20.0)])
def test_nothing_is_learned_from_constants_or_from_little(history):
    assert learn(history, np.array([0.0, 1.0])) is None


def premiums(n, seed):
    """A listed price: it stands for weeks, then moves by a few steps of five."""
    random = rng(seed, 4)
    level, out = 85.0, np.empty(n)
    for i in range(n):
        if random.random() < 0.03:
            level = max(level + 5.0 * random.choice([-2, -1, 1, 2]), 20.0)
        out[i] = level
    return out


LISTED = fitted({"premium": premiums(6000, 1)})


def listed(change):
    """What is told of a price that *change* maps since START, which knows two levels there."""
    price = premiums(START, 2)
    late = price[-1] + 10.0 * (np.arange(N - START) // 40 % 2)
    events = run(model(LISTED), stream({"premium": np.concatenate((price, change(late)))}))
    return causes([e.data for e in events if e.data.status != "resolved"], "premium")


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("unit", lambda x: x * 1000),
        ("unit", lambda x: x / 100),
        ("unit", lambda x: x * 1.8 + 32),
        ("log_extra", np.log1p),
    ],
)
def test_a_path_that_stands_is_followed_where_it_lands_exactly_under_the_map(cause, change):
    assert listed(change)[-1] == cause


def test_a_price_that_stands_elsewhere_is_no_fault():
    assert set(listed(lambda x: x + 1234.5)) == {"distribution_shift"}


def test_a_price_that_returns_to_where_it_stood_is_no_fault():
    """Twice the last price, at which it stood before: every map fits a price that rests."""
    low = premiums(START, 2)[-1]
    assert 2 * low in premiums(START, 2)

    assert set(listed(lambda x: 2 * x)) <= {"distribution_shift"}


def altitude(n, seed, cruise):
    """Feet, in steps of 25: an airliner that climbs and falls, and stays up for *cruise* records
    first.
    """
    moving = 20_000.0 + 25 * np.round(np.cumsum(rng(seed).normal(size=n)) * 4)
    return np.concatenate((np.full(cruise, moving[0]), moving))[:n]


def test_a_path_that_rested_at_first_is_learned_once_it_moves():
    """A thousand equal values say nothing of an ordinary step, those after them do."""
    scaler = fitted({"x": altitude(4000, 5, 0)})
    live = altitude(2400, 6, 1100)
    live[1700:] *= 1000

    found = run(model(scaler), stream({"x": live}))

    named = [e.data for e in found if e.data.diagnosis and e.data.diagnosis.cause == "unit"]
    assert named
    assert 1700 <= named[0].position.offset < 1700 + 128


def returns(n, seed, *, busy=()):
    """Daily returns: symmetric about zero, each by itself, in calm and busy spells of days."""
    random = rng(seed, 6)
    spells = np.repeat(random.choice([0.8, 1.0, 1.25], -(-n // 20)), 20)[:n]
    for start, end, factor in busy:
        spells[start:end] = factor
    return random.standard_t(5, n) * spells * 0.01


SPELLS = fitted({"ibm": returns(6000, 1), "ge": 2.5 * returns(6000, 2)})


def returned(change, *, busy=(), seed=3):
    ibm, ge = returns(N, seed, busy=busy), 2.5 * returns(N, seed + 1)
    ibm[START:] = change(ibm[START:])
    events = run(model(SPELLS), stream({"ibm": ibm, "ge": ge}))
    return causes([e.data for e in events if e.data.status != "resolved"], "ibm")


def test_returns_by_spells_have_a_short_memory():
    """Too short for a path to be followed, long enough to doubt what spells imitate."""
    view = view_of("ibm", SPELLS.features["ibm"], "raw")

    assert is_ordered(view)
    assert not is_dependent(view)


@pytest.mark.parametrize("factor", [1.6, 2.2])
def test_a_busy_spell_is_no_unit_and_no_other_column(factor):
    found = returned(lambda late: late, busy=((START, N, factor),))

    assert set(found) == {"distribution_shift"}


def test_what_no_spell_does_is_named():
    assert returned(lambda late: late * 100)[-1] == "unit"


def test_of_what_a_spell_looks_like_the_natural_name_needs_no_more():
    view = view_of("ibm", SPELLS.features["ibm"], "raw")
    own = suspects(Column(view=view, views={"ibm": view}), lattice_of(view))
    units = {one.fault.variant: one.fault for one in own.maps if one.fault.cause == "unit"}

    assert comes_by_itself(own, units["mile_km"], gridded=False)
    assert not comes_by_itself(own, units["x1000"], gridded=False)
    assert not comes_by_itself(own, nature.shift(own.column, 2.0, 0.0, prior=0.0), gridded=False)
