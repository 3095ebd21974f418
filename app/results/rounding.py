"""The one rounding rule of `core.numbers` over whole columns. Pure."""

import numpy as np
from numpy.typing import NDArray

from app.core.numbers import rounded

_DOUBTFUL = 1e-6


def rounded_column(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Half away from zero by the float's shortest decimal; what is no number stays so.

    Only values close to a half need decimal arithmetic; all others round the same either way.
    """
    scaled = np.abs(values) * 10.0**digits
    result = np.sign(values) * np.floor(scaled + 0.5) / 10.0**digits
    with np.errstate(invalid="ignore"):
        near = np.abs(scaled - np.floor(scaled) - 0.5) <= _DOUBTFUL + scaled * 1e-12
    for index in np.flatnonzero(near & np.isfinite(values)):
        result[index] = float(rounded(float(values[index]), digits))
    return result
