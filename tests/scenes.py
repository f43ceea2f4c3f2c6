"""Scenes of a path that nothing surrounds."""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.scene import Scene
from detector.detection.diagnosis.suspects import Suspects


def lone(own: Suspects, values: FloatArray, before: FloatArray, law: Innovation) -> Scene:
    """The path of a feature that is alone: *values* since an onset, *before* it, and its *law*."""
    return Scene(
        own=own,
        values=values,
        before=before,
        law=law,
        together=(),
        others=lambda _: None,
        last=lambda: np.full((1, 3), np.nan),
        less=lambda _: None,
        turned=(),
    )
