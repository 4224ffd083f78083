"""The form of ``/eligibility``: what was written into it, and the person that comes of it.

Everything that was written is kept, faults and all, so that nobody has to write it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from kgservice.api.eligibility_request import today
from kgservice.api.models import Label
from kgservice.eligibility.facts import Facts
from kgservice.eligibility.loading import normalise
from kgservice.eligibility.person import Held, Person
from kgservice.eligibility.values import (
    NO_DEGREE,
    ValueFault,
    find_certificate,
    read_cell_answer,
    read_cell_years,
    read_day,
)
from kgservice.pages.finding.pasted import CERTIFICATES
from kgservice.search.find import find
from kgservice.search.index import SearchIndex

MOST_CERTIFICATES = 8
MOST_CHOICES = 12
LONGEST = 300  # of a value; a field takes fewer
T = TypeVar("T")
MAINLAND, HK_MO_TW, FOREIGN, ELSEWHERE = "mainland", "hk-mo-tw", "foreign", "elsewhere"
IN_REGION = "WorkInRegion"
# From the lowest to the highest, as people look for theirs; the graph does not order them.
_DEGREES = ("secondary-vocational", "college", "undergraduate", "bachelor", "second-bachelor", "master", "doctorate")  # fmt: skip
_FIRST = Label(zh="请至少填写一个证书。", en="Name at least one certificate.")
_UNKNOWN = Label(
    zh="没有找到这一证书。请核对写法，或换用外文名、缩写；也可能各地目录都没有列出它。",
    en="No such certificate was found. Check the spelling, or try its foreign name or abbreviation; perhaps no directory lists it.",
)
_SEVERAL = Label(
    zh="这可能是以下几种证书之一，请选出您手上的那一种。",
    en="This may be one of several certificates: choose the one that you hold.",
)
_TWICE = Label(
    zh="这一证书上面已经填过。请删去其中一个。",
    en="This certificate is named above already: remove one of the two.",
)
_NO_CHOICE = Label(
    zh="所选的不在选项之内，请重新选择。",
    en="What was chosen is none of the choices: choose again.",
)
_DEGREE_OR_NONE = Label(
    zh="既选了“均无”又选了学历学位。请二选一。",
    en="“None of these” and a degree are both chosen: keep one of the two.",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A certificate that a text may mean: its path, its label, and its name that matched."""

    id: str
    label: Label
    name: str


@dataclass(slots=True)
class Line:
    """One certificate as it was written. ``id`` is what it was found to be."""

    text: str = ""
    since: str = ""
    id: str | None = None
    label: Label | None = None
    choices: Sequence[Choice] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return not self.text and not self.since


@dataclass(slots=True)
class Form:
    """What was written, and what is wrong with it: ``faults`` by the id of the field."""

    lines: list[Line] = field(default_factory=lambda: [Line()])
    degrees: list[str] = field(default_factory=list)
    work: str = ""
    science: str = ""
    overseas: str = ""
    origin: str = ""
    household: str = ""
    in_region: dict[str, str] = field(default_factory=dict)
    on: str = ""
    regions: list[str] = field(default_factory=list)
    faults: dict[str, Label] = field(default_factory=dict)
    person: Person | None = None

    @property
    def only_choices(self) -> bool:
        """Nothing is wrong; only it is still to be said which of several certificates is meant."""
        return all(fault is _SEVERAL for fault in self.faults.values())


def read_form(pairs: Sequence[tuple[str, str]], facts: Facts, index: SearchIndex) -> Form:
    """The form that was sent, with every text looked up and every value checked.

    ``person`` is there where nothing is wrong and every certificate is known.
    """
    one = {name: value.strip()[:LONGEST] for name, value in pairs}
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value.strip()[:LONGEST])
    form = Form(
        lines=_read_lines(one, facts, index),
        degrees=many.get("degree", []),
        work=one.get("work", ""),
        science=one.get("science", ""),
        overseas=one.get("overseas", ""),
        origin=one.get("origin", ""),
        household=one.get("household", ""),
        in_region={code: one.get(f"years-{code}", "") for code in asked_regions(facts)},
        on=one.get("on", ""),
        regions=list(dict.fromkeys(many.get("region", []))),
    )
    form.person = _read_person(form, facts)
    return form


def order_degrees(facts: Facts) -> list[str]:
    """The degrees, the lowest first; one that is not known here comes last."""
    places = {f"degree/{code}": place for place, code in enumerate(_DEGREES)}
    return sorted(facts.degrees, key=lambda degree: places.get(degree, len(places)))


def asked_regions(facts: Facts) -> list[str]:
    """The codes of the regions where some rule asks for years of work in the region."""
    asking = {
        edition.region.rpartition("/")[2]
        for edition in facts.editions
        for rule in facts.rules.get(edition.name.id, ())
        for way in rule.alternatives
        for demand in way.demands
        if demand.years_of == IN_REGION
    }
    return sorted(asking)


def _read_lines(one: Mapping[str, str], facts: Facts, index: SearchIndex) -> list[Line]:
    lines = []
    for place in range(MOST_CERTIFICATES):
        if f"c{place}" not in one:
            continue
        line = Line(one[f"c{place}"], one.get(f"c{place}-since", ""))
        # The id that was chosen counts for the text that it was chosen for.
        chosen, _, text = one.get(f"c{place}-id", "").partition(" ")
        _find(line, chosen if text == line.text else "", facts, index)
        lines.append(line)
    return lines or [Line()]


def _find(line: Line, chosen: str, facts: Facts, index: SearchIndex) -> None:
    """What the text of a line names. Of several, none is picked."""
    if not line.text:
        return
    for identity in (chosen, line.text):
        try:
            _settle(line, find_certificate(identity, facts), facts)
            return
        except ValueFault:
            continue
    named = facts.by_name.get(normalise(line.text), ())
    hits = find(index, line.text, types=CERTIFICATES, limit=MOST_CHOICES)
    exact = {hit.path for hit in hits if hit.how == "exact"} | set(named)
    if len(exact) == 1:
        _settle(line, exact.pop(), facts)
        return
    found = dict.fromkeys(named, line.text) | {
        hit.path: hit.name for hit in hits if not exact or hit.path in exact
    }
    line.choices = [Choice(path, _label(path, facts), name) for path, name in found.items()]


def _settle(line: Line, path: str, facts: Facts) -> None:
    line.id, line.label = path, _label(path, facts)


def _label(path: str, facts: Facts) -> Label:
    name = facts.name(path)
    return Label(zh=name.zh, en=name.en)


def _read_person(form: Form, facts: Facts) -> Person | None:
    faults = form.faults
    held: list[Held] = []
    for place, line in enumerate(form.lines):
        since = _read(faults, f"c{place}-since", line.since, read_day)
        if line.choices:
            faults[f"c{place}"] = _SEVERAL
        elif line.id is None and not line.empty:
            faults[f"c{place}"] = _UNKNOWN
        elif line.id is not None and any(other.certificate == line.id for other in held):
            faults[f"c{place}"] = _TWICE
        elif line.id is not None:
            held.append(Held(line.id, since, place))
    if all(line.empty for line in form.lines):
        faults["c0"] = _FIRST
    degrees = {code for code in form.degrees if code in facts.degrees}
    none = NO_DEGREE in form.degrees
    if none and degrees:
        faults["degrees"] = _DEGREE_OR_NONE
    work = _read(faults, "work", form.work, read_cell_years)
    in_region: dict[str, Decimal] = {}
    for code, text in form.in_region.items():
        years = _read(faults, f"years-{code}", text, read_cell_years)
        if years is not None:
            in_region[code] = years
    science = _read(faults, "science", form.science, read_cell_answer)
    overseas = _read(faults, "overseas", form.overseas, read_cell_answer)
    on = _read(faults, "on", form.on, read_day)
    offered = {
        "degrees": (form.degrees, {*facts.degrees, NO_DEGREE}),
        "origin": ([form.origin], {"", MAINLAND, HK_MO_TW, FOREIGN}),
        "household": ([form.household], {"", *facts.codes, ELSEWHERE}),
        "regions": (form.regions, facts.codes),
    }
    for name, (chosen, choices) in offered.items():
        if not all(one in choices for one in chosen):
            faults[name] = _NO_CHOICE
    if faults:
        return None
    return Person(
        on=on or today(),
        held=tuple(held),
        degrees=frozenset(degrees) if degrees or none else None,
        science_or_engineering=science,
        years_of_work=work,
        years_in_region=in_region,
        foreign=form.origin == FOREIGN if form.origin else None,
        hong_kong_macao_taiwan=form.origin == HK_MO_TW if form.origin else None,
        local_household=_read_household(form, facts),
        overseas_link=overseas,
    )


def _read_household(form: Form, facts: Facts) -> dict[str, bool] | None:
    """A household is registered in one place: in no other region then."""
    if not form.household:
        return None
    return {code: code == form.household for code in facts.codes}


def _read(
    faults: dict[str, Label], place: str, text: str, read: Callable[[str], T | None]
) -> T | None:
    """A value; ``None`` where none is written or it is no such value, which is then among the faults."""
    if not text:
        return None
    try:
        return read(text)
    except ValueFault as fault:
        faults[place] = Label(zh=f"{fault.zh}。", en=f"It {fault.en}.")
        return None
