"""``detector check``: whether a configuration is right, and what it watches."""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from detector.cli import Subparsers
from detector.config import Config, HeaderNames, ModelConfig, load
from detector.config.effective import effective
from detector.config.kafka import weaknesses
from detector.detection.describe import FeatureTests, describe
from detector.detection.settings import ModelSettings
from detector.errors import ConfigError
from detector.stream.client import check_properties
from detector.yamlfile import dump


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "check",
        help="validate a configuration and show what is monitored by which test",
        description="Validates a configuration and the scaler files that it names. Prints what is "
        "in effect, secrets hidden, on standard output, and what is monitored by which test, and "
        "what a better scaler file would add, on standard error.",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--connect",
        action="store_true",
        help="also ask the broker: does it answer, are the topics there, are we allowed",
    )


def run(args: argparse.Namespace) -> int:
    """Report; ConfigError with everything that is wrong."""
    config = load(args.config)
    _check_kafka(config)
    sys.stdout.write(dump(effective(config)))
    sys.stdout.flush()
    for line in report(config):
        sys.stderr.write(f"{line}\n")
    if args.connect:
        _connect(config)
    sys.stderr.write(f"{config.path}: no faults.\n")
    return 0


_VALUES = {"raw": "raw", "scaled": "scaled", "both": "pairs of raw and scaled"}


def report(config: Config) -> Iterator[str]:
    """What is monitored, in words, a line each; features alike share their lines."""
    for model in config.models.values():
        yield from _model(model)
    for weakness in weaknesses(config.kafka):
        yield f"Caution: {weakness}"


def _model(model: ModelConfig) -> Iterator[str]:
    settings = model.settings
    scaler = settings.scaler
    yield (
        f"{settings.name}: {_VALUES[settings.values]} values of {settings.topic}, compared with "
        f"{scaler.name} version {scaler.version} ({scaler.digest[:15]}…)"
    )
    yield _headers(model.headers)
    described = describe(settings)
    for names, tests in _alike(described):
        yield f"  {names}"
        marked = [(test.name + ("" if test.promised else " *"), test.words) for test in tests.tests]
        width = max(len(name) for name, _ in marked)
        for name, words in marked:
            yield f"    {name:<{width}}  {words}"
        for hint in tests.hints:
            yield f"    Better: {hint}."
    yield from _budget(settings, described)
    yield ""


def _headers(headers: HeaderNames) -> str:
    """What happens to records that name a scaler."""
    names = [name for name in (headers.digest, headers.version) if name is not None]
    if not names:
        return "  The scaler that a message may name in its headers is not looked at"
    noun = "headers" if len(names) > 1 else "header"
    return (
        f"  A message may name the scaler it was made with, in the {noun} {' and '.join(names)}:"
        " one that names another is an event at once"
    )


def _budget(settings: ModelSettings, described: Sequence[FeatureTests]) -> Iterator[str]:
    """What the false-alarm budget buys, so that a user can choose it."""
    if not all(test.promised for feature in described for test in feature.tests):
        yield (
            f"  * outside the promise of at most one false alarm in {settings.false_alarm_every:,} "
            "messages on average, which holds for independent records"
        )
    yield (
        f"  Budget: false_alarm_every {settings.false_alarm_every:,} for {len(described)} "
        f"feature(s) together: an episode opens at evidence {described[0].threshold:,.0f}. A shift "
        "of so many training scales takes about so many messages to be found:"
    )
    shifts = [shift for shift, _ in described[0].delays]
    names = [feature.feature for feature in described]
    width = max(len(name) for name in ["feature", *names])
    yield f"    {'feature':<{width}}  " + "  ".join(f"{shift:>7g}" for shift in shifts)
    for feature in described:
        cells = ("never" if n is None else f"{max(n, 1):.0f}" for _, n in feature.delays)
        yield f"    {feature.feature:<{width}}  " + "  ".join(f"{cell:>7}" for cell in cells)


def _alike(features: Sequence[FeatureTests]) -> list[tuple[str, FeatureTests]]:
    """Features with the same tests and hints, under all their names."""
    groups: dict[tuple[object, object], list[FeatureTests]] = {}
    for feature in features:
        groups.setdefault((feature.tests, feature.hints), []).append(feature)
    return [(", ".join(f.feature for f in group), group[0]) for group in groups.values()]


def _check_kafka(config: Config) -> None:
    """ConfigError where librdkafka does not take a key or value; without its servers it connects
    to nobody.
    """
    try:
        check_properties({k: v for k, v in config.kafka.items() if k != "bootstrap.servers"})
    except ConfigError as error:
        raise ConfigError(*(f"{config.path}: {fault}" for fault in error.faults)) from error


def _connect(config: Config) -> None:
    from detector.stream.preflight import preflight  # noqa: PLC0415 - only --connect needs it

    logging.getLogger("librdkafka").setLevel(logging.CRITICAL)  # preflight says it in words
    problems = preflight(config)
    if problems:
        raise ConfigError(*problems)
