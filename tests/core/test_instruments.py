import pytest

from core.instruments import instrument, is_modelled, known_instruments


@pytest.mark.parametrize(
    ("symbol", "leverage", "fee"), [("SH", -1.0, 0.0089), ("SDS", -2.0, 0.0090), ("SPXU", -3.0, 0.0090)]
)
def test_known_funds_keep_their_own_facts(symbol: str, leverage: float, fee: float) -> None:
    fund = instrument(symbol, factor=-1.5, fee=0.02)
    assert (fund.symbol, fund.leverage, fund.fee) == (symbol, leverage, fee)


def test_a_modelled_fund_is_what_the_settings_say() -> None:
    fund = instrument("X-MODEL", factor=-2.0, fee=0.01)
    assert (fund.leverage, fund.fee, fund.label) == (-2.0, 0.01, "modelled \u22122\u00d7 fund")
    assert instrument("HDGE").label == "fund"


def test_only_the_suffix_makes_a_symbol_modelled() -> None:
    assert is_modelled("SH-MODEL")
    assert not any(is_modelled(s) for s in ("SH", "MODEL-SH", "SHMODEL"))


def test_every_listed_fund_is_an_inverse_one_with_a_fee() -> None:
    funds = known_instruments()
    assert len({f.symbol for f in funds}) == len(funds) >= 3
    assert all(f.leverage <= -1 and 0 < f.fee < 0.02 and not is_modelled(f.symbol) for f in funds)
