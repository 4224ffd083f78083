"""From IRIs to things with labels, and from an id in a request to the certificate that it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId, Withdrawn
from kgservice.api.models import Label, Level, Match, Note, Source, Texts, Thing

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
# How our levels rank (section 4 of the model); the broad ones have no rank.
_RANK = re.compile(r"title-level/(\d+)")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of the things of one answer."""

    context: ApiContext
    texts: Mapping[str, Mapping[str, str]]

    def label(self, iri: str) -> Label:
        """Its label; its path where the graph states none."""
        texts = self.texts.get(iri, {})
        zh = texts.get("zh") or texts.get("en") or self.context.path(iri)
        return Label(zh=zh, en=texts.get("en"))

    def thing(self, iri: str) -> Thing:
        """The thing."""
        return Thing(id=self.context.path(iri), iri=iri, label=self.label(iri))

    def things(self, iris: Iterable[str]) -> list[Thing]:
        """The things, each once, in this order."""
        return [self.thing(iri) for iri in dict.fromkeys(iris)]

    def level(self, iri: str) -> Level:
        """A title level with its rank."""
        path = self.context.path(iri)
        ranked = _RANK.fullmatch(path)
        rank = int(ranked.group(1)) if ranked else None
        return Level(id=path, iri=iri, label=self.label(iri), rank=rank)


async def read_labels(context: ApiContext, iris: Iterable[str]) -> Labels:
    """The labels of these things, by one question about those that were not named lately."""
    texts: dict[str, Mapping[str, str]] = {}
    wanted = []
    for iri in set(iris):
        kept = context.labels.get(iri)
        if kept is None:
            wanted.append(iri)
        else:
            texts[iri] = kept
    if wanted:
        asked: dict[str, dict[str, str]] = {}
        for row in await context.ask("labels", thing=sorted(wanted)):
            asked.setdefault(str(row["thing"]), {}).setdefault(
                str(row["language"]), str(row["label"])
            )
        context.labels.update(asked)
        texts |= asked
    return Labels(context, texts)


def name_thing(parameter: str, kind: str, given: str) -> str:
    """``c00009`` or ``certificate/c00009`` → ``certificate/c00009``; full-width signs are taken as plain ones.

    Raises:
        UnknownId: it does not look like an id of this kind.
    """
    plain = unicodedata.normalize("NFKC", given).strip().removeprefix(f"{kind}/")
    if not _ID.fullmatch(plain):
        raise UnknownId(parameter, given)
    return f"{kind}/{plain}"


def name_any(parameter: str, kinds: Sequence[str], given: str) -> str:
    """``title/17-40`` → itself, where ``title`` is one of the kinds.

    Raises:
        UnknownId: it does not look like an id of one of the kinds.
    """
    kind, mark, _ = unicodedata.normalize("NFKC", given).strip().partition("/")
    if not mark or kind not in kinds:
        raise UnknownId(parameter, given)
    return name_thing(parameter, kind, given)


def check_known(rows: Iterable[Row], context: ApiContext, parameter: str, given: str) -> None:
    """That the rows of the question ``certificate`` describe something that still stands.

    Raises:
        UnknownId: nothing was minted under this id.
        Withdrawn: it was, and was withdrawn.
    """
    first = next(iter(rows), None)
    if first is None:
        raise UnknownId(parameter, given)
    if first.get("withdrawn"):
        successor = first.get("successor")
        raise Withdrawn(parameter, given, context.path(str(successor)) if successor else None)


async def check_certificates(context: ApiContext, named: Mapping[str, tuple[str, str]]) -> None:
    """The same for certificates that parameters name: IRI → parameter and value.

    Raises:
        UnknownId: nothing was minted under an id.
        Withdrawn: it was, and was withdrawn.
    """
    rows = await context.ask("certificate", certificate=list(named)) if named else []
    for iri, (parameter, given) in named.items():
        check_known((row for row in rows if row["certificate"] == iri), context, parameter, given)


def iris(rows: Iterable[Row], *names: str) -> list[str]:
    """The values of these columns that are bound, in the order of the rows, each once."""
    return list(dict.fromkeys(str(row[name]) for row in rows for name in names if name in row))


def group_by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """The rows by the value of a column, in their order; those in which it is unbound are left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if column in row:
            groups.setdefault(str(row[column]), []).append(row)
    return groups


def text(row: Row, name: str) -> str | None:
    """A value as text; ``None`` where it is unbound."""
    return str(row[name]) if name in row else None


def local(context: ApiContext, row: Row, name: str) -> str | None:
    """An enumerated value or a path; ``None`` where it is unbound."""
    return context.path(str(row[name])) if name in row else None


def read_source(context: ApiContext, row: Row, entry: str = "entry", number: str = "row") -> Source:
    """The printed row that a row of an answer rests on."""
    return Source(
        entry=context.path(str(row[entry])),
        row=str(row[number]),
        edition=context.path(str(row["edition"])),
        document=text(row, "document"),
        certain=bool(row["certain"]),
    )


def read_match(context: ApiContext, row: Row) -> Match:
    """The curated statement in a row of an answer."""
    justification = text(row, "justification")
    return Match(
        id=context.path(str(row["match"])),
        justification=justification.rpartition("/")[2] if justification else None,
        confidence=float(row["confidence"]) if "confidence" in row else None,
        author=local(context, row, "author"),
        reviewer=local(context, row, "reviewer"),
        comment=read_note(row, "comment") or read_note(row, "reason"),
    )


def gather_texts(rows: Iterable[Row], column: str = "text") -> Texts | None:
    """Texts by language; ``None`` where there are none."""
    found: dict[str, dict[str, None]] = {"zh": {}, "en": {}}
    for row in rows:
        found["en" if row.get("language") == "en" else "zh"][str(row[column])] = None
    return Texts(zh=list(found["zh"]), en=list(found["en"])) if any(found.values()) else None


def read_label(rows: Iterable[Row], column: str) -> Label | None:
    """A text that is stated once, in one or both languages, a row for each; its language stands in ``language``."""
    texts = {str(row["language"]): str(row[column]) for row in rows if column in row}
    if not texts:
        return None
    return Label(zh=texts.get("zh") or next(iter(texts.values())), en=texts.get("en"))


def read_note(row: Row, column: str) -> Note | None:
    """A note that stands in two columns of one row (``noteZh`` and ``noteEn`` for ``note``), in one or both languages."""
    zh, en = text(row, f"{column}Zh"), text(row, f"{column}En")
    return Note(zh=zh, en=en) if zh or en else None


def read_pair(row: Row, column: str) -> Label | None:
    """A text that stands in two columns of one row: ``scopeZh`` and ``scopeEn`` for ``scope``."""
    zh = text(row, f"{column}Zh")
    return Label(zh=zh, en=text(row, f"{column}En")) if zh is not None else None
