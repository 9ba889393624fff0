"""Array types and constants that every stage shares."""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
Sessions: TypeAlias = npt.NDArray[np.datetime64]
"""`datetime64[D]`, strictly increasing: the benchmark's exchange sessions."""

TRADING_DAYS: Final = 252
