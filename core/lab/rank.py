"""The rows of the comparison judged on days that none of them had seen."""

from dataclasses import dataclass

from core.fingerprint import Keyed
from core.lab.compare import options_of, takes_sign, variant, variants
from core.lab.prices import LabPrices
from core.lab.settings import RatioSettings
from core.progress import Progress, silent
from core.ratios.base import HEDGE_RATIOS
from core.ratios.referee import LEAST_TESTED, Entrant, Ranking, rank_methods


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranked(Keyed):
    """A ranking with what it answers: the settings asked and the legs' prices."""

    asked: RatioSettings
    prices: LabPrices
    ranking: Ranking

    def answers(self, lab: RatioSettings, prices: LabPrices) -> bool:
        """Whether it would be the same for these settings and prices."""
        return trial(lab) == trial(self.asked) and prices == self.prices


def trial(lab: RatioSettings) -> tuple[object, ...]:
    """The settings that a ranking depends on, beside the legs' prices."""
    return lab.methods, lab.sign, lab.lag, lab.window, lab.step


def entrants_of(lab: RatioSettings) -> tuple[Entrant, ...]:
    """The methods that the comparison has, as `rank_methods` takes them.

    Those that cannot be held to short only are left out where a ratio is not.
    """
    chosen = [variant(key) for key in dict.fromkeys(lab.methods)] or variants()
    return tuple(
        Entrant(
            one.key,
            one.label,
            one.method,
            options_of(one, sign=lab.sign, lag=lab.lag),
            short=lab.sign == "short" and not takes_sign(one),
        )
        for one in chosen
    )


def shortest_window(lab: RatioSettings, *, unseen: bool) -> int:
    """Sessions of the shortest refit window that may be asked for and has an answer.

    That of the method shown, or with `unseen` of the least demanding one of a ranking: it leaves out others.
    """
    one = variant(lab.shown)
    shown = Entrant(one.key, one.label, one.method, options_of(one, sign=lab.sign, lag=lab.lag))
    least = []
    for entrant in entrants_of(lab) if unseen else (shown,):
        method = HEDGE_RATIOS.get(entrant.method).item
        least.append(method.least(len(lab.legs), method.options.read(entrant.options)))
    return max(int(dict(lab.specs())["window"].minimum or 0), min(least))


def fitting_window(rows: int, shortest: int, *, unseen: bool) -> int | None:
    """A refit window for so many rows, in tens: a fifth of them is left, and enough of them to rank on.

    Where there are too few to rank on: None with `unseen`, else one that is no shorter than `shortest`; None
    where the rows are fewer than that.

    Examples
    --------
    >>> [fitting_window(rows, 40, unseen=False) for rows in (39, 45, 75, 100, 756)]
    [None, 40, 60, 60, 600]
    >>> [fitting_window(rows, 40, unseen=True) for rows in (39, 45, 75, 100, 756)]
    [None, None, None, 60, 600]
    """
    most = rows * 4 // 5
    ranked = min(most, rows - LEAST_TESTED) // 10 * 10
    if ranked >= shortest:
        return ranked
    return None if unseen or rows < shortest else max(shortest, most // 10 * 10)


def rank_ratios(lab: RatioSettings, prices: LabPrices, *, progress: Progress = silent) -> Ranked:
    """The methods that the comparison has, with and without a constant, ranked on unseen days.

    Each is fitted on `lab.window` sessions and held for the `lab.step` after them; the dependent leg is the
    first one. Keys of the entrants are those of `core.lab.compare.variants`.

    Raises
    ------
    HedgeError
        As `rank_methods`; `where` is the setting it stands beside.

    Examples
    --------
    >>> from core.lab import RatioSettings, read_legs_of
    >>> lab = RatioSettings(methods=("ols", "ols_origin"))
    >>> scores = rank_ratios(lab, read_legs_of(lab)).ranking.scores
    >>> [score.entrant for score in scores], scores[0].behind
    (['ols', 'ols_origin'], 1.0)
    """
    ranking = rank_methods(
        prices.frame(), entrants=entrants_of(lab), window=lab.window, step=lab.step, progress=progress
    )
    return Ranked(asked=lab, prices=prices, ranking=ranking)
