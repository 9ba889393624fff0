"""Controls made from fields: what is shown, what is taken, what is refused and in which words."""

import asyncio
import datetime as dt
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.errors import Cancelled
from core.pipeline import analyse
from core.settings import Settings
from dashboard import controls
from dashboard.book import Book
from dashboard.effects import effect, effects
from dashboard.forms import FieldControl, grouped_paths, spec_of
from dashboard.runner import Runner
from dashboard.state import AppState, Problem
from dashboard.summary import answer, financing, summaries
from dashboard.web import style
from tests.dashboard.scenes import scene
from tests.waiting import PATIENCE, quiet, until

EVERY = [
    path for paths in grouped_paths().values() for path in paths if spec_of(path).kind not in ("rows", "tree")
]


ALWAYS = Settings().with_value("triggers.tree", 1.0)
"""The defaults with a rule that is always on, so that there is an order to look at."""


@pytest.mark.parametrize("path", EVERY)
def test_every_control_shows_its_setting_and_writes_back_the_same(path: str) -> None:
    state = AppState()
    control = FieldControl(state, path)
    before = state.settings
    control.enter(control.text) if control.kind in ("number", "slider", "text") else control.submit(
        state.settings.value(path)
    )
    assert state.settings == before
    assert control.error == ""
    assert not control.changed
    assert control.label
    assert control.help


@pytest.mark.parametrize("path", [p for p in EVERY if spec_of(p).maximum is not None])
def test_above_its_range_a_number_is_refused_with_the_range_in_words(path: str) -> None:
    state = AppState()
    control = FieldControl(state, path)
    spec, before = spec_of(path), state.settings
    assert spec.maximum is not None
    control.enter(str(spec.maximum * spec.scale * 2 + 1))
    assert state.settings is before
    assert spec.range_text() in control.error
    assert control.restores == 1


def test_a_percentage_is_shown_in_per_cent_and_stored_as_a_fraction() -> None:
    state = AppState()
    control = FieldControl(state, "hedge.liquidity_discount")
    control.value = 2.3
    assert state.settings.hedge.liquidity_discount == 0.023
    assert (control.text, control.unit, control.value) == ("2.3", "%", 2.3)
    control.enter("2 %")
    assert state.settings.hedge.liquidity_discount == 0.02


@pytest.mark.parametrize(
    ("text", "stored"), [("1,200,000", 1_200_000.0), ("\u22125", -5.0), ("$ 12.50", 12.5), ("0", 0.0)]
)
def test_numbers_are_read_as_people_write_them(text: str, stored: float) -> None:
    state = AppState()
    FieldControl(state, "portfolio.cash").enter(text)
    assert state.settings.portfolio.cash == stored


@pytest.mark.parametrize("text", ["abc", "", "1.2.3", "<b>9</b>", "9" * 400, "NaN", "inf"])
def test_what_is_no_number_is_refused_and_the_box_goes_back(text: str) -> None:
    state = AppState()
    control = FieldControl(state, "beta.window_sessions")
    before = state.settings
    control.told({"entered": text})
    assert state.settings is before
    assert control.error
    assert control.restores == 1
    assert control.text == "60"


def test_typing_the_old_value_after_a_refusal_takes_the_complaint_away() -> None:
    state = AppState()
    state.analysis = analyse(state.settings)
    control = FieldControl(state, "beta.window_sessions")
    control.enter("9999")
    assert "20 sessions to 504 sessions" in control.error
    control.enter("60")
    assert state.problem is None
    assert control.error == ""


def test_the_same_value_sent_twice_keeps_what_a_run_complained_of() -> None:
    """Enter and leaving the box both send it; the complaint of the run in between must stand."""
    state = AppState()
    state.analysis = analyse(Settings())
    control = FieldControl(state, "data.folder")
    control.enter("/no/such/place")
    complaint = Problem(message="The folder cannot be read.", where="data.folder")
    state.problem = complaint
    control.enter("/no/such/place")
    assert state.problem is complaint


def test_more_decimals_than_usual_are_kept() -> None:
    state = AppState()
    control = FieldControl(state, "hedge.target_beta")
    control.enter("0.125")
    assert control.text == "0.125"


def test_an_optional_setting_is_emptied_to_none() -> None:
    state = AppState()
    control = FieldControl(state, "hedge.capital_cap")
    assert (control.text, control.placeholder) == ("", "off")
    control.enter("250,000")
    assert state.settings.hedge.capital_cap == 250_000.0
    control.enter("")
    assert state.settings.hedge.capital_cap is None


def test_changed_means_other_than_the_preset_and_reset_goes_back() -> None:
    state = AppState()
    control = FieldControl(state, "beta.window_sessions")
    control.value = 252
    assert control.changed
    assert (control.preset_text, control.reset_text, control.preset) == ("preset 60", "Reset to 60", 60)
    control.told({"reset": True})
    assert state.settings.beta.window_sessions == 60
    assert not control.changed


def test_what_is_the_users_own_has_no_preset() -> None:
    state = AppState()
    control = FieldControl(state, "portfolio.cash")
    control.enter("5")
    assert (control.changed, control.preset, control.preset_text) == (False, None, "")


def test_a_control_follows_the_setting_when_another_place_moves_it() -> None:
    state = AppState()
    control = FieldControl(state, "hedge.band")
    state.change("hedge.band", 0.1)
    assert (control.value, control.text) == (0.1, "0.100")


@pytest.mark.parametrize(
    ("path", "ends", "note"),
    [
        ("beta.window_sessions", ["20", "504"], ""),
        ("hedge.target_beta", ["\u22120.50", "1.00"], ""),
        ("hedge.liquidity_discount", ["0", "10"], ""),
        ("costs.fixed_fee", ["0", "50"], "0 \u2013 50"),
        ("costs.proportional_round_trip", ["0", "0.50"], "0 \u2013 0.5"),
    ],
)
def test_ranges_are_written_once_and_short(path: str, ends: list[str], note: str) -> None:
    control = FieldControl(AppState(), path)
    assert (control.ends, control.note) == (ends, note)


def test_figures_are_written_as_everywhere_else() -> None:
    state = AppState()
    control = FieldControl(state, "hedge.target_beta")
    control.enter("-0")
    assert control.text == "0.00"
    control.enter("-0.5")
    assert control.text == "\u22120.50"
    assert FieldControl(state, "hedge.hedge_beta").note == "\u22124 \u2013 \u22120.2"
    assert FieldControl(state, "hedge.lot").note == "1 \u2013 10,000"
    assert FieldControl(state, "hedge.participation_cap").note == "0.01 \u2013 100"


def test_dollars_stand_before_and_other_units_behind() -> None:
    fee = FieldControl(AppState(), "costs.fixed_fee")
    assert (fee.prefix, fee.suffix) == ("$", "a trade")
    spread = FieldControl(AppState(), "costs.half_spread_bps")
    assert (spread.prefix, spread.suffix) == ("", "bp")


def words_of(pieces: Any) -> str:
    return "".join(text for text, _ in pieces)


def test_the_effect_of_a_window_is_beta_and_half_width() -> None:
    settings = ALWAYS
    before, after = analyse(settings), analyse(settings.with_value("beta.window_sessions", 252))
    text = words_of(effect("beta.window_sessions", before, after))
    assert text.startswith("Beta 0.65 \u2192 0.60, half-width 0.03 \u2192 0.02")


def test_the_effect_of_a_discount_is_the_order_and_of_a_fee_the_cost() -> None:
    settings = ALWAYS
    before = analyse(settings)
    discounted = analyse(settings.with_value("hedge.liquidity_discount", 0.02))
    assert words_of(effect("hedge.liquidity_discount", before, discounted)).startswith(
        "Buy 43,496 \u2192 42,626, residual 0.00 \u2192 0.01"
    )
    dearer = analyse(settings.with_value("costs.fixed_fee", 10.0))
    assert words_of(effect("costs.fixed_fee", before, dearer)).startswith("Cost now $87.11 \u2192 $94.11")


def test_where_beta_moves_less_than_it_is_written_the_order_is_named() -> None:
    settings = ALWAYS
    before, after = analyse(settings), analyse(settings.with_value("beta.window_sessions", 70))
    text = words_of(effect("beta.window_sessions", before, after))
    assert text == "Buy 43,496 \u2192 43,227, cost now $87.11 \u2192 $86.59"


def test_an_order_that_turns_into_none_is_written_in_words() -> None:
    settings = ALWAYS
    before, after = analyse(settings), analyse(settings.with_value("hedge.target_beta", 0.64))
    assert words_of(effect("hedge.target_beta", before, after)).startswith(
        "Order buy 43,496 \u2192 do nothing"
    )


def test_the_answer_in_few_words_follows_the_order() -> None:
    settings = ALWAYS
    for path, value, said in (
        ("hedge.target_beta", 0.64, "do nothing"),
        ("portfolio.cash", 2_000_000.0, "Cost now"),
        ("hedge.funding", "sell", "SH-MODEL"),
    ):
        analysis = analyse(settings.with_value(path, value))
        assert said in words_of(answer(analysis))
    assert financing(analyse(settings.with_value("portfolio.cash", 2_000_000.0))) == ""
    assert "of each holding" in financing(analyse(settings.with_value("hedge.funding", "sell")))
    discounted = analyse(settings.with_value("hedge.liquidity_discount", 0.02))
    assert summaries(discounted)["Hedge"] == "SH-MODEL \u00b7 discount 2\u202f% \u00b7 band 0.05"


def test_what_changes_nothing_says_so() -> None:
    analysis = analyse(ALWAYS)
    assert words_of(effect("hedge.minimum_trade", analysis, analysis)) == "No change in the answer"


def test_each_changed_setting_is_judged_alone() -> None:
    preset = ALWAYS
    changed = preset.with_value("beta.window_sessions", 252).with_value("costs.fixed_fee", 10.0)
    found = effects(analyse(changed), preset, ("beta.window_sessions", "costs.fixed_fee"))
    assert set(found) == {"beta.window_sessions", "costs.fixed_fee"}
    assert "$7" in words_of(found["costs.fixed_fee"]) or "$80" in words_of(found["costs.fixed_fee"])


class Counting(ThreadPoolExecutor):
    """One worker that says how many jobs it has, waiting or running."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self.jobs = self.most = 0

    def submit(self, *job: Any, **more: Any) -> Any:
        self.jobs += 1
        self.most = max(self.most, self.jobs)
        future = super().submit(*job, **more)
        future.add_done_callback(lambda _: setattr(self, "jobs", self.jobs - 1))
        return future


def test_effect_lines_have_one_job_at_a_time_and_show_the_newest() -> None:
    async def session() -> None:
        state, pool, gate = AppState(), Counting(), threading.Event()
        runner = Runner(state, pool=pool)
        panel = controls.build(state, runner, Book(state))
        field = next(c for g in panel.groups for c in g.objects if getattr(c, "path", "") == "hedge.band")
        busy = asyncio.ensure_future(runner.compute(lambda: gate.wait(PATIENCE)))
        await until(lambda: pool.jobs == 1)
        for band in (0.1, 0.15, 0.2, 0.25):
            state.analysis = analyse(Settings().with_value("hedge.band", band))
            await asyncio.sleep(0)
            await until(lambda: pool.jobs > 1)
        assert pool.most == 2
        gate.set()
        await busy
        await until(lambda: field.effect)
        assert words_of(field.effect) == "No change in the answer"
        assert pool.most == 2
        runner.stop()

    asyncio.run(session())


def test_effects_are_given_up_when_nobody_wants_them() -> None:
    changed = analyse(Settings().with_value("hedge.band", 0.1))
    with pytest.raises(Cancelled):
        effects(changed, Settings(), ("hedge.band",), lambda: True)


def test_the_panel_counts_summarises_and_says_what_a_change_did() -> None:
    async def session() -> None:
        state = AppState(ALWAYS)
        runner = Runner(state)
        panel = controls.build(state, runner, Book(state))
        await runner.start()
        groups = {group.label: group for group in panel.groups}
        assert list(groups) == ["Book", "Beta", "Triggers", "Hedge", "Costs"]
        assert groups["Book"].summary == "8 holdings \u00b7 NAV $1.01m"
        assert groups["Beta"].summary == "OLS 60"
        assert groups["Triggers"].summary == "ON 100\u202f%"
        assert groups["Costs"].summary == "$87.11 now"
        state.change("beta.window_sessions", 252)
        fields = {
            c.path: c for g in groups.values() for c in (*g.objects, *g.more) if isinstance(c, FieldControl)
        }
        await until(lambda: fields["beta.window_sessions"].effect)
        assert words_of(fields["beta.window_sessions"].effect).startswith("Beta 0.65")
        assert (panel.count, groups["Beta"].count, groups["Hedge"].count) == (1, 1, 0)
        assert "a day" in words_of(fields["hedge.funding"].effect)
        assert fields["hedge.funding"].effect_role == "crit"
        assert "0.60" in words_of(panel.answer)
        panel.told({"reset": True})
        assert (panel.count, state.settings) == (0, ALWAYS)
        panel.told({"close": True})
        assert not state.settings_open
        runner.stop()

    asyncio.run(session())


def test_every_grouped_setting_is_on_the_panel() -> None:
    state = AppState()
    panel = controls.build(state, Runner(state), Book(state))
    shown = {c.path for g in panel.groups for c in (*g.objects, *g.more) if isinstance(c, FieldControl)}
    assert set(EVERY) <= shown
    every = {f"{section}.{name}" for section, config in Settings().sections() for name, _ in config.specs()}
    # Chips and grid, the bar on top, the drawing, dialogs.
    elsewhere = {
        "portfolio.holdings",
        "data.benchmark",
        "data.as_of",
        "data.own",
        "triggers.tree",
        "triggers.flow",
    }
    assert shown == every - elsewhere


def test_the_first_day_is_typed_as_a_date_and_refused_where_it_leaves_no_data() -> None:
    state = AppState()
    state.analysis = analyse(state.settings)
    control = controls.StartControl(state, "data.start")
    assert (control.kind, control.text, control.placeholder) == ("date", "", "first")
    control.enter("2015-01-31")
    assert state.settings.data.start == dt.date(2015, 1, 31)
    assert (control.text, control.value) == ("2015-01-31", "2015-01-31")
    state.analysis = analyse(state.settings)
    for text, said in (
        ("2022-12-28", "Allowed: days before 2022-12-28"),
        ("2999-01-01", "Allowed: days before 2022-12-28"),
        ("31.1.2015", "a date like 2025-04-04"),
    ):
        control.enter(text)
        assert said in control.error
        assert state.settings.data.start == dt.date(2015, 1, 31)
    control.enter("")
    assert state.settings.data.start is None


@pytest.mark.parametrize("source", ["sample", "real"])
def test_at_most_seven_controls_show_in_a_group(source: str) -> None:
    async def session() -> None:
        state = AppState()
        panel = controls.build(state, Runner(state), Book(state))
        state.analysis = analyse(Settings()) if source == "sample" else scene("plain")
        for group in panel.groups:
            assert sum(control.visible for control in group.objects) <= 7
        state.analysis = None
        await quiet()

    asyncio.run(session())


def test_a_control_that_is_not_visible_can_be_hidden() -> None:
    """Bokeh hides with `:host { display: none; }` before our own rules, which must not say otherwise."""
    rules = re.findall(r"([^{}]*)\{([^}]*)\}", style("field"))
    assert rules
    for selectors, declared in rules:
        hosts = [selector for selector in selectors.split(",") if selector.strip().endswith(":host")]
        assert not hosts or not re.search(r"\bdisplay:", declared)


def test_a_problem_unfolds_the_group_of_its_control() -> None:
    state = AppState()
    panel = controls.build(state, Runner(state), Book(state))
    groups = {group.label: group for group in panel.groups}
    state.change("costs.impact", 99.0)
    assert groups["Costs"].unfold == 1
    assert groups["Costs"].unfold_more
    assert groups["Hedge"].unfold == 0
