"""What is built after the page around it is shown: the ground until then, the order, a fault on the way."""

import asyncio
from typing import Any

import panel as pn
import pytest

from dashboard.building import fill
from dashboard.parts import Part
from dashboard.state import AppState
from dashboard.views import lab as page
from dashboard.views import states
from tests.dashboard.lab_scenes import StillLab, compared_of, frame_of


def test_what_stood_there_goes_when_the_thing_itself_comes() -> None:
    place, made = Part(states.COMING_CARD), Part("here")
    asyncio.run(fill(place, lambda: made, AppState()))
    assert (place.body, place.object) == ([made], "")


def test_what_cannot_be_built_leaves_its_place_empty_and_says_so() -> None:
    def build() -> Part:
        raise ZeroDivisionError

    state, place = AppState(), Part(states.COMING_CARD)
    asyncio.run(fill(place, build, state))
    assert (place.body, place.object) == ([], "")
    assert state.problem is not None
    assert "reference" in state.problem.message


@pytest.mark.parametrize("answered", [True, False])
def test_the_cards_of_the_lab_follow_its_table_one_by_one(
    monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    built: list[str] = []

    def card(name: str) -> Any:
        def make(state: AppState, lab: StillLab) -> Any:
            assert [bool(place.body) for place in lab_page.places] == [True] * len(built) + [False] * (
                3 - len(built)
            )
            built.append(name)
            return type("Made", (), {"view": pn.Spacer()})  # type: ignore[no-untyped-call]

        return make

    async def session() -> None:
        filling = asyncio.ensure_future(lab_page.fill())
        await asyncio.sleep(0)
        assert built == []
        assert [place.object for place in lab_page.places] == [states.COMING_CARD] * 3
        if answered:
            lab_page.lab.compared = compared_of(frame_of(), ("ols",))
        await filling

    monkeypatch.setattr(page, "LabState", StillLab)
    monkeypatch.setattr(page, "CARDS", [card(name) for name in "abc"])
    monkeypatch.setattr(page, "FIRST_SECONDS", 3600.0 if answered else 0.0)
    lab_page = page.Lab(AppState())
    asyncio.run(session())
    assert built == ["a", "b", "c"]
    assert all(place.object == "" for place in lab_page.places)
