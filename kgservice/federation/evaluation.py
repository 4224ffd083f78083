"""Evaluates the SERVICE clauses of one query and puts their solutions in their place (SPARQL 1.1 Federated Query, 2 and 4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from kgservice.engine.errors import QuerySyntaxError
from kgservice.engine.interface import Dataset, Engine, Query
from kgservice.federation.clauses import Reading
from kgservice.federation.client import ServiceClient, ServiceLimits
from kgservice.federation.errors import (
    AnswerTooLarge,
    BlankNodeFromService,
    CorrelatedService,
    ServiceFailed,
    ServiceTimeout,
    TooManyCalls,
)
from kgservice.federation.groups import Group, Part, Structure
from kgservice.federation.leads import Path, always_bound, expression_around, lead_of, service_paths
from kgservice.federation.rewriting import QueryText, has_variable
from kgservice.federation.terms import (
    BlankNode,
    Malformed,
    TooManyRows,
    is_pushable,
    read_bindings,
    write_rows,
    write_term,
    write_values,
)
from kgservice.federation.urls import normalise
from kgservice.sparql.check import ServiceUnclear

# A dataset without a triple: questions about the variables of a pattern are not to be evaluated over the data.
NOTHING = Dataset(("urn:x-zhicheng:nothing",))
EMPTY_SOLUTION = "VALUES () { () }"
LONG_BODY = 64 * 1024
PARALLEL = 4


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a clause is restricted by: rows of a VALUES block with the variables ``names``."""

    names: tuple[str, ...]
    rows: tuple[str, ...]


class Evaluation:
    """One query with SERVICE clauses. ``structure`` is that of ``reading``, ``query`` the question as it was asked."""

    def __init__(
        self,
        query: Query,
        reading: Reading,
        structure: Structure,
        engine: Engine,
        client: ServiceClient,
        limits: ServiceLimits,
    ) -> None:
        self._query = query
        self._structure = structure
        self._text = QueryText(reading, structure)
        self._engine = engine
        self._client = client
        self._limits = limits
        self._calls = 0
        self._bytes = 0
        self._clauses = {clause.start: clause for clause in reading.clauses}

    async def rewrite(self) -> str:
        """The query with VALUES in place of SERVICE.

        Raises:
            ServiceError: a clause was not answered, and SILENT does not excuse it.
            EngineError: a question to the engine failed.
            ServiceUnclear: the query cannot be taken apart.
        """
        paths = list(service_paths(self._structure.query))
        if len(paths) > self._limits.max_calls:
            first = self._clauses[paths[0][-1][1].start]
            raise TooManyCalls(first.iri or "", self._limits.max_calls)
        for path in paths:
            _, part = path[-1]
            self._text.replace(part, await self._solve(path, part))
        whole = self._text.whole()
        if whole is None:  # a clause that stands in no group
            raise ServiceUnclear(self._limits.allow)
        return whole

    # -- one clause

    async def _solve(self, path: Path, part: Part) -> str:
        clause = self._clauses[part.start]
        url = normalise(clause.iri or "")
        assert url is not None
        group = part.groups[0]
        self._check_correlation(path, url, group)
        in_scope = await self._variables_in_scope(group)
        outside = self._text.variables_outside(part.start, part.end)
        wanted = [name for name in in_scope if self._text.star or name in outside]
        bindings = await self._bindings(path, group, wanted)
        if bindings is not None and not bindings.rows:
            return write_values(wanted, ())
        try:
            rows = await self._ask(url, group, wanted, bindings)
        except (ServiceFailed, ServiceTimeout):
            if not clause.silent:
                raise
            # The single solution without bindings (2.2); the variables stay in scope.
            return write_values(wanted, [f"({' '.join('UNDEF' for _ in wanted)})"])
        return write_values(wanted, rows)

    def _check_correlation(self, path: Path, url: str, group: Group) -> None:
        """Inside EXISTS, a value from outside must be one that the clause joins with, and nothing else."""
        around = expression_around(path)
        if around is None:
            return
        inside = self._structure.variables(group.start, group.end)
        inside -= always_bound(self._structure, group)
        for variable in sorted(inside & self._text.variables_outside(*around)):
            raise CorrelatedService(url, variable)

    async def _ask(
        self, url: str, group: Group, wanted: Sequence[str], bindings: Bindings | None
    ) -> list[str]:
        """The solutions of a clause as rows, by as many calls as its bindings need."""
        size = self._limits.batch
        batches: list[str] = [""]
        if bindings is not None:
            batches = [
                write_values(bindings.names, bindings.rows[first : first + size])
                for first in range(0, len(bindings.rows), size)
            ]
        self._calls += len(batches)
        if self._calls > self._limits.max_calls:
            raise TooManyCalls(url, self._limits.max_calls)
        shown = " ".join(f"?{name}" for name in wanted) or "(1 AS ?found)"
        start = f"{self._text.prologue_for(group)}SELECT {shown} WHERE {self._text.group(group)}"
        gate = asyncio.Semaphore(PARALLEL)
        rows: list[str] = []

        async def ask(batch: str) -> None:
            async with gate:
                most = max(0, self._limits.max_bytes - self._bytes)
                body = await self._client.select(url, f"{start} {batch}".rstrip(), most)
            self._bytes += len(body)
            if (
                self._bytes > self._limits.max_bytes
            ):  # calls side by side may each have had the rest
                raise AnswerTooLarge(url, self._limits.max_bytes)
            rows.extend(await self._read(url, body, wanted))
            if len(rows) > self._limits.max_rows:
                raise self._too_many(url)

        try:
            async with asyncio.TaskGroup() as tasks:
                for batch in batches:
                    tasks.create_task(ask(batch))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return rows

    async def _read(self, url: str, body: bytes, wanted: Sequence[str]) -> list[str]:
        most = self._limits.max_rows
        try:
            if len(body) < LONG_BODY:
                return write_rows(body, wanted, most)
            return await asyncio.to_thread(write_rows, body, wanted, most)
        except Malformed as error:
            raise ServiceFailed(
                url, f"its answer cannot be read ({error})", f"其结果无法读懂（{error}）"
            ) from None
        except BlankNode as error:
            raise BlankNodeFromService(url, str(error)) from None
        except TooManyRows:
            raise self._too_many(url) from None

    def _too_many(self, url: str) -> ServiceFailed:
        most = self._limits.max_rows
        return ServiceFailed(url, f"it has more than {most} solutions", f"其结果超过 {most} 行")

    # -- questions to the engine

    async def _variables_in_scope(self, group: Group) -> list[str]:
        """The variables that the group of a clause puts in scope (SPARQL 1.1 Query, 18.2.1): the engine knows."""
        pattern = self._text.group(group, plain=True)
        text = f"{self._text.opening}\nSELECT * WHERE {pattern} LIMIT 0"
        try:
            document = await ask_engine(self._engine, Query(text, "json", NOTHING))
        except QuerySyntaxError:  # its brackets are not what they seem
            raise ServiceUnclear(self._limits.allow) from None
        return names_of(document)

    async def _bindings(self, path: Path, group: Group, wanted: Sequence[str]) -> Bindings | None:
        """What the clause may be restricted by; ``None`` for nothing, or for too much to send."""
        lead = lead_of(path, lambda part: self._text.render(part.start, part.end))
        bound = always_bound(self._structure, group) & set(wanted)
        # The lead has whole parts of the query and VALUES blocks; its variables are found as text.
        names = [name for name in wanted if name in bound and has_variable(lead, name)]
        if not names:
            return None
        most = self._limits.batch * (self._limits.max_calls - self._calls)
        text = (
            f"{self._text.opening}\n"
            f"SELECT DISTINCT {' '.join(f'?{name}' for name in names)} {self._text.dataset} "
            f"WHERE {{ {lead} }} LIMIT {most + 1}"
        )
        query = Query(text, "json", self._query.dataset, self._query.own_dataset)
        try:
            solutions = read_bindings(await ask_engine(self._engine, query))
        except QuerySyntaxError:
            return (
                None  # a term of another endpoint that cannot be read; the whole query will say so
            )
        if len(solutions) > most:
            return None
        return choose_bindings(names, solutions)


async def ask_engine(engine: Engine, query: Query) -> bytes:
    """The whole answer of the engine."""
    async with engine.answer(query) as answer:
        return b"".join([chunk async for chunk in answer])


def names_of(document: bytes) -> list[str]:
    """The variables of a result in SPARQL JSON."""
    names: list[str] = json.loads(document)["head"]["vars"]
    return names


def choose_bindings(
    names: Sequence[str], solutions: Sequence[dict[str, dict[str, str]]]
) -> Bindings | None:
    """The distinct rows of those variables that every solution binds to something that is the same everywhere.

    A solution with a blank node fits nothing that another endpoint has, and is left out.
    """
    solutions = [
        row for row in solutions if not any(term["type"] == "bnode" for term in row.values())
    ]
    kept = tuple(
        name for name in names if all(name in row and is_pushable(row[name]) for row in solutions)
    )
    if not kept:
        return None
    rows = dict.fromkeys(
        f"({' '.join(write_term(row[name]) for name in kept)})" for row in solutions
    )
    return Bindings(kept, tuple(rows))
