"""The three signals that are off by default: drawdown, volatility and the book's beta."""

import numpy as np

from tests.core.triggers.contexts import context, signal, states
from tests.strategies import random_table, run, settings_of


def test_drawdown_is_from_the_highest_close_of_252_sessions_todays_included() -> None:
    close = np.concatenate([[200.0], np.full(251, 179.0), [179.0, 161.0, 162.0]])
    found = signal("drawdown", context(close))
    # The 200 of the first session is forgotten at row 252; 161 is then under 0.9 x 179 = 161.1.
    assert states(found)[0] == "not"
    assert states(found)[251:] == ["fired", "not", "fired", "not"]
    np.testing.assert_allclose(found.inputs[0].values[[251, 252]], [200.0, 179.0])
    assert found.condition == "SPY 10\u202f% under its high"
    assert "fired" not in states(signal("drawdown", context(close), drawdown_limit=0.2))


def test_volatility_is_of_21_returns_a_year() -> None:
    close = 400.0 * np.cumprod(1.0 + np.random.default_rng(2).normal(0.0, 0.02, 60))
    found = signal("realised_volatility", context(close))
    returns = close[1:] / close[:-1] - 1.0
    wanted = [returns[t - 21 : t].std(ddof=1) * np.sqrt(252) for t in range(21, 60)]
    np.testing.assert_allclose(found.value[21:], wanted, rtol=1e-9)
    assert states(found)[20] == "no data"
    np.testing.assert_array_equal(found.state[21:] == 1, np.array(wanted) > 0.30)


def test_the_beta_limit_looks_at_the_book_without_its_hedge() -> None:
    analysis = run(random_table(3, 80, 2), settings_of({"S00": 9.0, "SH": 50.0}, beta__window_sessions=20))
    level = float(np.nanmedian(analysis.exposure.beta))
    found = run(
        random_table(3, 80, 2),
        settings_of({"S00": 9.0, "SH": 50.0}, beta__window_sessions=20, triggers__beta_limit=level),
    ).signals["beta_limit"]
    np.testing.assert_array_equal(found.state[:15], -1)
    known = np.isfinite(analysis.exposure.beta)
    np.testing.assert_array_equal((found.state == 1)[known], analysis.exposure.beta[known] > level)
    assert {0, 1} <= set(found.state.tolist())
