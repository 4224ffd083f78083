"""Reads the facts of a release through named questions, so that a SPARQL user can get the same."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from kgservice.eligibility.facts import Alternative, Demand, Edition, Facts, Row, Rule, Texts
from kgservice.eligibility.levels import Levels
from kgservice.eligibility.listing import read_rows, read_tiers
from kgservice.eligibility.records import (
    Record,
    day_of,
    group,
    named,
    number_of,
    sentence,
    text_of,
    text_or_none,
)

Ask = Callable[..., Awaitable[Sequence[Record]]]
Shorten = Callable[[str], str]
# The rules of a whole country in one question would come near the deadline.
EDITIONS_AT_ONCE = 50
AT_ONCE = 2  # questions
CLASSES = [
    "Region",
    "TitleLevel",
    "Title",
    "TitleSeries",
    "Degree",
    "Grade",
    "Certificate",
    "CertificateFamily",
    "BenefitTier",
    "Effect",
    "HolderKind",
]


def normalise(name: str) -> str:
    """A name as it is compared: NFKC, without blanks, case folded."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


async def load_facts(ask: Ask, shorten: Shorten) -> Facts:
    """The facts of the release that ``ask`` asks; ``shorten`` makes a path of an IRI.

    Raises:
        EngineError: a question did not end well.
    """

    turn = asyncio.Semaphore(AT_ONCE)

    async def records(question: str, **values: str | Sequence[str]) -> Sequence[Record]:
        async with turn:
            return await ask(question, **values)

    names, editions, texts, tiers, governing, spellings = await asyncio.gather(
        records("eligibility-things", class_=[f"zc:{one}" for one in CLASSES]),
        records("editions"),
        records("eligibility-texts"),
        records("eligibility-tiers"),
        records("eligibility-governing"),
        records("eligibility-spellings"),
    )
    printed = list(dict.fromkeys(text_of(one, "edition") for one in editions))
    rules = await asyncio.gather(
        *(
            records("rules", edition=printed[start : start + EDITIONS_AT_ONCE])
            for start in range(0, len(printed), EDITIONS_AT_ONCE)
        )
    )
    # Of a large graph this is some work: the requests of others go on meanwhile.
    parts = names, editions, texts, tiers, governing, spellings, *rules
    return await asyncio.to_thread(lambda: _facts(*(_shortened(part, shorten) for part in parts)))


def _facts(
    names: list[Record],
    editions: list[Record],
    texts: list[Record],
    tiers: list[Record],
    governing: list[Record],
    spellings: list[Record],
    *rules: list[Record],
) -> Facts:
    by_name = defaultdict(set)
    for record in spellings:
        by_name[normalise(text_of(record, "name"))].add(text_of(record, "certificate"))
    return Facts(
        editions=_editions(editions, texts),
        rules=_rules(record for part in rules for record in part),
        tiers=read_tiers(tiers, names),
        levels=_levels(names),
        names={text_of(one, "thing"): named(one, "thing") for one in names},
        degrees=tuple(text_of(one, "thing") for one in names if one["class"] == "Degree"),
        certificates=frozenset(
            text_of(one, "thing")
            for one in names
            if one["class"] in ("Certificate", "CertificateFamily")
        ),
        by_name={name: tuple(sorted(found)) for name, found in by_name.items()},
        governing=frozenset(text_of(one, "rule") for one in governing),
    )


async def load_rows(ask: Ask, shorten: Shorten, certificate: str) -> Mapping[str, tuple[Row, ...]]:
    """The rows of a certificate (or family), by edition; none for one that no row lists.

    Raises:
        EngineError: the question did not end well.
    """
    records = await ask("eligibility-rows", certificate=certificate)
    return await asyncio.to_thread(lambda: read_rows(_shortened(records, shorten)))


def _shortened(records: Iterable[Record], shorten: Shorten) -> list[Record]:
    return [
        {key: shorten(value) if isinstance(value, str) else value for key, value in row.items()}
        for row in records
    ]


def _levels(names: Iterable[Record]) -> Levels:
    found = [one for one in names if one["class"] == "TitleLevel"]
    return Levels(
        {text_of(one, "thing"): int(one["rank"]) for one in found if "rank" in one},
        {text_of(one, "thing"): text_of(one, "broader") for one in found if "broader" in one},
    )


def _editions(records: Iterable[Record], texts: Iterable[Record]) -> tuple[Edition, ...]:
    sentences: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in texts:
        key = text_of(one, "edition"), text_of(one, "kind"), text_of(one, "language")
        sentences[key].append(text_of(one, "text"))

    def told(edition: str, kind: str) -> Texts:
        return Texts(tuple(sentences[edition, kind, "zh"]), tuple(sentences[edition, kind, "en"]))

    editions = []
    for (edition,), found in group(records, "edition").items():
        one = found[0]
        editions.append(
            Edition(
                name=named(one, "edition"),
                region=text_of(one, "region"),
                directory=text_of(one, "directory"),
                version=text_of(one, "version"),
                document=text_or_none(one, "document"),
                starts=day_of(one, "from"),
                start_printed=bool(one["startPrinted"]) if "startPrinted" in one else None,
                ends=day_of(one, "until"),
                complete=bool(one.get("complete", False)),
                scope=sentence(one, "scope"),
                procedure=told(str(edition), "procedure"),
                requirements=told(str(edition), "requirement"),
                provisions=told(str(edition), "provision"),
            )
        )
    return tuple(editions)


def _rules(records: Iterable[Record]) -> dict[str, tuple[Rule, ...]]:
    rules: dict[str, list[Rule]] = defaultdict(list)
    for _, found in group(records, "rule").items():
        one = found[0]
        ways = [
            _alternative(group)
            for (alternative,), group in group(found, "alternative").items()
            if alternative is not None
        ]
        edition = text_of(one, "edition")
        rules[edition].append(
            Rule(
                name=named(one, "rule"),
                edition=edition,
                step=text_of(one, "step"),
                none_stated=bool(one.get("noneStated", False)),
                standard=sentence(one, "standard"),
                alternatives=tuple(ways),
            )
        )
    return {edition: tuple(found) for edition, found in rules.items()}


def _alternative(records: Sequence[Record]) -> Alternative:
    one = records[0]
    demands = [
        Demand(
            min_years=number_of(node, "conditionMinYears"),
            years_of=text_or_none(node, "conditionYearsOf"),
            discipline=sentence(node, "discipline"),
            series=text_or_none(node, "series"),
            overseas_link=sentence(node, "overseas"),
        )
        for node in records
        if "condition" in node
    ]
    return Alternative(
        id=text_of(one, "alternative"),
        level=text_of(one, "level"),
        degree=text_of(one, "degree"),
        min_years=int(one["minYears"]),
        years_of=text_of(one, "yearsOf"),
        demands=tuple(demands),
    )
