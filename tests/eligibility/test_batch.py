"""``POST /api/eligibility/batch``: a table in, a table out, at the same time."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from kgservice.api.eligibility import RowsTimeout
from kgservice.api.eligibility_batch import Table, TableResponse, split_lines
from kgservice.api.eligibility_route import Stalled
from kgservice.eligibility.facts import Rows
from kgservice.eligibility.person import Person
from kgservice.eligibility.table import COLUMNS, LONGEST_LINE
from kgservice.eligibility.table_out import OUT
from kgservice.sparql.reply import RESET

from .conftest import DAY, WholeFacts

HEADER = "id,certificates,held_since,degrees,science_or_engineering,years_of_work,years_in_region,overseas_link,on"
MRICS = "甲,c00085,2019-06-01,bachelor,true,6,310000=1;500000=0,true,2025-11-20"
Line = dict[str, str]


def _rows_of(facts: WholeFacts) -> Callable[[Person], Awaitable[Rows]]:
    async def rows(_: Person) -> Rows:
        return facts.rows

    return rows


def _post(client: httpx.Client, *lines: str | bytes, end: str = "\n") -> httpx.Response:
    body = b"".join(
        (line if isinstance(line, bytes) else line.encode()) + end.encode() for line in lines
    )
    return client.post("/api/eligibility/batch", content=body, headers={"content-type": "text/csv"})


def _read(answer: httpx.Response) -> list[Line]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.content.decode()), strict=True))
    assert rows[0] == OUT and all(len(row) == len(OUT) for row in rows)
    return [dict(zip(OUT, row, strict=True)) for row in rows[1:]]


def _errors(lines: list[Line]) -> dict[int, tuple[str, str, str]]:
    return {
        int(one["line"]): (one["about"], one["en"], one["zh"])
        for one in lines
        if one["kind"] == "error"
    }


def test_a_line_gives_the_lines_of_the_answer(client: httpx.Client) -> None:
    lines = _read(_post(client, HEADER, MRICS))
    assert {one["line"] for one in lines} == {"2"} and {one["id"] for one in lines} == {"甲"}
    (title,) = [o for o in lines if o["kind"] == "title" and o["region"] == "region/310000"]
    assert title == {
        **{"line": "2", "id": "甲", "region": "region/310000", "edition": "edition/310000-1/3.0"},
        **{"kind": "title", "about": "certificate/c00085", "level": "title-level/40"},
        **{"status": "not_open", "code": "years_of_work", "single_failing": "years_of_work"},
        **{"required": "10", "given": "6", "missing": "4"},
        "zh": "相关工作须满10年；现有6年，差4年",
        "en": "10 years of relevant work are asked for; 6 years given, 4 years short",
        **{"entry": "entry/310000-1/3.0/C24", "rule": "rule/310000-1/3.0/1"},
        "document": "沪人社专[2025]298号",
    }
    single = client.post(
        "/api/eligibility",
        json={
            "certificates": [{"id": "c00085", "held_since": "2019-06-01"}],
            **{"degrees": ["bachelor"], "discipline": {"science_or_engineering": True}},
            **{"years_of_work": 6, "years_in_region": {"310000": 1, "500000": 0}},
            **{"overseas_link": True, "on": "2025-11-20"},
        },
    ).json()
    count = 0
    for region in single["regions"]:
        for edition in region["editions"]:
            tiers = edition["benefits"]
            count += len(edition["titles"]) + len(edition["levels"]) + len(tiers)
            count += sum(len(tier["benefits"]) for tier in tiers) + len(edition["not_listed"])
    assert len(lines) == count


def test_cells_in_any_script(client: httpx.Client) -> None:
    chinese = ",".join(COLUMNS.values())
    line = "ｃ０００８５；CMA,乙,2019-06-01；,学士学位；本科学历,是,６,310000＝１,否,否,310000=否,有,2025-11-20,"
    first = _read(_post(client, "﻿" + chinese, line, end="\r\n"))
    plain = (
        "c00085;c00348,乙,2019-06-01;,bachelor;undergraduate,true,6,310000=1,false,false,"
        "310000=false,true,2025-11-20,"
    )
    assert first == _read(_post(client, ",".join(COLUMNS), plain))
    assert not _errors(first)


def test_an_empty_cell_is_unknown_and_none_is_none(client: httpx.Client) -> None:
    header = "certificates,degrees,on"
    lines = _read(_post(client, header, "c00085,,2025-11-20", "c00085,none,2025-11-20"))
    shanghai = [
        (one["status"], one["code"].split(";")[0])
        for one in lines
        if one["kind"] == "title" and one["region"] == "region/310000"
    ]
    assert shanghai == [("undecided", "degree"), ("not_open", "degree_not_printed")]


def test_faulty_lines_are_told_and_the_rest_is_done(client: httpx.Client) -> None:
    lines = _read(
        _post(
            client,
            "certificates,years_of_work,degrees,on",
            "c00085,6,bachelor,2025-11-20",
            "c99999,6,bachelor,2025-11-20",
            'c00085,"6,bachelor,2025-11-20',
            "c00085,six,bachelor,2025-11-20",
            "c00085,6,bachelor",
            "c00085,6,本科学力,2025-11-20",
            "c00085,6,bachelor,2025-11-31",
            "",
            b"c00085,6,\xb1\xbe\xbf\xc6,2025-11-20",
            "CEng,6,bachelor,2025-11-20",
            "x" * (LONGEST_LINE + 1),
            "c00085;c00085,6,bachelor,2025-11-20",
            "c00085,1001,bachelor,2025-11-20",
            "c00085,7,bachelor,2025-11-20",
        )
    )
    errors = _errors(lines)
    assert {number: column for number, (column, _, _) in errors.items()} == {
        3: "certificates",
        4: "",
        5: "years_of_work",
        6: "",
        7: "degrees",
        8: "on",
        10: "",
        11: "certificates",
        12: "",
        13: "certificates",
        14: "years_of_work",
    }
    for number, (_, en, zh) in errors.items():
        assert en.startswith(f"line {number}: ") and zh.startswith(f"第 {number} 行：")
    assert "UTF-8" in errors[10][1] and "c99999" in errors[3][2] and "3" in errors[6][1]
    answered = {one["line"] for one in lines if one["kind"] == "title"}
    assert answered == {"2", "15"}
    assert [one["line"] for one in lines] == sorted((o["line"] for o in lines), key=int)


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        (b"", "body"),
        ("编号,证书\n1,c00085\n".encode("gbk"), "body"),
        ("id,certificates\n1,c00085\n".encode("utf-16"), "body"),
        ("id,certificates\n张三,c00085\n".encode("gbk"), "body"),
        (b"id,degrees\n1,bachelor\n", "certificates"),
        (b"id,certificates,age\n1,c00085,30\n", "age"),
        (b"certificates,certificates\nc1,c2\n", "certificates"),
        (b'{"certificates": []}', "header"),
        (b'id,"certificates\n1,c00085\n', "header"),
        (b"id;certificates\n1;c00085\n", "id;certificates"),
        (b"x" * 200_000, "body"),
    ],
)
def test_a_wrong_file_is_refused_as_a_whole(
    body: bytes, parameter: str, client: httpx.Client
) -> None:
    answer = client.post("/api/eligibility/batch", content=body)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (400, 400), problem
    assert answer.headers["content-type"] == "application/problem+json"
    if parameter != "header":
        assert problem["parameter"] == parameter
    assert problem["languages"]["zh"]["detail"] and problem["languages"]["en"]["detail"]


def test_a_table_without_people_has_a_header(client: httpx.Client) -> None:
    assert _read(_post(client, HEADER)) == []


def test_a_line_has_no_more_certificates_than_a_request(client: httpx.Client) -> None:
    many = ";".join(f"c{number:05}" for number in range(1, 52))
    lines = _read(_post(client, "certificates,on", f"{many},2025-11-20", "c00085,2025-11-20"))
    (about, en, zh) = _errors(lines)[2]
    assert about == "certificates"
    assert (
        "names 51 certificates, and 50 at most" in en and "列出了 51 种证书，每人最多 50 种" in zh
    )
    assert {one["line"] for one in lines if one["kind"] == "title"} == {"3"}


def test_a_line_may_choose_its_regions(client: httpx.Client) -> None:
    lines = _read(
        _post(
            client,
            "证书,地区,日期",
            "c00085,500000；region/310000,2025-11-20",
            "c00085,,2025-11-20",
            "c00085,440100,2025-11-20",
        )
    )
    regions = {
        number: list(dict.fromkeys(one["region"] for one in lines if one["line"] == number))
        for number in ("2", "3")
    }
    assert regions["2"] == ["region/310000", "region/500000"] and len(regions["3"]) == 5
    assert _errors(lines)[4][0] == "regions"


def test_a_line_whose_rows_cannot_be_read_is_told_and_the_rest_is_done(facts: WholeFacts) -> None:
    """And no line is worked out where requests are taken in."""
    times = iter((RowsTimeout(10, 1), None, RuntimeError(), None))

    threads: set[int] = set()

    class Watched(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            threads.add(threading.get_ident())
            return super().__getitem__(key)

    async def rows(_: Person) -> Rows:
        error = next(times)
        if error is not None:
            raise error
        return Watched(facts.rows)

    def shorten(text: str) -> str:
        if len(text) > 20:
            threads.add(threading.get_ident())
        return text

    async def parts() -> AsyncIterator[bytes]:
        yield b"certificates,on\n" + b"c00085,2025-11-20\n" * 3
        yield b"c00085;MRICS%s,2025-11-20\n" % (b" x" * 5000)

    async def run() -> list[bytes]:
        table = Table(parts(), facts, rows, shorten, DAY)
        await table.start()
        return [part async for part in table.answers()]

    _, late, done, ours, long = asyncio.run(run())
    assert b",error," in late and "请减少证书".encode() in late and b"fewer certificates" in late
    assert b",title," in done and b",error,certificates" in long
    assert b",error," in ours and b"made a mistake" in ours
    assert threads and threading.get_ident() not in threads


# -- at the same time, and in little memory


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _start(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, timeout=30)
    connection.sendall(
        b"POST /api/eligibility/batch HTTP/1.1\r\nhost: test\r\ncontent-type: text/csv\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )
    return connection


def _until(connection: socket.socket, mark: bytes) -> bytes:
    found = b""
    while mark not in found:
        part = connection.recv(65536)
        assert part, found[-500:]
        found += part
    return found


def test_the_first_answer_comes_before_the_table_has_ended(address: tuple[str, int]) -> None:
    with _start(address) as connection:
        connection.sendall(_chunk(f"{HEADER}\n{MRICS}\n".encode()))
        _until(connection, b"\n2,\xe7\x94\xb2,region/500000")
        connection.sendall(_chunk(MRICS.encode()) + _chunk(b"\n"))
        _until(connection, b"\n3,\xe7\x94\xb2,region/500000")
        connection.sendall(b"0\r\n\r\n")
        _until(connection, b"0\r\n\r\n")


def test_a_client_that_goes_away_midway_stops_the_work(
    address: tuple[str, int], client: httpx.Client
) -> None:
    for _ in range(3):
        with _start(address) as connection:
            connection.sendall(_chunk(f"{HEADER}\n{MRICS}\n".encode()))
            _until(connection, b"\n2,")
    assert _post(client, HEADER, MRICS).status_code == 200


def test_a_client_that_reads_only_afterwards_is_served_too(client: httpx.Client) -> None:
    lines = _read(_post(client, HEADER, *[MRICS] * 200))
    assert {int(one["line"]) for one in lines} == set(range(2, 202))


def test_a_large_table_line_by_line(address: tuple[str, int]) -> None:
    """40,000 lines, of which every hundredth can be read; whoever sends and reads at once gets all of it."""
    total = 40_000

    async def run() -> bytes:
        reader, writer = await asyncio.open_connection(*address)

        async def send() -> None:
            writer.write(
                b"POST /api/eligibility/batch HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n"
                b"connection: close\r\n\r\n" + _chunk(f"{HEADER}\n".encode())
            )
            for number in range(total // 100):
                lines = [MRICS] + [f"{number},c99999,,,,,,,"] * 99
                writer.write(_chunk("".join(f"{line}\n" for line in lines).encode()))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            await writer.drain()

        sending = asyncio.create_task(send())
        found = await reader.read(-1)
        await sending
        writer.close()
        return found

    found = asyncio.run(run())
    assert found.endswith(b"0\r\n\r\n")
    # The kind "error" stands once in each faulty line, the id of the good ones at the start of theirs.
    assert found.count(b",error,") == total - total // 100
    assert found.count(b"region/500000,edition/500000-1/2023,title") == total // 100


def test_input_is_not_taken_faster_than_the_answer_is_read(facts: WholeFacts) -> None:
    """Memory is bounded: with a client that does not read, an endless table comes to a halt."""
    taken = 0
    limit = 64 * 1024

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield f"{HEADER}\n".encode()
        while True:
            taken += 1
            yield f"{MRICS}\n".encode()

    async def run() -> tuple[int, int]:
        table = Table(endless(), facts, _rows_of(facts), lambda iri: iri, DAY)
        await table.start()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        async def receive() -> Any:
            await asyncio.Event().wait()

        response = TableResponse(table.answers(), most_waiting=limit, stall=60)
        task = asyncio.create_task(response({"type": "http"}, receive, send))
        await asyncio.sleep(1.0)
        first = taken
        await asyncio.sleep(0.5)
        second = taken
        task.cancel()
        await asyncio.wait([task])
        return first, second

    first, second = asyncio.run(run())
    assert first == second
    assert 2 <= first <= 30  # some 10 kB of answer each


def test_a_client_that_stalls_is_cut_off(facts: WholeFacts) -> None:
    async def table() -> AsyncIterator[bytes]:
        yield f"{HEADER}\n{MRICS}\n".encode()
        raise Stalled

    async def run() -> tuple[list[Any], list[str]]:
        sent: list[Any] = []
        reset: list[str] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.Event().wait()

        lines = Table(table(), facts, _rows_of(facts), lambda iri: iri, DAY)
        response = TableResponse(_after_start(lines))
        extensions = {RESET: lambda: reset.append("reset")}
        await response({"type": "http", "extensions": extensions}, receive, send)
        return sent, reset

    async def _after_start(lines: Table) -> AsyncIterator[bytes]:
        await lines.start()
        async for part in lines.answers():
            yield part

    sent, reset = asyncio.run(run())
    assert reset == ["reset"]
    assert not [m for m in sent if m["type"] == "http.response.body" and not m["more_body"]]


@pytest.mark.parametrize("sent", ["", "id,certificates\n", "id,certif"])
def test_a_client_that_sends_nothing_at_first_is_cut_off_and_not_told_of_a_mistake(
    sent: str,
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("kgservice.api.eligibility.STALL_SECONDS", 0.3)
    with _start(address) as connection:
        if sent:
            connection.sendall(_chunk(sent.encode()))
        with pytest.raises(ConnectionResetError):
            assert connection.recv(65536) == b"", "an answer"
            raise AssertionError("the connection was ended as if all were well")
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_lines_are_split_wherever_the_parts_end() -> None:
    text = "一,二\r\n三\n\n四".encode()

    async def run(size: int) -> list[tuple[int, bytes | None]]:
        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, len(text), size):
                yield text[start : start + size]

        return [line async for line in split_lines(parts())]

    expected = [(1, "一,二".encode()), (2, "三".encode()), (3, b""), (4, "四".encode())]
    for size in range(1, len(text) + 1):
        assert asyncio.run(run(size)) == expected
