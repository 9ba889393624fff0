"""A book as people bring it: pasted, uploaded as CSV or XLSX, typed; and back to CSV."""

from core.positions.amounts import traded
from core.positions.reader import (
    PositionsRead,
    cash_dollars,
    parse_quick_add,
    positions_csv,
    read_positions,
    to_shares,
)

__all__ = [
    "PositionsRead",
    "cash_dollars",
    "parse_quick_add",
    "positions_csv",
    "read_positions",
    "to_shares",
    "traded",
]
