"""What a configuration comes to, as plain data that may be shown: defaults filled in, secrets
hidden.
"""

import datetime as dt
from collections.abc import Iterator

from detector.config.settings import Config, ModelConfig
from detector.detection.settings import FeatureSettings, Tolerance
from detector.yamlfile import Inline


def effective(config: Config) -> dict[str, object]:
    """Every setting under its key, in the order of the documentation."""
    return {
        "kafka": {"group.id": config.group, **{k: str(v) for k, v in config.kafka.items()}},
        "start": config.start,
        "delivery": config.delivery,
        "alerts": Inline(topic=config.alerts_topic),
        "dead_letters": Inline(
            topic=config.dead_letters.topic, stop_above=config.dead_letters.stop_above
        ),
        "limits": Inline(max_message_bytes=config.max_message_bytes),
        "web": Inline(
            listen=_listen(config.web.host, config.web.port),
            token=None if config.web.token is None else str(config.web.token),
        ),
        "models": {name: dict(_model(model)) for name, model in config.models.items()},
    }


def _model(model: ModelConfig) -> Iterator[tuple[str, object]]:
    settings = model.settings
    scaler = settings.scaler
    yield "topic", settings.topic
    yield "scaler", str(model.scaler_path or f"{scaler.name} {scaler.version}")
    yield "values", settings.values
    yield "fields", dict(_fields(model))
    yield "time", Inline(field=model.time.field, unit=model.time.unit) if model.time else None
    yield "versions", [str(path) for path in model.version_paths]
    yield "headers", Inline(digest=model.headers.digest, version=model.headers.version)
    yield "silence_after_s", settings.silence_after_s
    yield (
        "sensitivity",
        {
            "false_alarm_every": settings.false_alarm_every,
            "tolerance": _tolerance(model.tolerance),
        },
    )
    yield (
        "features",
        {
            name: dict(_feature(feature))
            for name, feature in settings.features.items()
            if feature != FeatureSettings(tolerance=model.tolerance)
        },
    )


def _fields(model: ModelConfig) -> Iterator[tuple[str, object]]:
    """The places that are not the default."""
    for name, place in model.fields.items():
        scaled = model.scaled_fields.get(name)
        if scaled is None:
            if place != name:
                yield name, place
        elif (place, scaled) != (f"raw.{name}", f"scaled.{name}"):
            yield name, Inline(raw=place, scaled=scaled)


def _feature(feature: FeatureSettings) -> Iterator[tuple[str, object]]:
    yield "tolerance", _tolerance(feature.tolerance)
    if feature.accept_decimals is not None:
        yield "accept", Inline(decimals=feature.accept_decimals)
    if feature.mute_until is not None:
        moment = dt.datetime.fromtimestamp(feature.mute_until, dt.UTC)
        yield "mute_until", moment.isoformat().replace("+00:00", "Z")


def _tolerance(tolerance: Tolerance) -> Inline:
    return Inline(shift=tolerance.shift, scale=tolerance.scale)


def _listen(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
