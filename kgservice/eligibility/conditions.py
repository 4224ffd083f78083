"""Single conditions against a person's data. Each gives a reason of the kind met, fails, data_missing or not_stated."""

from __future__ import annotations

from kgservice.eligibility.facts import Alternative, Demand, Edition, Facts, Row
from kgservice.eligibility.person import Held, Person, full_years_later, years_held
from kgservice.eligibility.reasons import Reason, answer_of, compare_years

# The discipline that a person is asked about; another one cannot be judged by that answer.
SCIENCE_OR_ENGINEERING = "理工科"


def check_in_force(edition: Edition, person: Person) -> list[Reason]:
    """Nothing where the edition is in force on the day; a reason where its dates are not printed."""
    if edition.in_force(person.on) == "yes":
        return []
    return [
        Reason(
            "in_force",
            "not_stated",
            "该版本的生效日期未印明，当日是否有效无法确定",
            "The edition prints no date from which it is in force; whether it was on that day is not known",
        )
    ]


def check_degree(way: Alternative, person: Person, facts: Facts) -> Reason:
    """The degree exactly as printed: a higher one does not stand in for it."""
    degree = facts.name(way.degree)
    if person.degrees is None:
        return Reason(
            "degree",
            "data_missing",
            f"须具备{degree.zh}；未给出（degrees）",
            f"Asked for: {degree.english}; not given (degrees)",
            "degrees",
            degrees=(degree,),
        )
    if way.degree in person.degrees:
        return Reason(
            "degree",
            "met",
            f"须具备{degree.zh}；已满足",
            f"Asked for: {degree.english}: met",
            "degrees",
            degrees=(degree,),
        )
    return Reason(
        "degree_not_printed",
        "fails",
        f"此条只印明{degree.zh}，所具学历学位不在其内",
        f"The line prints only: {degree.english}; none of the degrees given is it",
        "degrees",
        degrees=(degree,),
    )


def check_demand(demand: Demand, person: Person, edition: Edition, facts: Facts) -> list[Reason]:
    """Everything that one further demand asks."""
    reasons = []
    if demand.min_years is not None and demand.years_of is not None:
        reasons.append(check_years(demand.years_of, demand.min_years, person, edition, facts))
    if demand.discipline is not None:
        if SCIENCE_OR_ENGINEERING in demand.discipline.zh:
            given = person.science_or_engineering
            parameter = "discipline.science_or_engineering"
            reasons.append(answer_of("discipline", demand.discipline, given, parameter))
        else:
            reasons.append(answer_of("discipline", demand.discipline, None, "discipline"))
    if demand.overseas_link is not None:
        reasons.append(
            answer_of("overseas_link", demand.overseas_link, person.overseas_link, "overseas_link")
        )
    return reasons


def check_years(
    years_of: str, required: int, person: Person, edition: Edition, facts: Facts
) -> Reason:
    """Years of relevant work, or of work in the edition's region. Other years cannot be judged here."""
    if years_of == "RelevantWork":
        given = person.years_of_work
        return compare_years(
            "years_of_work", "相关工作", "relevant work", required, given, "years_of_work"
        )
    region = facts.name(edition.region)
    code = edition.region.rpartition("/")[2]
    if years_of == "WorkInRegion":
        return compare_years(
            "years_in_region",
            f"在{region.zh}从事相关工作",
            f"relevant work in {region.english}",
            required,
            person.years_in(code),
            f"years_in_region.{code}",
        )
    return compare_years(
        "years", "所要求的年限", "what is asked for", required, None, "certificates"
    )


def check_holding(row: Row, held: Held, person: Person) -> list[Reason]:
    """That the certificate was held on the day, and for as long as the row asks."""
    parameter = f"certificates.{held.place}.held_since"
    if held.since is not None and held.since > person.on:
        return [
            Reason(
                "certificate_not_yet_held",
                "fails",
                f"当日尚未持有该证书（自{held.since}起持有）",
                f"The certificate is not held yet on that day (from {held.since})",
                parameter,
                met_from=held.since,
            )
        ]
    if not row.holding_years:
        return []
    since, required = held.since, row.holding_years
    return [
        compare_years(
            "years_holding",
            "持证",
            "holding the certificate",
            required,
            None if since is None else years_held(since, person.on),
            parameter,
            None if since is None else full_years_later(since, required),
        )
    ]


def check_member(row: Row, held: Held, facts: Facts) -> list[Reason]:
    """Nothing, unless the row lists a member of a family and only the family is given."""
    if row.basis != "member":
        return []
    family = facts.name(row.certificate)
    parameter = f"certificates.{held.place}"
    return [
        Reason(
            "family_member",
            "data_missing",
            f"该行只列入“{family.zh}”中的某一证书；所持是哪一种未给出（{parameter}）",
            f"The row lists one certificate of “{family.english}”; which one is held is not given ({parameter})",
            parameter,
        )
    ]


def check_holder(
    holders: tuple[str, ...], person: Person, edition: Edition, facts: Facts
) -> list[Reason]:
    """That the person is of one of the kinds for whom a benefit is; nothing where it is for everyone."""
    if not holders:
        return []
    code = edition.region.rpartition("/")[2]
    local = person.is_local(code)
    known = {
        "ForeignNational": (person.foreign, "foreign"),
        "HongKongMacaoTaiwan": (person.hong_kong_macao_taiwan, "hong_kong_macao_taiwan"),
        "NoLocalHousehold": (None if local is None else not local, f"local_household.{code}"),
    }
    answers = [known.get(kind, (None, "foreign")) for kind in holders]
    parameter = ", ".join(name for value, name in answers if value is None) or answers[0][1]
    kinds = [facts.name(kind) for kind in holders]
    zh, en = "、".join(kind.zh for kind in kinds), " or ".join(kind.english for kind in kinds)
    if any(value is True for value, _ in answers):
        return [
            Reason("holder_kind", "met", f"只面向：{zh}；已满足", f"Only for: {en}. Met", parameter)
        ]
    if any(value is None for value, _ in answers):
        return [
            Reason(
                "holder_kind",
                "data_missing",
                f"只面向：{zh}；未给出（{parameter}）",
                f"Only for: {en}. Not given ({parameter})",
                parameter,
            )
        ]
    return [
        Reason(
            "holder_kind", "fails", f"只面向：{zh}；不属于", f"Only for: {en}. Not met", parameter
        )
    ]
