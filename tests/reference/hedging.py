"""The hedge in exact decimals, and what a book does when the benchmark moves, step by step."""

from decimal import Decimal

import numpy as np


def shares(value: str, beta: str, price: str, discount: str = "0", target: str = "0") -> Decimal:
    """Value times (beta less target) over price, less the discount, for a hedge of beta -1."""
    return Decimal(value) * (Decimal(beta) - Decimal(target)) / Decimal(price) * (1 - Decimal(discount))


def drift(
    move: float,
    *,
    holdings: list[tuple[float, float]],
    cash: float,
    hedge_value: float,
    hedge_beta: float,
    target: float = 0.0,
    discount: float = 0.0,
    cap: float = np.inf,
) -> tuple[float, float, float]:
    """NAV, hedge wanted and hedge held in dollars, after every line has moved by its beta times `move`.

    `holdings` are pairs of value and beta.
    """
    values = [value * (1.0 + beta * move) for value, beta in holdings]
    held = hedge_value * (1.0 + hedge_beta * move)
    nav = sum(values) + cash + held
    dollars = sum(value * beta for value, (_, beta) in zip(values, holdings, strict=True))
    wanted = max((dollars - target * nav) / -hedge_beta * (1.0 - discount), 0.0)
    return nav, min(wanted, cap), held
