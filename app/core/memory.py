"""Loaded libraries are put beside the garbage collector: a look through them stops all requests for 0.2 s."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NEW_MODULES = 20
FULL = 2


@contextmanager
def libraries_aside() -> Iterator[None]:
    """After a full collection that follows the loading of libraries, what is left is not looked at again.

    That happens a few times in the life of a process, as pages load what they need, so little else is kept.
    """
    seen = 0

    def after(phase: str, info: dict[str, int]) -> None:
        nonlocal seen
        if phase == "stop" and info["generation"] == FULL and len(sys.modules) >= seen + NEW_MODULES:
            seen = len(sys.modules)
            gc.freeze()

    gc.callbacks.append(after)
    try:
        yield
    finally:
        gc.callbacks.remove(after)
        gc.unfreeze()
