"""Compiled loops against a second method in plain Python and numpy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection import kernels, marks
from detector.detection.bins import CELLS, INVALID, MISSING, lookup
from detector.detection.departure.table import Table
from tests.streams import rng

values_of_all_kinds = st.lists(
    st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0, 1e308, -1e308, 5e-324, math.nan, math.inf])
    | st.integers(-300, 300).map(lambda i: i / 100),
    min_size=1,
    max_size=60,
)


def table(edges) -> Table:
    """A table of which only the edges matter."""
    k = len(edges) + 1
    return Table(
        edges=np.asarray(edges, np.float64),
        log_e=np.zeros((k, 0)),
        weights=np.zeros(0),
        kinds=(),
        scores=np.zeros(k),
    )


def classified(
    values,
    edges,
    *,
    factor=0.0,
    coarser=0.0,
    full=math.inf,
    gain=1.0,
    offset=0.0,
    previous=math.nan,
    cut=0,
):
    """Codes, flags, tally, extremes and the last valid value, in one or two goes."""
    look = lookup([table(edges)])
    n = len(values)
    codes, flags = np.zeros((1, n), np.uint8), np.zeros((1, n), np.uint8)
    last = np.array([previous])
    tallies, extremes = [], []
    for first, end in ((0, cut), (cut, n)):
        tally, extreme = np.zeros((1, 3), np.int64), np.zeros((1, 2))
        kernels.classify(
            np.array([values], np.float64), np.array([values], np.float64), first, end,
            look.edges, look.counts, look.low, look.inverse_width, look.cells,
            *(np.array([one]) for one in (factor, coarser, full, gain, offset)), last,
            codes, flags, tally, extreme,
        )  # fmt: skip
        tallies.append(tally[0])
        extremes.append(extreme[0])
    low, high = min(e[0] for e in extremes), max(e[1] for e in extremes)
    return codes[0], flags[0], sum(tallies).tolist(), (low, high), last[0]


@given(
    values=values_of_all_kinds,
    edges=st.lists(
        st.floats(-1e300, 1e300) | st.integers(-300, 300).map(lambda i: i / 100),
        max_size=60,
        unique=True,
    ),
    cut=st.integers(0, 60),
)
@settings(max_examples=150, deadline=None)
def test_a_bin_number_is_what_searchsorted_says(values, edges, cut):
    """Bin b holds edges[b-1] < x <= edges[b], for any edges: the table of cells is only a
    shortcut.
    """
    edges = np.sort(edges)
    column = np.array(values)

    codes, _, tally, (low, high), _ = classified(values, edges, cut=min(cut, len(values)))

    valid = np.isfinite(column)
    expected = np.searchsorted(edges, column, side="left")
    expected[np.isnan(column)] = MISSING
    expected[np.isinf(column)] = INVALID
    assert codes.tolist() == expected.tolist()
    assert tally == [np.isnan(column).sum(), np.isinf(column).sum(), valid.sum()]
    assert (low, high) == (
        min(column[valid], default=math.inf),
        max(column[valid], default=-math.inf),
    )


def test_many_narrow_bins_are_told_apart():
    """All 249 edges in one of the 256 cells, and values on, just below and just above each."""
    edges = np.concatenate([[-1e6], 1.0 + np.arange(247) * 1e-9, [1e6]])
    values = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])

    codes, *_ = classified(values, edges)

    assert codes.tolist() == np.searchsorted(edges, values, side="left").tolist()


@given(values=values_of_all_kinds, previous=st.sampled_from([math.nan, 1.0, 0.0]))
@settings(max_examples=60, deadline=None)
def test_a_tie_is_a_valid_value_equal_to_the_valid_one_before(values, previous):
    _, flags, _, _, last = classified(values, [0.0], previous=previous, cut=len(values) // 2)

    before, ties = previous, []
    for value in values:
        ties.append(math.isfinite(value) and value == before)
        before = value if math.isfinite(value) else before
    assert (flags & marks.TIE > 0).tolist() == ties
    assert last == before or math.isnan(before)


@pytest.mark.parametrize(
    ("value", "decimals", "off"),
    [
        (12.34, 2, False),
        (-12.34, 2, False),
        (1e9 + 0.01, 2, False),
        (12.345, 2, True),
        (0.1 + 0.2, 1, False),  # 0.30000000000000004 is 0.3 in transport
        (float(np.float32(12.34)), 2, False),  # 12.34000015258789: float32 on the way
        (float(np.float32(12.345)), 2, True),  # a digit more for all that
        (float(np.float32(300_000.01)), 2, False),  # float32 ends before the second decimal
        (1 / 3, 5, True),
        (7.0, 0, False),
        (7.5, 0, True),
        (1e300, 2, False),  # no digit after the point is left to look at
        (math.nan, 0, False),
        (math.inf, 0, False),
    ],
)
def test_a_value_that_needs_more_decimals_than_training_is_off_the_lattice(value, decimals, off):
    _, flags, *_ = classified([value], [0.0], factor=10.0**decimals)

    assert bool(flags[0] & marks.OFF_LATTICE) == off


def test_a_scaled_value_is_taken_back_to_the_raw_one_for_the_lattice():
    """(x - 50) / 7.3 of 12.3 and 12.34 with one decimal: raw = 7.3 z + 50."""
    scaled = [(12.3 - 50) / 7.3, (12.34 - 50) / 7.3]

    _, flags, *_ = classified(scaled, [0.0], factor=10.0, gain=7.3, offset=50.0)

    assert (flags & marks.OFF_LATTICE > 0).tolist() == [False, True]


@pytest.mark.parametrize(
    ("digits", "off"),
    [(2, [False, False]), (4, [False, True]), (8, [False, True])],
)
def test_a_scaled_value_rounded_in_transport_is_known_to_half_its_last_digit(digits, off):
    """Two digits of z are 0.04 of 7.3 z + 50: too little to tell 12.34 from 12.3."""
    scaled = [round((raw - 50) / 7.3, digits) for raw in (12.3, 12.34)]

    _, flags, *_ = classified(scaled, [0.0], factor=10.0, gain=7.3, offset=50.0)

    assert (flags & marks.OFF_LATTICE > 0).tolist() == off


@pytest.mark.parametrize(
    ("value", "digits", "flag"),
    [
        (20.0, 0, marks.COARSER),
        (20.1, 0, 0),
        (20.1, 1, marks.COARSER),
        (0.1 + 0.2, 1, marks.COARSER),
        (float(np.float32(20.1)), 1, marks.COARSER),  # float32 keeps the digits that there were
        (20.13, 1, 0),
        (-40.0, -1, marks.COARSER),
        (-41.0, -1, 0),
        (0.0, 1, marks.ZERO),
        (0.04, 1, 0),
        (1e7 / 3, 0, 0),  # beyond it float32 has no digit of this size
        (1e9, 0, 0),
        (math.inf, 0, 0),
    ],
)
def test_a_value_with_few_digits_is_on_the_coarser_lattice(value, digits, flag):
    """Also where it is the image of a scaler: raw = 7.3 z + 50."""
    _, raw, *_ = classified([value], [0.0], coarser=10.0**digits)
    _, scaled, *_ = classified(
        [(value - 50) / 7.3], [0.0], coarser=10.0**digits, gain=7.3, offset=50.0
    )

    assert raw.tolist() == scaled.tolist() == [flag]


@given(
    codes=st.lists(st.sampled_from([0, 1, 2, MISSING, INVALID]), min_size=1, max_size=80),
    size=st.integers(1, 9),
    cut=st.integers(0, 80),
)
@settings(max_examples=100, deadline=None)
def test_block_means_are_those_of_consecutive_valid_scores(codes, size, cut):
    scores = np.array([[-1.5, 0.25, 3.0]])
    n, cut = len(codes), min(cut, len(codes))
    sums, seen = np.zeros((3, 1)), np.zeros(1, np.int64)
    found: list[tuple[float, float, float, int]] = []
    for first, last in ((0, cut), (cut, n)):
        series = np.empty((3, 1, n))
        rows, counts = np.empty((1, n), np.int64), np.zeros(1, np.int64)
        kernels.block_means(
            np.array([codes], np.uint8), first, last, scores, np.array([size]),
            sums, seen, series, rows, counts,
        )  # fmt: skip
        k = counts[0]
        found += zip(*series[:, 0, :k], rows[0, :k], strict=True)

    at = [row for row, code in enumerate(codes) if code < INVALID]
    blocks = [at[i : i + size] for i in range(0, len(at) - size + 1, size)]
    expected = [
        (
            sum(scores[0, codes[row]] for row in block) / size,
            sum(abs(scores[0, codes[row]]) for row in block) / size,
            sum(scores[0, codes[row]] ** 2 for row in block) / size,
            block[-1],
        )
        for block in blocks
    ]
    assert found == expected


# ------------------------------------------------------------------ the sequential tests


def asked(channel, code, flag):
    """Whether a record has anything to say in a channel."""
    if channel < marks.LATTICE_CHANNEL:
        return True
    return code < INVALID and not (channel == marks.COARSER_CHANNEL and flag & marks.NO_DIGITS)


class Plain:
    """The statistics of one feature in plain Python, in float64."""

    def __init__(self, e, weights, channel_e, channel_weights, threshold):
        self.e, self.weights = e, weights
        self.channel_e, self.channel_weights = channel_e, channel_weights
        self.values = [0.0] * len(weights)
        self.channels = np.zeros((marks.CHANNELS, 2))
        self.threshold = threshold

    def take(self, code, flag):
        """True where the weighted sum reaches the threshold with this record."""
        hits = [
            code == MISSING,
            code == INVALID,
            bool(flag & marks.OFF_LATTICE),
            bool(flag & marks.TIE),
            bool(flag & marks.COARSER),
        ]
        for channel, hit in enumerate(hits):
            if asked(channel, code, flag):
                self.channels[channel] = (1 + self.channels[channel]) * self.channel_e[
                    channel, :, int(hit)
                ]
        if code < INVALID:
            self.values = [(1 + s) * e for s, e in zip(self.values, self.e[code], strict=True)]
        return self.sum >= self.threshold

    @property
    def sum(self):
        return float(np.dot(self.weights, self.values)) + float(
            (self.channel_weights * self.channels).sum()
        )


def judged(codes, flags, plain, *, cuts=(), is_open=False, back=None, channel_back=None):
    """The row at which the kernel stops and why, the records fed in pieces."""
    k, j = plain.e.shape
    state = {
        "statistic": np.zeros((1, j), np.float32),
        "channels": np.zeros((1, marks.CHANNELS, 2)),
        "calm": np.zeros((1, marks.CHANNELS), np.bool_),
        "evidence": np.zeros((1, marks.CHANNELS + 1)),
    }
    moment, cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
    back = np.ones((1, k, 1), np.float32) if back is None else back
    n_back = np.array([0 if np.all(back == 1) else back.shape[2]])
    channel_back = np.ones((1, marks.CHANNELS, 2)) if channel_back is None else channel_back
    back_statistic = np.ones((1, back.shape[2]), np.float32)
    channel_back_statistic = np.ones((1, marks.CHANNELS))
    for end in [*cuts, len(codes)]:
        kernels.judge(
            np.array([codes], np.uint8), np.array([flags], np.uint8), cursor, np.array([end]),
            plain.e[None].astype(np.float32), plain.weights[None].astype(np.float32),
            np.array([j]), state["statistic"],
            plain.channel_e[None], plain.channel_weights[None], state["channels"], state["calm"],
            np.array([plain.threshold]), np.array([is_open]),
            back, n_back, back_statistic, channel_back, channel_back_statistic,
            np.array([1000.0]), state["evidence"], moment,
        )  # fmt: skip
        if moment[0] != marks.NOTHING:
            break
    return int(cursor[0]) - 1, int(moment[0]), state


def plain(seed, *, threshold=1e6, j=37) -> Plain:
    """Random e-values of j alternatives on four bins, mean one under the uniform law."""
    draw = rng(seed, 21)
    laws = draw.dirichlet(np.ones(4), j)
    rates = np.array([0.05, 0.01, 0.005, 0.3, 0.15])
    q = np.stack([rates + 0.1, rates + 0.6], axis=1)
    channel_e = np.stack([(1 - q) / (1 - rates[:, None]), q / rates[:, None]], axis=2)
    return Plain(
        e=(laws * 4).T,
        weights=draw.dirichlet(np.ones(j)) * 0.8,
        channel_e=channel_e,
        channel_weights=np.full((marks.CHANNELS, 2), 0.02),
        threshold=threshold,
    )


def random_records(n, seed, *, odd=0.02):
    """Bin numbers, one in fifty missing and one invalid, ties and values off the lattice, on a
    coarser one, and zero.
    """
    draw = rng(seed, 22)
    codes = draw.integers(0, 4, n).astype(np.uint8)
    codes[draw.random(n) < odd] = MISSING
    codes[draw.random(n) < odd] = INVALID
    flags = (draw.random(n) < odd) * marks.OFF_LATTICE + (draw.random(n) < 0.2) * marks.TIE
    flags += draw.choice([0, marks.COARSER, marks.ZERO], n, p=[0.8, 0.15, 0.05])
    return codes, np.where(codes < INVALID, flags, 0).astype(np.uint8)


@pytest.mark.parametrize("cuts", [(), (1,), (8, 9, 64), tuple(range(3, 90, 3))])
@pytest.mark.parametrize("seed", range(4))
def test_the_statistic_is_the_shiryaev_roberts_recursion(seed, cuts):
    """S <- (1 + S) e, in every alternative of bins and channels, to float32's digits."""
    codes, flags = random_records(90, seed)
    own = plain(seed, threshold=math.inf)

    row, moment, state = judged(codes, flags, own, cuts=cuts)

    for code, flag in zip(codes, flags, strict=True):
        own.take(code, flag)
    assert (row, moment) == (89, marks.NOTHING)
    assert state["statistic"][0] == pytest.approx(own.values, rel=1e-4)
    assert state["channels"][0] == pytest.approx(own.channels, rel=1e-12)
    assert state["evidence"].sum() == pytest.approx(own.sum, rel=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_the_kernel_stops_behind_the_record_that_tips(seed):
    """A bin that becomes more and more frequent: the plain loop says at which record."""
    codes, flags = random_records(400, seed)
    codes[100:] = np.where(rng(seed, 23).random(300) < 0.7, 2, codes[100:])
    own = plain(seed, threshold=1e4)

    row, moment, _ = judged(codes, flags, own, cuts=(50, 51, 250))

    second = plain(seed, threshold=1e4)
    tipped = [second.take(c, f) for c, f in zip(codes, flags, strict=True)].index(True)
    assert (row, moment) == (tipped, marks.ALARM)


def test_nothing_overflows_however_long_a_fault_lasts():
    """Ten thousand records of evidence: capped, finite, and falling again at once."""
    own = plain(3, threshold=math.inf)
    codes, flags = np.full(10_000, MISSING, np.uint8), np.zeros(10_000, np.uint8)
    codes[::2] = int(np.argmax(own.e.max(axis=1)))

    _, _, state = judged(codes, flags, own)

    assert np.isfinite(state["statistic"]).all()
    assert np.isfinite(state["channels"]).all()
    assert np.isfinite(state["evidence"]).all()


def test_an_open_episode_is_back_once_every_law_outside_is_refuted():
    """R <- max(1, R) p/q, and the least of them over laws and channels reaches 1,000."""
    own = plain(5, threshold=0.0)
    back = np.array([[[1.5, 1.1], [1.2, 1.3], [0.7, 1.2], [1.3, 0.8]]], np.float32)
    channel_back = np.tile([1.2, 0.7], (1, marks.CHANNELS, 1))  # not hit, hit
    codes, flags = random_records(600, 6)

    row, moment, _ = judged(
        codes, flags, own, cuts=(10, 100), is_open=True, back=back, channel_back=channel_back
    )

    laws, rates = np.ones(2), np.ones(marks.CHANNELS)
    for expected, (code, flag) in enumerate(zip(codes, flags, strict=True)):  # noqa: B007
        if code < INVALID:
            laws = np.maximum(1, laws) * back[0, code]
        hits = [code == MISSING, code == INVALID, flag & 1 != 0, flag & 2 != 0, flag & 4 != 0]
        for channel, hit in enumerate(hits):
            if asked(channel, code, flag):
                rates[channel] = max(1, rates[channel]) * channel_back[0, channel, int(hit)]
        if min(*laws, *rates) >= 1000:
            break
    assert expected < 599
    assert (row, moment) == (expected, marks.BACK)


@pytest.mark.parametrize("seed", range(6))
def test_the_onset_maximises_the_evidence_of_what_follows(seed):
    """Brute force over every start: log sum_j w_j prod e_j, missing and invalid left out."""
    own = plain(seed, j=5)
    codes, _ = random_records(150, seed, odd=0.1)
    codes[90:] = np.where(rng(seed, 24).random(60) < 0.6, 1, codes[90:])
    log_e, log_weights = np.log(own.e), np.log(own.weights)

    at = kernels.onset(codes, log_e, log_weights)

    def evidence(start):
        rows = [code for code in codes[start:] if code < INVALID]
        return float(np.logaddexp.reduce(log_weights + log_e[rows].sum(axis=0)))

    starts = [s for s in range(150) if codes[s] < INVALID]
    assert evidence(at) == pytest.approx(max(evidence(s) for s in starts), rel=1e-9)
    assert codes[at] < INVALID


def test_the_onset_of_nothing_but_missing_values_is_the_last_record():
    codes = np.full(9, MISSING, np.uint8)

    assert kernels.onset(codes, np.zeros((4, 2)), np.log([0.5, 0.5])) == 8


def test_a_table_of_cells_is_built_only_where_it_helps():
    """No cells for few edges or edges without a width; the search by halves does it."""
    few, flat = lookup([table([1.0, 2.0])]), lookup([table([0.0, *np.full(20, 1.0), 2.0])])
    usual = lookup([table(np.arange(30.0))])

    assert few.inverse_width[0] == flat.inverse_width[0] == 0.0
    assert usual.inverse_width[0] == pytest.approx(CELLS / (25 - 4))
    assert classified([0.5, 1.0, 1.5, 9.0], [1.0, 2.0])[0].tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("least", [0.04, 0.2])
def test_edges_are_kept_where_some_law_has_gathered_enough(least):
    """Against going through all edges one by one."""
    laws = [np.sort(np.round(rng(i).normal(i / 3, 1, 40 + i), 1)) for i in range(9)]
    edges = np.unique(np.concatenate(laws))
    starts = np.concatenate(([0], np.cumsum([len(law) for law in laws])))
    out = np.empty((len(edges), len(laws)))

    kept = kernels.coarse_shares(np.concatenate(laws), starts, edges, least, out)

    shares = np.array([np.searchsorted(law, edges, side="right") / len(law) for law in laws]).T
    expected, before = [], np.zeros(len(laws))
    for row in shares:
        if (row - before).max() >= least:
            expected.append(row)
            before = row
    assert np.array_equal(out[:kept], expected)
