"""One queue of questions to Yahoo for everyone in this process.

Equal questions in flight are asked once. A failure is tried again with growing pauses, three times at most.
When Yahoo limits, is silent or cannot be reached, the rest of the queue fails at once with the same reason
instead of asking on, for a while (`reset` ends that). Callers take turns, so that one with 500 symbols does
not hold up one with a single symbol. The deadlines are kept here, from outside of yfinance: its process is
ended when it does not answer, and what else it was asked is asked again.
"""

import atexit
import datetime as dt
import logging
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from core.data.yahoo_ask import CONTAGIOUS, FINAL, Ask, Fault, Pace
from core.data.yahoo_process import YahooProcess
from core.data.yahoo_worker import MIRROR, PARALLEL

log = logging.getLogger(__name__)

MOST_WRONG_IN_A_ROW: Final = 3


@dataclass(eq=False)
class _Job:
    ask: Ask
    asked: bool = False
    """Whether it is with the process now."""
    tries: int = 0
    not_before: float = 0.0
    began: float = 0.0
    sent: float = 0.0
    sent_at: dt.datetime | None = None
    waiting_for: set["Ticket"] = field(default_factory=set)


class Ticket:
    """What one caller waits for: the state of each of its symbols."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.states: dict[str, Literal["waiting", "asking", "done", "failed"]] = dict.fromkeys(
            symbols, "waiting"
        )

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return any(state in ("waiting", "asking") for state in list(self.states.values()))


Receive = Callable[[Ask, dict[str, Any], dt.datetime], Ask | Fault | None]
"""Takes an answer and when it was asked for.

None when it is good, a fault when it is not, a question when another is needed first.
"""


class YahooQueue:
    """The queue; its thread and its process start with the first question.

    Parameters
    ----------
    cookies
        Gives the folder for yfinance's cookie, when the process is started.
    receive
        Told each answer, on a thread of the queue.
    refuse
        Told each final failure; it must be quick and not call the queue.
    now
        The clock, with a time zone. What was final is judged by when it was asked: the machine may sleep
        before the answer is read.
    """

    def __init__(
        self,
        *,
        cookies: Callable[[], Path],
        receive: Receive,
        refuse: Callable[[Ask, Fault], None],
        now: Callable[[], dt.datetime],
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self._cookies, self._receive, self._refuse, self._now = cookies, receive, refuse, now
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}
        self._tickets: deque[Ticket] = deque()
        self._process: YahooProcess | None = None
        self._ready = False
        self._started = 0.0
        self._thread: threading.Thread | None = None
        self._flying: dict[int, _Job] = {}
        self._number = 0
        self._quiet_until = 0.0
        self._suspected: Fault | None = None
        """A failure that may be Yahoo's own: what is with the process still decides it."""
        self._broken: Fault | None = None
        self._broken_until = 0.0
        self._last_answer = 0.0
        self._wrong_in_a_row = 0
        self._closed = False

    def join(self, asks: Sequence[Ask]) -> Ticket:
        """Ask for these; one that is already asked for by another is shared."""
        ticket = Ticket([ask.symbol for ask in asks])
        with self._changed:
            for ask in asks:
                job = self._jobs.setdefault(ask.symbol, _Job(ask))
                job.waiting_for.add(ticket)
                if job.asked:
                    ticket.states[ask.symbol] = "asking"
            self._tickets.append(ticket)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="yahoo-queue", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._changed.notify_all()
        return ticket

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Wait for news, at most so long; whether all of it is there."""
        with self._changed:
            if ticket.open:
                self._changed.wait(seconds)
            return not ticket.open

    def leave(self, ticket: Ticket) -> None:
        """Wait no more; what nobody else waits for is not asked any more."""
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
            for symbol in ticket.states:
                job = self._jobs.get(symbol)
                if job is not None:
                    job.waiting_for.discard(ticket)
                    if not job.waiting_for and not job.asked:
                        del self._jobs[symbol]

    def reset(self) -> None:
        """Ask again at once, whatever happened before; but who asked too often waits until that is over."""
        with self._changed:
            if self._broken is not None and self._broken.kind != "rate_limited":
                self._broken = None
            self._suspected, self._wrong_in_a_row = None, 0
            self._changed.notify_all()

    def close(self) -> None:
        """End thread and process; the next question starts them again."""
        with self._changed:
            thread = self._thread
            self._closed = thread is not None
            self._changed.notify_all()
        if thread is not None:
            thread.join(5.0)
        atexit.unregister(self.close)

    def _run(self) -> None:
        with self._changed:
            try:
                self._serve()
            except Exception as error:  # no process could be started: whoever waits must learn of it
                log.warning("the queue stopped", exc_info=error)
            self._stop()

    def _serve(self) -> None:
        idle_since = time.monotonic()
        while True:
            now = time.monotonic()
            if self._jobs:
                idle_since = now
            if self._closed or now - idle_since > self.pace.idle:
                return
            self._expire(now)
            self._dispatch(now)
            self._changed.wait(self._until_next(now, idle_since))

    def _stop(self) -> None:
        self._end_process()
        for job in list(self._jobs.values()):
            self._give_up(job, Fault("broken", "the queue was closed"))
        self._thread, self._closed = None, False

    def _until_next(self, now: float, idle_since: float) -> float:
        if not self._jobs:
            return max(0.01, idle_since + self.pace.idle - now + 0.01)
        moments = [job.sent + self.pace.deadline for job in self._flying.values()]
        if self._process is not None and not self._ready:
            moments.append(self._started + self.pace.start)
        moments += [job.not_before for job in self._jobs.values() if not job.asked and job.not_before > now]
        if self._quiet_until > now:
            moments.append(self._quiet_until)
        return max(0.01, min(moments, default=now + 1.0) - now)

    def _expire(self, now: float) -> None:
        """End a process that does not answer in time; what else it had is asked again."""
        if self._process is not None and not self._ready and now - self._started > self.pace.start:
            process = self._process
            self._end_process()
            log.warning("the process that asks Yahoo did not start in time: %s", process.last_words())
            self._break(Fault("broken", "the process did not start in time"), now)
            return
        late = [n for n, job in self._flying.items() if now - job.sent > self.pace.deadline]
        if not late:
            return
        flying = dict(self._flying)
        self._end_process()
        for number, job in flying.items():
            job.asked = False
            if number in late:
                self._failed(job, Fault("timeout", "no answer before the deadline"), now)
            else:
                job.tries -= 1
                self._hold(job)

    def _dispatch(self, now: float) -> None:
        if self._broken is not None and now >= self._broken_until:
            self._broken = None
        if self._suspected is not None and not self._flying:
            self._break(self._suspected, now)
        if self._broken is not None:
            fault = self._broken
            for job in [job for job in self._jobs.values() if not job.asked]:
                self._give_up(job, fault)
            return
        if now < self._quiet_until or len(self._flying) >= PARALLEL:
            return
        if not any(job.not_before <= now for job in self._jobs.values() if not job.asked):
            return
        if self._process is not None and self._process.mirror != os.environ.get(MIRROR, ""):
            if self._flying:
                return
            self._end_process()
        if self._process is None:
            self._start_process(now)
        if not self._ready:
            return
        while len(self._flying) < PARALLEL and (chosen := self._next(now)) is not None:
            self._send(chosen, now)

    def _next(self, now: float) -> _Job | None:
        """The next question of the caller whose turn it is.

        While one is tried again, or failed for good, and nothing was answered since it began, no new ones
        are begun.
        """
        again = self._suspected is not None or any(
            job.tries and not job.asked and job.began > self._last_answer for job in self._jobs.values()
        )
        for _ in range(len(self._tickets)):
            ticket = self._tickets[0]
            self._tickets.rotate(-1)
            for symbol, state in ticket.states.items():
                job = self._jobs.get(symbol)
                if state != "waiting" or job is None or job.asked or job.not_before > now:
                    continue
                if job.tries or not again:
                    return job
        return None

    def _send(self, job: _Job, now: float) -> None:
        assert self._process is not None
        self._number += 1
        self._flying[self._number] = job
        job.asked, job.sent, job.began = True, now, job.began or now
        job.sent_at = self._now()
        job.tries += 1
        for ticket in job.waiting_for:
            ticket.states[job.ask.symbol] = "asking"
        self._process.say(
            {
                "id": self._number,
                "symbol": job.ask.symbol,
                "start": job.ask.start,
                "timeout": self.pace.timeout,
            }
        )

    def _start_process(self, now: float) -> None:
        mine: list[YahooProcess] = []
        self._ready, self._started = False, now
        self._process = YahooProcess(
            self._cookies(), on_line=lambda line: self._heard(mine, line), on_end=lambda: self._ended(mine)
        )
        mine.append(self._process)

    def _end_process(self) -> None:
        process, self._process, self._ready = self._process, None, False
        self._flying.clear()
        if process is not None:
            process.end()

    def _heard(self, mine: list[YahooProcess], line: dict[str, Any]) -> None:
        with self._changed:
            if not mine or self._process is not mine[0]:
                return
            if line.get("ready"):
                self._ready = True
                self._changed.notify_all()
                return
            job = self._flying.get(line["id"])
            sent_at = job.sent_at if job is not None else None
        if job is None or sent_at is None:
            return
        taken: Ask | Fault | None
        if "fault" in line:
            taken = Fault(line["fault"]["kind"], line["fault"]["detail"])
        else:
            try:
                taken = self._receive(job.ask, line["answer"], sent_at)
            except Exception as error:  # an answer of a shape that nobody foresaw must not stop the queue
                log.warning("an answer for %s could not be read", job.ask.symbol, exc_info=error)
                taken = Fault("wrong_answer", type(error).__name__)
        with self._changed:
            if self._flying.pop(line["id"], None) is None:
                return
            now = time.monotonic()
            job.asked = False
            if isinstance(taken, Fault):
                self._failed(job, taken, now)
            else:
                self._answered(now)
                self._wrong_in_a_row = 0
                if taken is None:
                    self._finish(job, "done")
                else:
                    job.ask, job.tries = taken, 0
                    self._hold(job)
            self._changed.notify_all()

    def _ended(self, mine: list[YahooProcess]) -> None:
        """The process is gone by itself: what it had counts as tried."""
        with self._changed:
            if not mine or self._process is not mine[0]:
                return
            flying, started = list(self._flying.values()), self._ready
            self._end_process()
            log.warning("the process that asks Yahoo ended by itself: %s", mine[0].last_words())
            now = time.monotonic()
            for job in flying:
                job.asked = False
                self._failed(job, Fault("broken", "the process ended"), now)
            if not started:
                self._break(Fault("broken", "the process ended before it was there"), now)
            self._changed.notify_all()

    def _failed(self, job: _Job, fault: Fault, now: float) -> None:
        """Try again later, or give the question up; and the rest of the queue with it where that is wise."""
        log.info("%s: %s (%s), try %d", job.ask.symbol, fault.kind, fault.detail, job.tries)
        if fault.kind in ("unknown", "empty", "refused"):
            self._answered(now)
        if fault.kind not in FINAL and job.tries < self.pace.tries and self._broken is None:
            limited = fault.kind == "rate_limited"
            pause = (self.pace.limited_pause if limited else self.pace.pause) * 2 ** (job.tries - 1)
            job.not_before = now + pause * random.uniform(1.0, 1.5)
            if limited:
                self._quiet_until = max(self._quiet_until, job.not_before)
            self._hold(job)
            return
        self._give_up(job, fault)
        if fault.kind == "wrong_answer":
            self._wrong_in_a_row += 1
        # An answer to another question since shows that only this one fails.
        alone = self._last_answer > job.began
        suspicious = fault.kind in CONTAGIOUS and not alone
        if self._wrong_in_a_row >= MOST_WRONG_IN_A_ROW or (suspicious and not self._flying):
            self._break(fault, now)
        elif suspicious:
            self._suspected = fault

    def _answered(self, now: float) -> None:
        self._last_answer, self._suspected = now, None

    def _hold(self, job: _Job) -> None:
        if not job.waiting_for:
            del self._jobs[job.ask.symbol]
        for ticket in job.waiting_for:
            ticket.states[job.ask.symbol] = "waiting"

    def _give_up(self, job: _Job, fault: Fault) -> None:
        self._refuse(job.ask, fault)  # first, so that whoever sees the state finds the reason
        self._finish(job, "failed")

    def _finish(self, job: _Job, state: Literal["done", "failed"]) -> None:
        del self._jobs[job.ask.symbol]
        for ticket in job.waiting_for:
            ticket.states[job.ask.symbol] = state
        self._changed.notify_all()

    def _break(self, fault: Fault, now: float) -> None:
        limited = fault.kind == "rate_limited"
        self._broken, self._suspected = fault, None
        self._broken_until = now + (self.pace.limited_cool_off if limited else self.pace.cool_off)
