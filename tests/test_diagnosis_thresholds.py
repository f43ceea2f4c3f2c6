"""When a margin over nature is trusted."""

from dataclasses import replace

import numpy as np
import pytest

from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.innovation import learn
from detector.detection.diagnosis.lattice import lattice_of
from detector.detection.diagnosis.posterior import path_verdict
from detector.detection.diagnosis.suspects import suspects
from detector.detection.diagnosis.thresholds import LEAST_MARGIN, threshold
from detector.detection.faults import Column, constants, nature
from detector.detection.view import view_of
from tests.scenes import lone
from tests.streams import fitted, rng


def level(n, seed):
    """A slow level about 40."""
    noise = rng(seed).normal(0, 0.3, n + 400)
    return 40.0 + np.convolve(noise, 0.98 ** np.arange(400), "valid")[:n]


VIEW = view_of("x", fitted({"x": level(4000, 1)}).features["x"], "raw")
OWN = suspects(Column(view=VIEW, views={"x": VIEW}), lattice_of(VIEW))
HISTORY = level(1024, 2)
LAW = learn(HISTORY, np.sort(HISTORY))
NATURE = nature.shift(OWN.column, 1.0, 0.0, prior=0.0)
SIGN = ("sign_flip", None)
STEP = -2.2  # more than neighbouring blocks of training differ, and no unheard-of step


def scene(*, age=64, moved=STEP, before=HISTORY[-256:], **law):
    assert LAW is not None
    known = replace(LAW, lately=0.0, **law) if "lately" not in law else replace(LAW, **law)
    values = before[-1] + moved + rng(3).normal(0, 0.3, age)
    return lone(OWN, values, before, known)


def margin(one, *, proof=0.0):
    """What a unit mistake needs."""
    return threshold(one, Scored(fault=OWN.maps[0].fault, score=0.0, proof=proof))


def test_a_calm_path_that_jumps_as_training_never_did_needs_the_least():
    assert margin(scene()) == LEAST_MARGIN


@pytest.mark.parametrize(("age", "more"), [(8, 12), (16, 6), (32, 3), (64, 0)])
def test_few_records_need_more(age, more):
    assert margin(scene(age=age)) == LEAST_MARGIN + more


def test_little_history_needs_more():
    """Three nats where nothing is known, none after 1,024 records."""
    assert margin(scene(learned=256)) == LEAST_MARGIN + 3 * 0.75


def test_a_restless_path_needs_more():
    """Six nats for each nat that the last records surprised beyond habit, one at most."""
    assert margin(scene(lately=0.5)) == LEAST_MARGIN + 3
    assert margin(scene(lately=7.0)) == LEAST_MARGIN + 6


def test_a_path_that_had_left_trainings_range_needs_more():
    astray = HISTORY[-256:] + 20

    assert margin(scene(before=astray)) == LEAST_MARGIN + 4


def test_a_change_as_training_made_itself_needs_more():
    assert margin(scene(moved=0.0)) == LEAST_MARGIN + 6


def test_a_step_beyond_all_of_training_needs_less():
    assert margin(scene(moved=1e4)) == LEAST_MARGIN - 3


def test_values_out_of_trainings_range_need_less():
    """At a step that training made, to where most of the values were nowhere in training."""
    assert VIEW.law is not None
    low = VIEW.law.low
    edge = HISTORY[-256:] - HISTORY[-16:].min() + low + 0.2
    out = low - 1.5 - edge[-1]

    assert margin(scene(before=edge, moved=out)) == LEAST_MARGIN - 3
    assert margin(scene(before=edge - 20.0, moved=out)) == LEAST_MARGIN + 4  # as those before


def test_a_jump_of_other_columns_too_needs_more():
    """A gap in the recording; but a swap makes two columns jump."""
    together = replace(scene(), together=("y",))
    swap = Scored(fault=OWN.swap("y"), score=0.0)

    assert margin(together) == LEAST_MARGIN + 3
    assert threshold(together, swap) == LEAST_MARGIN


def test_a_conversion_that_few_mix_up_needs_more():
    """Some ratio of units fits any jump; what the file says of its unit makes one likelier."""
    units = {one.fault.variant: one.fault for one in OWN.maps if one.fault.cause == "unit"}

    def needed(variant):
        return threshold(scene(), Scored(fault=units[variant], score=0.0))

    assert needed("gram_ounce") == LEAST_MARGIN + 5
    assert needed("x1000") == LEAST_MARGIN


def test_what_the_decimals_prove_needs_no_time():
    assert margin(scene(age=8, lately=1.0), proof=15.0) == LEAST_MARGIN


def test_imputed_values_need_no_more_while_few():
    """They go on to be seen; a jump wears off."""
    fault = constants.imputed(OWN.column, 0.0, 0.3, prior=0.0)

    assert threshold(scene(age=8), Scored(fault=fault, score=0.0)) == LEAST_MARGIN


def test_a_second_fault_along_the_path_of_the_first_needs_much_more():
    """Neither its steps nor its decimals are those that training tells of."""
    faulty = replace(scene(), faulty=True)

    assert margin(faulty, proof=15.0) == LEAST_MARGIN + 24


@pytest.mark.parametrize(("age", "renamed"), [(64, True), (96, True), (97, False), (256, False)])
def test_a_named_path_gets_another_name_near_its_onset_only(age, renamed):
    """Ten times the values was called a sign; the law of the path holds for some records."""
    one = scene(age=age)
    found = path_verdict(replace(one, values=10 * level(1400, 2)[1024 : 1024 + age]), NATURE, SIGN)

    assert (found is not None and found.best.fault.variant == "x10") == renamed
