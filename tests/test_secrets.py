"""Secrets have no printed form."""

import copy
import json
import pickle

import pytest

from detector.secrets import MASK, Secret

CANARY = "canary-7f3a"


def test_every_printed_form_hides_the_text():
    secret = Secret(CANARY)

    forms = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>40}",
        f"{secret:>40}",
        "%s" % secret,  # noqa: UP031 - one of the ways to print
    ]
    forms += [repr([secret]), repr({"password": secret}), json.dumps([secret], default=str)]

    assert CANARY not in "".join(forms)
    assert str(secret) == MASK


def test_reveal_gives_the_text():
    assert Secret(CANARY).reveal() == CANARY


def test_equal_texts_are_equal_secrets_but_not_equal_to_the_text():
    assert Secret(CANARY) == Secret(CANARY)
    assert len({Secret(CANARY), Secret(CANARY), Secret("other")}) == 2
    assert Secret(CANARY) != CANARY


def test_a_copy_is_the_same_secret():
    secret = Secret(CANARY)

    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_pickle_refuses_to_write_it():
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(CANARY))
