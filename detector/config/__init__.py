"""The detector's configuration: one YAML file, the environment, and the scaler files it names."""

from detector.config.reader import load
from detector.config.settings import Config, DeadLetters, HeaderNames, ModelConfig, Web

__all__ = ["Config", "DeadLetters", "HeaderNames", "ModelConfig", "Web", "load"]
