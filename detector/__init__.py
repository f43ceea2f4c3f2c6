"""Names what broke when live features are normalised differently from training."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detector.detection import Detector
    from detector.scaler import Scaler

__all__ = ["Detector", "Scaler"]

_HOMES = {"Detector": "detector.detection", "Scaler": "detector.scaler"}


def __getattr__(name: str) -> Any:
    """What is asked for and nothing else: Detector brings numba and River, half a second that
    most commands need not wait for.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
