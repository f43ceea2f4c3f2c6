"""Scalers for tests: hypothesis strategies for every file that `fit` or a hand may write."""

import numpy as np
from hypothesis import strategies as st

from detector.scaler import (
    BEFORE,
    BlockChange,
    FeatureScaler,
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    PhaseLaw,
    Phases,
    Reference,
    RobustParameters,
    Scaler,
    StandardParameters,
    Step,
)
from detector.scaler.reference import MAX_LAWS, PHASES

MODERATE = 1e9  # keeps quotients of parameters finite

numbers = st.floats(-MODERATE, MODERATE)
scales = st.floats(1e-9, MODERATE)
magnitudes = st.floats(0, MODERATE)
shares = st.floats(1e-6, 0.02)
names = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=128
).filter(lambda name: name != "*" and name.isprintable())
standard = st.builds(StandardParameters, mean=numbers, scale=scales)
robust = st.builds(RobustParameters, center=numbers, scale=scales)
maxabs = st.builds(MaxAbsParameters, max_abs=scales)
identity = st.just(IdentityParameters())


@st.composite
def minmax(draw):
    low = draw(numbers)
    return MinMaxParameters(
        data_min=low,
        data_max=low + 1 + draw(magnitudes),
        feature_range=draw(st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.0, 0.1)])),
        clip=draw(st.booleans()),
    )


@st.composite
def laws(draw, values):
    """Probabilities and quantiles, of equal weight or as a hand would choose them."""
    quantiles = np.sort(draw(st.lists(values, min_size=2, max_size=9)))
    size = len(quantiles)
    probabilities = (np.arange(size) + 0.5) / size
    if draw(st.booleans()):
        drawn = draw(st.sets(st.floats(1e-9, 1 - 1e-9), min_size=size, max_size=size))
        probabilities = np.sort(np.array(list(drawn)))
    return probabilities, quantiles


@st.composite
def phases(draw, low, high, count):
    """Laws with values from low to high, of count rows or less, each in some phase."""
    by = draw(st.sampled_from(list(PHASES)))
    size = draw(st.integers(2, min(MAX_LAWS, PHASES[by])))
    rest = st.integers(0, size - 1)
    table = [*range(size), *(draw(rest) for _ in range(PHASES[by] - size))]
    drawn = [draw(laws(st.floats(low, high))) for _ in range(size)]
    counts = [draw(st.integers(1, count // size)) for _ in range(size)]
    return Phases(
        by=by,
        table=tuple(table),
        laws=tuple(
            PhaseLaw(count=rows, probabilities=law[0], quantiles=law[1])
            for rows, law in zip(counts, drawn, strict=True)
        ),
    )


@st.composite
def references(draw):
    probabilities, quantiles = draw(laws(numbers))
    largest = draw(magnitudes)
    atoms = draw(st.dictionaries(numbers, shares, max_size=5))
    count = draw(st.integers(1, 10**9))
    low, high = float(quantiles[0]), float(quantiles[-1])
    return Reference(
        count=count,
        probabilities=probabilities,
        quantiles=quantiles,
        min=draw(st.none() | st.just(float(quantiles[0]))),
        max=draw(st.none() | st.just(float(quantiles[-1]))),
        mean=draw(st.none() | st.floats(quantiles[0], quantiles[-1])),
        std=draw(st.none() | scales),
        atoms=tuple(sorted(atoms.items(), key=lambda atom: -atom[1])),
        distinct=draw(st.none() | st.integers(1, 10_000)),
        decimals=draw(st.none() | st.integers(0, 5)),
        missing_rate=draw(st.none() | st.floats(0, 0.99)),
        autocorrelation_time=draw(st.none() | st.floats(1, 1e6)),
        longest_run=draw(st.none() | st.just(1)),
        step=draw(st.none() | st.just(Step(mean=largest / 2, q99=largest, max=largest))),
        block_change=draw(st.none() | st.builds(BlockChange, mean=magnitudes, log_std=magnitudes)),
        phases=draw(st.none() | phases(low, high, count)) if count >= MAX_LAWS else None,
    )


features = st.builds(
    FeatureScaler,
    parameters=st.one_of(standard, robust, maxabs, identity, minmax()),
    unit=st.none() | names,
    reference=st.none() | references(),
) | st.builds(FeatureScaler, parameters=standard, before=st.sampled_from(BEFORE))

sources = st.dictionaries(
    names, st.none() | st.booleans() | st.integers() | numbers | names | st.lists(numbers)
)

scalers = st.builds(
    Scaler,
    name=names,
    version=names,
    kind=st.sampled_from(["standard", "minmax", "robust", "maxabs", "identity"]),
    features=st.dictionaries(names, features, min_size=1, max_size=4),
    created_at=st.none() | st.just("2026-11-20T09:30:00Z"),
    source=sources,
)
