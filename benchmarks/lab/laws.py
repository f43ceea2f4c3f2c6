"""Laws of independent values, and processes whose values depend on each other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

FloatArray = npt.NDArray[np.float64]
Rng = np.random.Generator

RATE = 3.0  # of the Poisson law
KEYS = 20  # of the stream of interleaved keys
PERIOD = 10_000  # messages of the season


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law of independent values.

    draw:      n values.
    density:   on a grid, for the bounds; None where the law is discrete.
    """

    name: str
    draw: Callable[[Rng, int], FloatArray]
    density: Callable[[FloatArray], FloatArray] | None = None


def poisson(rng: Rng, n: int, rate: float = RATE) -> FloatArray:
    """Counts."""
    return rng.poisson(rate, n).astype(np.float64)


def _bimodal(rng: Rng, n: int) -> FloatArray:
    return np.where(rng.random(n) < 0.5, -2.0, 2.0) + rng.normal(0, 0.5, n)


def _normal_density(x: FloatArray, mean: float = 0.0, std: float = 1.0) -> FloatArray:
    height = 1 / (std * np.sqrt(2 * np.pi))
    return np.asarray(np.exp(-(((x - mean) / std) ** 2) / 2) * height, np.float64)


def _lognormal_density(x: FloatArray) -> FloatArray:
    above = np.maximum(x, 1e-300)
    return np.where(x > 0, _normal_density(np.log(above)) / above, 0.0)


LAWS = (
    Law(name="normal", draw=lambda rng, n: rng.normal(0, 1, n), density=_normal_density),
    Law(name="lognormal", draw=lambda rng, n: rng.lognormal(0, 1, n), density=_lognormal_density),
    Law(
        name="t2",
        draw=lambda rng, n: rng.standard_t(2, n),
        density=lambda x: (2 + x * x) ** -1.5,
    ),
    Law(name="Poisson", draw=poisson),
    Law(
        name="bimodal",
        draw=_bimodal,
        density=lambda x: _normal_density(x, -2, 0.5) / 2 + _normal_density(x, 2, 0.5) / 2,
    ),
)


# ---------------------------------------------------------------- dependent values


def autoregressive(phi: float) -> Callable[[Rng, int], FloatArray]:
    """AR(1) of unit variance, from its stationary law on."""

    def path(rng: Rng, n: int) -> FloatArray:
        noise = rng.normal(0, np.sqrt(1 - phi * phi), n)
        values, _ = lfilter([1.0], [1.0, -phi], noise, zi=[phi * rng.normal()])
        return np.asarray(values, np.float64)

    return path


def _moving_average(rng: Rng, n: int) -> FloatArray:
    return np.convolve(rng.normal(0, 1, n + 9), np.full(10, 10**-0.5), mode="valid")


def _garch(rng: Rng, n: int) -> FloatArray:
    """Volatility that depends on the past: s^2 <- 0.05 + 0.1 x^2 + 0.85 s^2, variance 1."""
    values, variance = [], 1.0
    for z in rng.normal(0, 1, n + 1000).tolist():
        x = z * variance**0.5
        values.append(x)
        variance = 0.05 + 0.1 * x * x + 0.85 * variance
    return np.array(values[1000:])


def _long_memory(rng: Rng, n: int) -> FloatArray:
    parts = [autoregressive(phi)(rng, n) for phi in (0.9, 0.99, 0.999)]
    return np.asarray(sum(parts) / np.sqrt(3), np.float64)


def _telegraph(rng: Rng, n: int) -> FloatArray:
    """A level of -1 or 1 that lasts 50 messages on average, and noise."""
    level = np.where(np.cumsum(rng.random(n) < 1 / 50) % 2, 1.0, -1.0)
    return level + rng.normal(0, 0.5, n)


def _keys(rng: Rng, n: int) -> FloatArray:
    """Twenty keys in turn, each with a level of its own and an AR(.9) about it."""
    rows = n // KEYS + 1
    levels = rng.normal(0, 1, KEYS)
    paths = [level + autoregressive(0.9)(rng, rows) for level in levels]
    return np.array(paths).T.ravel()[:n]


def _season(rng: Rng, n: int) -> FloatArray:
    return np.sin(2 * np.pi * np.arange(n) / PERIOD) + rng.normal(0, 1, n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process whose values depend on each other; a draw is one path in time order."""

    name: str
    draw: Callable[[Rng, int], FloatArray]


PROCESSES = (
    Process(name="AR(.5)", draw=autoregressive(0.5)),
    Process(name="AR(.9)", draw=autoregressive(0.9)),
    Process(name="AR(.99)", draw=autoregressive(0.99)),
    Process(name="MA(10)", draw=_moving_average),
    Process(name="GARCH(.1, .85)", draw=_garch),
    Process(name="long memory (AR .9 + .99 + .999)", draw=_long_memory),
    Process(name="telegraph, dwell 50", draw=_telegraph),
    Process(name="20 interleaved keys", draw=_keys),
    Process(name="sine of amplitude 1, period 10k", draw=_season),
)
