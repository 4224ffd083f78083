"""What certificates are worth where only some regions are wanted: first where they are recognised, then by which rows.

A certificate may stand on a row in each of hundreds of places. To find those rows is cheap; to read them is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from kgservice.api.context import ApiContext, Row

# By certificate (IRI) and region (IRI), both in order, the recognitions (IRIs) that list or cover it.
Found = Mapping[str, Mapping[str, Sequence[str]]]
AT_ONCE = 400  # recognitions in one question, which names each of them


async def find_recognitions(
    context: ApiContext, certificates: Sequence[str], regions: Sequence[str] | None = None
) -> Found:
    """The recognitions of these certificates (paths or IRIs) in these regions; ``None``: in all.

    Raises:
        EngineError: the question did not end well.
    """
    if not certificates or (regions is not None and not regions):
        return {}
    found: dict[str, dict[str, dict[str, None]]] = {}
    if regions is None:
        rows = await context.ask("recognized-regions", certificate=certificates)
    else:
        rows = await context.ask("region-recognitions", certificate=certificates, region=regions)
    for row in rows:
        named = str(row["recognitions" if regions is None else "recognition"])
        places = found.setdefault(str(row["certificate"]), {})
        places.setdefault(str(row["region"]), {}).update(dict.fromkeys(named.split()))
    return {
        certificate: {region: list(recognitions) for region, recognitions in places.items()}
        for certificate, places in found.items()
    }


def first_regions(places: Mapping[str, Sequence[str]], most: int) -> dict[str, Sequence[str]]:
    """The first regions of one certificate."""
    return dict(islice(places.items(), most))


def recognitions_of(found: Found) -> list[str]:
    """All of them, in order."""
    return [
        one for places in found.values() for recognitions in places.values() for one in recognitions
    ]


async def read_recognitions_found(context: ApiContext, found: Found) -> list[Row]:
    """The rows of the question ``recognition-rows``, which have what a statement is made of, by certificate and region.

    Raises:
        EngineError: a question did not end well.
    """
    rows: list[Row] = []
    # One after the other: a whole table must not take all the places of the engine.
    for part in _part(found):
        answer = await context.ask(
            "recognition-rows",
            certificate=list(dict.fromkeys(certificate for certificate, _ in part)),
            recognition=list(dict.fromkeys(recognition for _, recognition in part)),
        )
        # A row may list several certificates of a part, and not be wanted for each of them.
        rows += [row for row in answer if (row["certificate"], row["recognition"]) in part]
    return rows


def _part(found: Found) -> Iterator[dict[tuple[str, str], None]]:
    """The pairs of certificate and recognition in parts, none of which ends within a region."""
    part: dict[tuple[str, str], None] = {}
    for certificate, places in found.items():
        for recognitions in places.values():
            part |= {(certificate, recognition): None for recognition in recognitions}
            if len(part) >= AT_ONCE:
                yield part
                part = {}
    if part:
        yield part
