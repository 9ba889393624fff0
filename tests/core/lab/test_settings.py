"""What the lab may be asked, and what is refused beside which setting."""

import datetime as dt
from typing import Any

import pytest

from core.errors import InvalidSetting
from core.lab.settings import EXAMPLE, CheckSettings, LabSettings, RatioSettings
from core.ratios.legs import MOST_LEGS


def test_it_opens_on_the_worked_example() -> None:
    lab = LabSettings().lab
    assert (lab.legs, lab.source, lab.period, lab.shown) == (EXAMPLE, "sample", "3y", "ols")


def test_tickers_are_read_as_everywhere_else() -> None:
    assert RatioSettings(legs=("xom", " cvx ")).legs == ("XOM", "CVX")


def test_the_column_of_a_table_may_be_called_anything() -> None:
    legs = ("=1+1", "Gas, spot <b>")
    assert RatioSettings(source="file", legs=legs).legs == legs


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"legs": ("XOM",)}, "lab.legs"),
        ({"legs": ("XOM", "xom")}, "lab.legs"),
        ({"legs": tuple(f"A{k}" for k in range(MOST_LEGS + 1))}, "lab.legs"),
        ({"legs": ("XOM", "<b>")}, "lab.legs"),
        ({"entry": 1.0, "exit": 1.0}, "lab.exit"),
        ({"start": dt.date(2020, 1, 2), "end": dt.date(2020, 1, 2)}, "lab.start"),
        ({"period": "2y"}, "lab.period"),
        ({"lag": 31}, "lab.lag"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_its_setting(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        RatioSettings(**changes)
    assert refused.value.where == where


def test_an_empty_period_of_the_check_is_refused() -> None:
    with pytest.raises(InvalidSetting) as refused:
        CheckSettings(start=dt.date(2020, 1, 2), end=dt.date(2020, 1, 1))
    assert refused.value.where == "check.start"


def test_one_setting_is_changed_by_its_path() -> None:
    changed = LabSettings().with_value("lab.legs", ("CVX", "XOM"))
    assert changed.lab.legs == ("CVX", "XOM")
    assert changed.check == LabSettings().check


def test_a_window_of_the_mean_that_is_too_short_is_told_in_a_sentence() -> None:
    with pytest.raises(InvalidSetting, match="Window of the mean is 3 sessions, outside its range"):
        RatioSettings(band_sessions=3)
