"""VIX over VIX3M, and the stand-in where the source has no VIX3M."""

import numpy as np
import pandas as pd

from tests.core.triggers.contexts import context, signal, states

NAN = float("nan")


def test_it_fires_above_one_and_either_missing_is_no_data() -> None:
    vix = np.array([20.0, 25.0, 25.01, NAN, 25.0, 30.0])
    far = np.array([25.0, 25.0, 25.0, 25.0, NAN, 0.0])
    found = signal("vix_inversion", context(np.full(6, 400.0), **{"^VIX": vix, "^VIX3M": far}))
    assert states(found) == ["not", "not", "fired", "no data", "no data", "no data"]
    np.testing.assert_allclose(found.value[:3], [0.8, 1.0, 1.0004])
    assert found.source == "VIX / VIX3M at the close"
    assert found.condition == "VIX > VIX3M"
    assert [item.name for item in found.inputs] == ["VIX", "VIX3M"]


def test_a_level_of_the_users_own() -> None:
    vix, far = np.array([20.0, 20.0]), np.array([19.0, 18.0])
    where = context(np.full(2, 400.0), **{"^VIX": vix, "^VIX3M": far})
    found = signal("vix_inversion", where, vix_ratio=1.1)
    assert states(found) == ["not", "fired"]
    assert found.condition == "VIX / VIX3M > 1.1"


def test_a_source_with_vix3m_on_other_days_has_no_stand_in() -> None:
    where = context(np.full(300, 400.0), **{"^VIX": np.full(300, 20.0), "^VIX3M": np.full(300, NAN)})
    found = signal("vix_inversion", where)
    assert set(states(found)) == {"no data"}
    assert "stand-in" not in found.source


def test_the_stand_in_is_two_exponential_means_from_the_253rd_session_on() -> None:
    rng = np.random.default_rng(4)
    sizes = np.where(np.arange(399) > 330, 0.03, 0.008)
    close = 400.0 * np.cumprod(np.concatenate([[1.0], 1.0 + rng.normal(0.0, sizes)]))
    close[290] = NAN
    found = signal("vix_inversion", context(close))
    squares = pd.Series(np.log(close)).diff() ** 2
    short, long = (squares.ewm(alpha=1.0 - d, adjust=True).mean() for d in (0.90, 0.985))
    wanted = np.sqrt(short / long).to_numpy(copy=True)
    wanted[:252] = NAN
    wanted[290:292] = NAN
    np.testing.assert_allclose(found.value, wanted, rtol=1e-9)
    assert states(found)[251:253] == ["no data", "not"]
    assert states(found)[345] == "fired"
    np.testing.assert_array_equal(found.state == 1, wanted > 1.31)
    assert "stand-in" in found.source
    assert "stand-in" in found.condition
    raised = signal("vix_inversion", context(close), stand_in_level=3.0)
    assert "fired" not in states(raised)
    # The level of the true curve has no say here.
    np.testing.assert_array_equal(signal("vix_inversion", context(close), vix_ratio=0.8).state, found.state)


def test_a_benchmark_that_stands_still_has_no_ratio() -> None:
    assert set(states(signal("vix_inversion", context(np.full(300, 400.0))))) == {"no data"}
