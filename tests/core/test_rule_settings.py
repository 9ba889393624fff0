"""Settings of the rule: readings of the flow, what counts, and what is refused."""

import datetime as dt
import json

import pytest

from core import Settings, settings_from_dict, settings_to_dict
from core.errors import InvalidSetting
from core.rule_settings import BacktestSettings, FlowReading, TriggerSettings


def test_defaults_are_those_of_the_design() -> None:
    rule, past = TriggerSettings(), BacktestSettings()
    assert (rule.break_below, rule.average_sessions, rule.break_of) == (0.05, 50, "benchmark")
    assert (rule.vix_ratio, rule.stand_in_level) == (1.0, 1.31)
    assert (rule.cluster_usd, rule.cluster_sessions, rule.cluster_source) == (9e9, 3, "auto")
    assert (rule.drawdown_limit, rule.volatility_limit, rule.beta_limit) == (0.10, 0.30, 1.3)
    assert (rule.confirm, rule.cool_down, rule.profit_target, rule.maximum_holding) == (1, 5, None, None)
    assert set(rule.counted) == {"price_break", "vix_inversion", "stop_loss_cluster"}
    assert (past.fill, past.lag, past.skip_uncertain) == ("open", 1, False)


def test_readings_are_sorted_and_may_be_text() -> None:
    rule = TriggerSettings(flow=(("2025-04-03", 12e9), [dt.date(2024, 1, 2), 3]))  # type: ignore[arg-type]
    assert rule.flow == (FlowReading(dt.date(2024, 1, 2), 3.0), FlowReading(dt.date(2025, 4, 3), 12e9))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["2025-04-03"], "A reading must be"),
        ("2025-04-03", "A reading must be"),
        (["3.4.2025", 1.0], "The date of a reading is '3.4.2025', not a date"),
        ([dt.datetime(2025, 4, 3, 9), 1.0], "not a date like"),
        ([20250403, 1.0], "not a date like"),
        (["2025-04-03", -1.0], "from zero up"),
        (["2025-04-03", "9bn"], "not dollars"),
        (["2025-04-03", True], "not dollars"),
        (["2025-04-03", float("nan")], "not dollars"),
        (["2025-04-03", 10**400], "not dollars"),
    ],
)
def test_a_wrong_reading_is_refused(row: object, words: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TriggerSettings(flow=(row,))  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert caught.value.where == "triggers.flow"


def test_two_readings_of_one_day_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="two readings for 2025-04-03"):
        TriggerSettings(flow=(("2025-04-03", 1.0), ("2025-04-03", 2.0)))  # type: ignore[arg-type]


def test_a_lag_below_one_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="Lag is 0"):
        BacktestSettings(lag=0)


def test_h21_tree_and_flow_come_back_from_json() -> None:
    tree = {"ask": "drawdown", "yes": 0.25, "no": {"ask": "beta_limit", "yes": 1, "no": 0, "unknown": "yes"}}
    settings = Settings().with_value("triggers.tree", tree)
    settings = settings.with_value("triggers.flow", [["2025-04-03", 12.5e9]])
    plain = json.loads(json.dumps(settings_to_dict(settings), allow_nan=False))
    assert plain["triggers"]["flow"] == [["2025-04-03", 12.5e9]]
    assert plain["triggers"]["tree"]["no"] == {"ask": "beta_limit", "yes": 1.0, "no": 0.0, "unknown": "yes"}
    again = settings_from_dict(plain)
    assert again == settings
    assert isinstance(again.triggers.flow[0], FlowReading)
