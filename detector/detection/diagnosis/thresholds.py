"""When a margin over nature is trusted, where rows depend on time.

Nature, too, comes by such margins: more easily where the path is restless or little known, where
training rows changed as much, and while few records have spoken.
"""

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.innovation import HISTORY
from detector.detection.diagnosis.scene import FEW, Scene

LEAST_MARGIN = 12.5  # nats over nature: what natural gaps and bursts reach in thousands of records
_UNSEASONED = 3.0  # nats more while hardly anything is known of ordinary steps
_FAMILIAR = 6.0  # nats more for a change that training rows have made, too
_RESTLESS = 6.0  # nats more for each nat that a record surprised lately, beyond habit
_ASTRAY = 4.0  # nats more where values had left training's range before: little is known there
_FAULTY = 24.0  # nats more for a second fault along the path of the first
_SECOND = 6.0  # and for one that takes the first one's place
_RARE = 5.0  # nats more for conversions that few mix up: among so many one fits any jump
_RARE_PRIOR = -1.5  # log prior of those
_TOGETHER = 3.0  # nats more where other columns jump with it: a gap, or another entity
_UNHEARD, _FAR = -3.0, 3.0  # and less for a step that is so many times training's largest
_BEYOND = -3.0  # or one out of training's range, where most values stay
LEAST_OF_ALL = LEAST_MARGIN + min(_UNHEARD, _BEYOND)  # no threshold is lower
_EARLY = ((16, 12.0), (32, 6.0), (64, 3.0))  # and more while few records have spoken
_BLOCK, _BLOCK_FLOOR = 16, 0.02  # as the reference measures the changes of neighbouring blocks
_LOOKED_AT = 128  # values since the onset
_PROVEN = 10.0


def threshold(scene: Scene, one: Scored) -> float:
    """The margin at which a fault is named."""
    if scene.faulty:  # whose steps and decimals are not those that training and history tell of
        return LEAST_MARGIN + _FAULTY
    least = LEAST_MARGIN + (_SECOND if scene.second else 0.0)
    if one.proof > _PROVEN:  # nature does not leave the grid, and comes back to it under no map
        return least
    least += _UNSEASONED * max(0.0, 1 - scene.law.learned / HISTORY)
    least += _RESTLESS * min(scene.law.lately, 1.0)
    if one.fault.cause == "imputed_constant":
        return least
    least += next((extra for until, extra in _EARLY if scene.age < until), 0.0)
    least += _RARE if _is_rare(one) else 0.0
    least += _TOGETHER if scene.together and one.fault.cause != "column_swap" else 0.0
    if _is_unheard_of(scene):
        return least + _UNHEARD
    least += _FAMILIAR if _is_familiar(scene) else 0.0
    if _is_out(scene, scene.before[-_BLOCK:]):
        return least + _ASTRAY
    return least + (_BEYOND if _is_out(scene, scene.values[:_LOOKED_AT]) else 0.0)


def _is_rare(one: Scored) -> bool:
    """Whether it is a conversion of units that nothing speaks for in advance."""
    fault = one.fault
    temperature = "deg" in (fault.variant or "")  # a shift as well: no jump lands there by chance
    return fault.cause == "unit" and fault.prior <= _RARE_PRIOR and not temperature


def _is_unheard_of(scene: Scene) -> bool:
    """Whether the first step is far beyond the largest one of training."""
    reference, law = scene.own.column.view.reference, scene.own.column.view.law
    if reference is None or reference.step is None or law is None or not len(scene.before):
        return False
    unit = law.std / reference.std if reference.std else 1.0  # of the topic, in the feature's own
    step = abs(float(scene.values[0] - scene.before[-1]))
    return step > _FAR * reference.step.max * unit


def _is_out(scene: Scene, values: FloatArray) -> bool:
    """Whether most of *values* lie where training had none."""
    law = scene.own.column.view.law
    return (
        law is not None and len(values) > 0 and not law.low <= float(np.median(values)) <= law.high
    )


def _is_familiar(scene: Scene) -> bool:
    """Whether neighbouring blocks of training rows changed as much by themselves."""
    reference, view = scene.own.column.view.reference, scene.own.column.view
    change = None if reference is None else reference.block_change
    before, after = scene.before[-_BLOCK:], scene.values[:_BLOCK]
    if change is None or view.spread is None or len(before) < _BLOCK or len(after) < FEW:
        return False
    if _is_out(scene, after):
        return False
    moved = abs(float(after.mean() - before.mean())) / view.spread
    floor = _BLOCK_FLOOR * view.spread
    stretched = abs(float(np.log((after.std() + floor) / (before.std() + floor))))
    return moved <= change.mean and stretched <= change.log_std
