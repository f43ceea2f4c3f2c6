"""docs/causes.md has a section for every cause, and says the four things about each."""

import re
from pathlib import Path
from typing import get_args

import pytest

from detector.events.event import Cause

PAGE = (Path(__file__).parent.parent / "docs" / "causes.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_cause_of_the_vocabulary_has_a_section_and_no_other():
    assert sorted(SECTIONS) == sorted(get_args(Cause))


@pytest.mark.parametrize("cause", get_args(Cause))
def test_each_section_says_signature_confusion_confirmation_and_fix(cause):
    for part in ("Looks like", "Confused with", "Confirm", "Fix"):
        assert re.search(rf"- \*\*{part}\*\*: \S", SECTIONS[cause]), part
