"""The quota of query seconds: what it counts, what it tells, whom it takes for one client, and what it costs nobody."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from conftest import Service, ServiceFactory

from kgservice.engine.errors import EngineUnavailable, QueueFull
from kgservice.engine.interface import Query
from kgservice.forwarded import ForwardedClient, client_network
from kgservice.sparql.quota import Account, MeteredEngine, Quota, QuotaExceeded

RATE_LIMIT = re.compile(r'"query-seconds";r=(\d+);t=(\d+)')
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def take(quota: Quota, clock: Clock, client: str, seconds: float) -> None:
    quota.check(client)
    quota.begin(client)
    clock.now += seconds
    quota.end(client)


# -- the bucket


def test_seconds_are_taken_out_and_come_back_evenly(clock: Clock) -> None:
    quota = Quota(60, 120, clock=clock)
    take(quota, clock, "a", 20)
    assert quota.left("a") == pytest.approx(60 - 20 + 10), "half a second comes back in a second"
    clock.now += 10
    assert quota.left("a") == pytest.approx(55)
    clock.now += 200
    assert quota.left("a") == 60, "and never more than the whole"


def test_who_is_in_the_red_waits_until_it_is_paid(clock: Clock) -> None:
    quota = Quota(10, 10, clock=clock)
    for _ in range(5):
        quota.begin("a")
    clock.now += 8  # 40 seconds of query time, 8 came in meanwhile
    assert quota.left("a") == pytest.approx(10 - 40 + 8)
    with pytest.raises(QuotaExceeded):
        quota.check("a")  # also while they still run
    for _ in range(5):
        quota.end("a")
    with pytest.raises(QuotaExceeded) as caught:
        quota.check("a")
    assert caught.value.retry_after == 22
    clock.now += 21.5
    with pytest.raises(QuotaExceeded):
        quota.check("a")
    clock.now += 1
    quota.check("a")


def test_one_client_takes_nothing_from_another(clock: Clock) -> None:
    quota = Quota(10, 60, clock=clock)
    take(quota, clock, "a", 50)
    with pytest.raises(QuotaExceeded):
        quota.check("a")
    quota.check("b")
    assert quota.left("b") == 10


def test_the_table_of_clients_is_bounded(clock: Clock) -> None:
    quota = Quota(10, 60, most_clients=100, clock=clock)
    quota.begin("first")
    for number in range(1000):
        take(quota, clock, f"c{number}", 0.01)
    assert len(quota) == 100
    quota.end("first")  # it was forgotten, which is no error
    assert len(quota) == 100


# -- the engine that is paid


class Sleeping:
    """An engine whose answers take a while after a wait in the queue; each second on its clock."""

    def __init__(self, clock: Clock, *, fails: Exception | None = None) -> None:
        self._clock = clock
        self._fails = fails

    async def start(self) -> None: ...

    async def stop(self, grace: float) -> None: ...

    def cancel(self, query_id: str) -> bool:
        return False

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[AsyncIterator[bytes]]:
        self._clock.now += 5  # the queue
        if isinstance(self._fails, QueueFull):
            raise self._fails

        async def parts() -> AsyncIterator[bytes]:
            self._clock.now += 2
            if self._fails:
                raise self._fails
            yield b"x"

        yield parts()


async def run(engine: MeteredEngine, account: Account | None) -> None:
    async with engine.answer(Query("ASK {}", "json", account=account)) as answer:  # type: ignore[arg-type]
        async for _ in answer:
            pass


@pytest.mark.parametrize(
    ("fails", "paid"),
    [(None, 2), (EngineUnavailable("x", "x"), 2), (QueueFull(1), 0)],
    ids=["answered", "failed", "not taken"],
)
async def test_the_time_in_the_engine_is_paid_and_the_queue_is_not(
    clock: Clock, fails: Exception | None, paid: float
) -> None:
    quota = Quota(100, 1e9, clock=clock)
    with contextlib.suppress(EngineUnavailable, QueueFull):
        await run(MeteredEngine(Sleeping(clock, fails=fails)), Account(quota, "a"))
    assert quota.left("a") == pytest.approx(100 - paid, abs=0.01)


async def test_the_questions_of_the_service_itself_are_free(clock: Clock) -> None:
    quota = Quota(1, 60, clock=clock)
    engine = MeteredEngine(Sleeping(clock))
    for _ in range(10):
        await run(engine, None)
    assert len(quota) == 0


async def test_who_goes_away_pays_for_what_ran(clock: Clock) -> None:
    quota = Quota(100, 1e9, clock=clock)
    engine = MeteredEngine(Sleeping(clock))

    async def leave() -> None:
        async with engine.answer(Query("ASK {}", "json", account=Account(quota, "a"))):
            clock.now += 7
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await leave()
    assert quota.left("a") == pytest.approx(93, abs=0.01)


# -- over HTTP


@pytest.fixture(scope="module")
def metered(run_service: ServiceFactory) -> Iterator[Service]:
    """Two query seconds in a minute, per client; the tests are the proxy, so that each can be a client of its own."""
    with run_service(
        quota_seconds=2.0,
        quota_window=60.0,
        trusted_proxies=("127.0.0.1",),
        deadline=3.0,
        cache=0,  # a kept answer is free
    ) as service:
        yield service


def test_quick_questions_are_told_what_is_left(metered: Service) -> None:
    headers = {"x-forwarded-for": "192.0.2.1"}
    for _ in range(20):
        answer = metered.client.get("/sparql", params={"query": "ASK {}"}, headers=headers)
        assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"] == '"query-seconds";q=2;qu="query-seconds";w=60'
    found = RATE_LIMIT.fullmatch(answer.headers["ratelimit"])
    assert found is not None
    assert int(found[1]) <= 2
    assert "RateLimit" in answer.headers["access-control-expose-headers"]


def test_a_used_up_quota_is_429_for_its_client_and_for_nobody_else(metered: Service) -> None:
    greedy, other = {"x-forwarded-for": "192.0.2.2"}, {"x-forwarded-for": "192.0.2.3"}
    hostile = metered.client.post("/sparql", data={"query": ENDLESS}, headers=greedy)
    metered.problem(hostile, 504, "query-timeout")
    refused = metered.client.get("/sparql", params={"query": "ASK {}"}, headers=greedy)
    document = metered.problem(refused, 429, "quota")
    wait = int(refused.headers["retry-after"])
    assert document["retry_after"] == wait
    # A second is in the red, and a second comes back in thirty.
    assert 15 <= wait <= 60
    found = RATE_LIMIT.fullmatch(refused.headers["ratelimit"])
    assert found is not None
    assert int(found[1]) == 0
    assert int(found[2]) <= wait
    assert refused.headers["access-control-allow-origin"] == "*"
    answer = metered.client.get("/sparql", params={"query": "ASK {}"}, headers=other)
    assert answer.status_code == 200


def test_running_queries_count_while_they_run(metered: Service) -> None:
    greedy = {"x-forwarded-for": "192.0.2.4"}

    def attack(number: int) -> None:
        # Different texts: the same one would run once for both.
        query = f"{ENDLESS} # {number}"
        metered.client.post("/sparql", data={"query": query}, headers=greedy)

    threads = [threading.Thread(target=attack, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(1.8)
    answer = metered.client.get("/sparql", params={"query": "ASK {}"}, headers=greedy)
    for thread in threads:
        thread.join()
    metered.problem(answer, 429, "quota")


def test_what_needs_no_engine_costs_nothing_and_is_still_answered(metered: Service) -> None:
    greedy = {"x-forwarded-for": "192.0.2.5"}
    metered.client.post("/sparql", data={"query": ENDLESS}, headers=greedy)
    page = metered.client.get("/sparql", headers={**greedy, "accept": "text/html"})
    assert page.status_code == 200
    assert "ratelimit" not in page.headers
    wrong = metered.client.get("/sparql?nonsense=1", headers=greedy)
    metered.problem(wrong, 400, "parameter")
    assert metered.client.options("/sparql", headers=greedy).status_code == 204


def test_without_a_quota_nothing_is_said_of_it(service: Service) -> None:
    assert "ratelimit" not in service.get("ASK {}").headers


# -- who the client is

TRUSTED = ("10.0.0.1", "10.0.0.2", "2001:db8::1")


async def seen(
    peer: str | None, *headers: tuple[str, str], header: str = "x-forwarded-for"
) -> tuple[str, str]:
    """The client and the scheme that the application sees."""
    scopes: list[dict[str, object]] = []

    async def app(scope: dict[str, object], _receive: object, _send: object) -> None:
        scopes.append(scope)

    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1234) if peer else None,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    await ForwardedClient(app, TRUSTED, header)(scope, None, None)  # type: ignore[arg-type]
    return client_network(scopes[0]), str(scopes[0]["scheme"])


@pytest.mark.parametrize(
    ("peer", "given", "client"),
    [
        ("192.0.2.9", "198.51.100.7", "192.0.2.9"),  # not a proxy: not believed
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # what the client wrote itself
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),  # through two proxies
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.11", "10.0.0.11"),  # no prefix of an address counts
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, garbage", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:a::1%eth0", "", "2001:db8:1:2::/64"),
        (None, "198.51.100.7", "unknown"),
    ],
)
async def test_the_client_behind_exactly_the_trusted_proxies(
    peer: str | None, given: str, client: str
) -> None:
    assert (await seen(peer, ("X-Forwarded-For", given)))[0] == client


async def test_the_scheme_comes_from_the_proxy_too() -> None:
    hop = ("X-Forwarded-For", "198.51.100.7")
    assert (await seen("10.0.0.1", hop, ("X-Forwarded-Proto", "https")))[1] == "https"
    assert (await seen("10.0.0.1", hop, ("X-Forwarded-Proto", "javascript")))[1] == "http"
    assert (await seen("192.0.2.9", hop, ("X-Forwarded-Proto", "https")))[1] == "http"


@pytest.mark.parametrize(
    ("given", "client", "scheme"),
    [
        ("for=198.51.100.7", "198.51.100.7", "http"),
        ("for=198.51.100.7;proto=https;by=10.0.0.1", "198.51.100.7", "https"),
        ('For="[2001:db8:1:2::7]:4711"', "2001:db8:1:2::/64", "http"),
        ('for="203.0.113.1, for=203.0.113.2", for=198.51.100.7', "198.51.100.7", "http"),
        ("for=203.0.113.1,for=198.51.100.7 , for=10.0.0.2", "198.51.100.7", "http"),
        ("for=_hidden", "10.0.0.1", "http"),
        ("for=198.51.100.7, for=unknown", "10.0.0.1", "http"),
        ("proto=https", "10.0.0.1", "http"),
        (
            r'for=203.0.113.1;host="a\",\"b", for=198.51.100.7;host="c\", \\"',
            "198.51.100.7",
            "http",
        ),
        # A quote that the client left open ends where the proxy begins.
        ('for="203.0.113.1, for="[2001:db8:1:2::7]"', "2001:db8:1:2::/64", "http"),
        ("for=203.0.113.1;;,, ;for=198.51.100.7;,", "198.51.100.7", "http"),
        ("for=203.0.113.1, by=10.0.0.1", "10.0.0.1", "http"),
        ("for=198.51.100.7;for=203.0.113.1", "203.0.113.1", "http"),
    ],
)
async def test_the_client_in_forwarded(given: str, client: str, scheme: str) -> None:
    assert await seen("10.0.0.1", ("Forwarded", given), header="forwarded") == (client, scheme)


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for"])
@pytest.mark.parametrize(
    "junk",
    [
        *(";", ",", '"', "a", "=", "\\", " ", "a=", 'a="', '\\"', "10.0.0.2,", "for=10.0.0.2,"),
        *('for="', "::", "1.", "[::", "for=10.0.0.2;"),
    ],
)
async def test_a_long_header_takes_no_time_and_hides_nobody(header: str, junk: str) -> None:
    name = "for=" if header == "forwarded" else ""
    long = junk * (100_000 // len(junk))
    began = time.perf_counter()
    behind = await seen("10.0.0.1", (header, f"{long}, {name}198.51.100.7"), header=header)
    alone = await seen("10.0.0.1", (header, long), header=header)
    assert time.perf_counter() - began < 0.5
    assert behind == ("198.51.100.7", "http")
    assert alone[0] in TRUSTED


async def test_only_the_header_that_the_proxy_sets_is_read() -> None:
    both = (("Forwarded", "for=203.0.113.1"), ("X-Forwarded-For", "198.51.100.7"))
    assert (await seen("10.0.0.1", *both))[0] == "198.51.100.7"
    assert (await seen("10.0.0.1", *both, header="forwarded"))[0] == "203.0.113.1"


def test_a_stranger_cannot_choose_who_it_is(run_service: ServiceFactory) -> None:
    """Also not from this machine, whom the HTTP server alone would believe."""
    with run_service(quota_seconds=1.0, quota_window=600.0, deadline=2.0) as service:
        service.client.post("/sparql", data={"query": ENDLESS})
        for number in range(3):
            forged = {"x-forwarded-for": f"192.0.2.{number}", "forwarded": f"for=192.0.2.{number}"}
            answer = service.client.get("/sparql", params={"query": "ASK {}"}, headers=forged)
            service.problem(answer, 429, "quota")
