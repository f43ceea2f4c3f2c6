"""Compiled kernels kept on disk, so that only the first process of a machine compiles.

numba gives up with an error where it cannot write: under a read-only file system, as in a
container, or for a user without a home. Here what was compiled while the image was built is read
all the same, and where nothing can be kept, each process compiles for itself.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from numba.core import caching


def kept(njit: Callable[..., Any]) -> Callable[..., Any]:
    """The decorator *njit*, with what it compiles kept on disk where that is possible."""

    def decorate(function: Callable[..., Any]) -> Any:
        kernel = njit(function)
        with contextlib.suppress(RuntimeError):  # nowhere to read from and nowhere to write to
            kernel._cache = _Cache(function)  # type: ignore[no-untyped-call]  # noqa: SLF001 - cache=True does so too
        return kernel

    return decorate


class _ReadOnlyLocator(caching.UserProvidedCacheLocator):
    """``NUMBA_CACHE_DIR`` where it holds kernels of this source file and nobody can add any."""

    def ensure_cache_path(self) -> None:
        path = Path(self.get_cache_path())  # type: ignore[no-untyped-call]
        if not any(path.glob("*.nbi")):
            raise FileNotFoundError(path)
        try:
            super().ensure_cache_path()  # type: ignore[no-untyped-call]
        except OSError:
            return
        raise FileExistsError(path)  # it can be written: numba's own locators do that


class _Places(caching.CompileResultCacheImpl):
    _locator_classes: ClassVar = [  # type: ignore[misc]  # numba sets it on the class, too
        _ReadOnlyLocator,
        *caching.CacheImpl._locator_classes,  # noqa: SLF001
    ]


class _Cache(caching.FunctionCache):
    _impl_class = _Places

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError):  # a read-only place, or a full disk: nothing is lost
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
