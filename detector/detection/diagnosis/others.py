"""The other features of a model as one feature's diagnosis sees them: few of their values, at once.

A model of hundreds of features has hundreds of mistakes between two of them for each. Only the few
that come near what arrives are worth a law, and three levels of the others tell which those are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.faults import Affine, Column
from detector.detection.faults.columns import scaled_by
from detector.detection.view import View

LEVELS = np.array([0.1, 0.5, 0.9])  # of a law, by which it is held to be near
_ENDS = np.array([0.0, *LEVELS, 1.0])


def levels(ordered: FloatArray, at: FloatArray = LEVELS) -> FloatArray:
    """Values of an ascending sample at some shares of its length."""
    return ordered[(at * (len(ordered) - 1)).astype(np.int64)]


class Others:
    """All features of a model; shared by the catalogues of all of them."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self.views = views
        self.names = list(views)

    @cached_property
    def ends(self) -> FloatArray:
        """Ends and levels of each training law in raw values, shape (m, 5); NaN without a law."""
        found = np.full((len(self.names), len(_ENDS)), np.nan)
        with np.errstate(all="ignore"):
            for i, view in enumerate(self.views.values()):
                if view.law is not None:
                    found[i] = view.to_raw(levels(view.law.knots, _ENDS))
        return found

    @cached_property
    def without_law(self) -> npt.NDArray[np.bool_]:
        """Which features have none, shape (m,)."""
        return np.array([view.law is None for view in self.views.values()])

    @cached_property
    def without_scale(self) -> npt.NDArray[np.bool_]:
        """Of which features nothing is known, shape (m,)."""
        return np.array([view.spread is None for view in self.views.values()])

    def raw(self, values: FloatArray) -> FloatArray:
        """Raw values behind a row of topic values of each feature, shape (m, n)."""
        if all(view.values == "raw" for view in self.views.values()):
            return values
        rows = zip(self.views.values(), values, strict=True)
        return np.array([view.to_raw(row) for view, row in rows])


def arriving(place: View, raw: FloatArray) -> FloatArray:
    """Raw values of other features as they look in the place of a feature, any shape."""
    return np.asarray(place.from_raw(raw.ravel()).reshape(raw.shape))


def middles(place: View, raw: FloatArray) -> FloatArray:
    """The median of each row of at most three *raw* values in the place of a feature, shape (m,).

    NaN fills rows up; where one comes from a value that the place has not, the median is none.
    """
    given = (~np.isnan(raw)).sum(axis=1)
    seen = np.sort(arriving(place, raw), axis=1)  # NaN last
    half, rows = np.maximum(given - 1, 0) // 2, np.arange(len(raw))
    low, high = seen[rows, half], seen[rows, given // 2]
    middle = np.where(given % 2 == 1, low, (low + high) / 2)
    known = (given > 0) & ((~np.isnan(seen)).sum(axis=1) == given)
    return np.where(known, middle, np.nan)


@dataclass(frozen=True, slots=True)
class Lines:
    """Affine maps by their inverses: sound = origin + slope value, shape (h,) each.

    places: where each stands in the catalogue.
    """

    places: npt.NDArray[np.int64]
    origins: FloatArray
    slopes: FloatArray

    def some(self, which: npt.NDArray[np.int64]) -> "Lines":
        """A choice of them."""
        return Lines(self.places[which], self.origins[which], self.slopes[which])


@dataclass(frozen=True, slots=True)
class Scalings:
    """The parameters of other features in the place of a feature's own, as far as the laws that
    they give are finite.

    names:         of the features, in the order of the model.
    gains, offsets: of the maps from sound values to what arrives, shape (m,).
    levels:        of the laws, shape (m, 3).
    """

    names: tuple[str, ...]
    gains: FloatArray
    offsets: FloatArray
    levels: FloatArray

    def but(self, name: str | None) -> "Scalings":
        """Those of the other features than *name*."""
        return self._some(np.array([one != name for one in self.names], np.bool_))

    def behind(self, first: Affine) -> "Scalings":
        """The same as they look behind *first*: what they make, and then its inverse."""
        gains, offsets = self.gains / first.gain, (self.offsets - first.offset) / first.gain
        made = (self.levels - first.offset) / first.gain
        return Scalings(self.names, gains, offsets, np.sort(made, axis=1)).finite

    def of(self, knots: FloatArray) -> "Scalings":
        """The same of another ascending sample."""
        up, down = levels(knots), levels(knots[::-1])
        gains = self.gains[:, None]
        made = gains * np.where(gains > 0, up, down) + self.offsets[:, None]
        return Scalings(self.names, self.gains, self.offsets, made).finite

    @property
    def finite(self) -> "Scalings":
        """Those whose figures and levels are."""
        figures = np.column_stack((self.gains, self.offsets, self.levels))
        return self._some(np.asarray(np.isfinite(figures).all(axis=1)))

    def _some(self, kept: npt.NDArray[np.bool_]) -> "Scalings":
        names = tuple(self.names[i] for i in np.flatnonzero(kept).tolist())
        return Scalings(names, self.gains[kept], self.offsets[kept], self.levels[kept])


def scalings(column: Column) -> Scalings:
    """Those of *column* by every other feature."""
    law = column.view.law
    maps = {name: scaled_by(column, name) for name in column.views if name != column.view.name}
    known = {name: one for name, one in maps.items() if one is not None}
    if law is None or not known:
        return Scalings((), np.zeros(0), np.zeros(0), np.zeros((0, 3)))
    gains = np.array([one.gain for one in known.values()])
    offsets = np.array([one.offset for one in known.values()])
    up, down = levels(law.knots, _ENDS), levels(law.knots[::-1], _ENDS)
    with np.errstate(all="ignore"):
        ends = gains[:, None] * np.where(gains[:, None] > 0, up, down) + offsets[:, None]
    sound = np.isfinite(ends[:, [0, -1]]).all(axis=1)
    names = tuple(name for name, kept in zip(known, sound.tolist(), strict=True) if kept)
    return Scalings(names, gains[sound], offsets[sound], ends[sound, 1:-1])
