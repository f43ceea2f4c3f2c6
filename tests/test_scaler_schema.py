"""The schema accepts every file we write and refuses what the reader refuses, where it can."""

import jsonschema
import pytest
import yaml
from hypothesis import given

from detector import yamlfile
from detector.scaler.file import written
from detector.scaler.schema import scaler_schema
from tests.scalers import scalers
from tests.test_scaler_file import HEAD, TWO_LAWS, WHOLE, phased, standard

VALIDATOR = jsonschema.Draft202012Validator(scaler_schema())


def as_json(value):
    """YAML data as JSON holds it: keys are text."""
    if isinstance(value, dict):
        return {str(key): as_json(member) for key, member in value.items()}
    return [as_json(member) for member in value] if isinstance(value, list) else value


def accepts(text):
    return VALIDATOR.is_valid(as_json(yaml.load(text, Plain)))


class Plain(yaml.SafeLoader):
    """Leaves dates as text, as editors do that check a YAML file by its schema."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(scaler_schema())


@given(scalers)
def test_every_file_that_we_write_is_accepted(scaler):
    VALIDATOR.validate(as_json(yaml.load(yamlfile.dump(written(scaler)), Plain)))


def test_minimal_and_full_files_are_accepted():
    assert accepts(WHOLE)
    assert accepts(HEAD + "kind: standard\nfeatures:\n  a: {mean: 1, scale: 2}\n")
    assert accepts(HEAD + "kind: standard\nfeatures:\n  a: {kind: maxabs, max_abs: 2}\n")
    assert accepts(HEAD + "kind: identity\nfeatures:\n  a:\n  b: {}\n")
    assert accepts(phased())


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "kind: standard\nfeatures: {}\n",
        HEAD + "features: {a: {mean: 1, scale: 2}}\n",
        HEAD + "kind: std\nfeatures: {a: {mean: 1, scale: 2}}\n",
        HEAD + "kind: standard\nfeatures: {a: {mean: 1}}\n",
        HEAD + "kind: standard\nfeatures: {a: {mean: 1, scale: 0}}\n",
        HEAD + "kind: standard\nfeatures: {a: {mean: 1, scale: 1e-3}}\n",
        HEAD + "kind: standard\nfeatures: {a: {mean: yes, scale: 1}}\n",
        HEAD + "kind: standard\nfeatures: {a: {mean: 1, scale: 1, center: 1}}\n",
        HEAD + "kind: standard\nfeatures: {a: {kind: maxabs, mean: 1, scale: 1}}\n",
        HEAD + "kind: standard\nfeatures: {a: {kind: maxab, max_abs: 1}}\n",
        HEAD + 'kind: standard\nfeatures: {"*": {mean: 1, scale: 1}}\n',
        HEAD + "kind: minmax\nfeatures: {a: {data_min: 1, data_max: 2, feature_range: [1]}}\n",
        HEAD.replace('"3"', "3") + "kind: standard\nfeatures: {a: {mean: 1, scale: 2}}\n",
        WHOLE + "extra: 1\n",
        WHOLE + "digest: abc\n",
        WHOLE.replace("log1p", "log2"),
        standard("{count: 0, quantiles: [1, 2]}"),
        standard("{count: 9, quantiles: [1]}"),
        standard("{count: 9, quantiles: {p50: 1, p60: 2}}"),
        standard("{count: 9, quantiles: [1, 2], atoms: {1: 2}}"),
        standard("{count: 9, quantiles: [1, 2], phases: {by: hour_of_day}}"),
        phased(by="hour"),
        phased(by="hour_of_day"),
        phased(table="[0, 0, 0, 0, 0, 1, 8]"),
        phased(table="[0, 0, 0, 0, 0, 1, 0.5]"),
        phased(laws="[{count: 3, quantiles: [1, 2]}]"),
        phased(laws=TWO_LAWS.replace("1, 2", "1")),
        phased(more=", law: 1"),
        standard("{count: 9, quantiles: [1, 2], step: {mean: 1}}"),
    ],
)
def test_typical_wrong_files_are_refused(text):
    assert not accepts(text)
