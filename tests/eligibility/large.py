"""The facts of a country that does not exist: many regions, each with one edition and some with a row."""

from __future__ import annotations

from datetime import date

from kgservice.eligibility.facts import Edition, Facts, Grant, Named, Row, Rows
from kgservice.eligibility.levels import Levels

HELD, OTHER = "certificate/c00001", "certificate/c00002"


def region(number: int) -> str:
    """The path of a region."""
    return f"region/{number:06}"


def edition(number: int) -> str:
    """The path of a region's edition."""
    return f"edition/{number:06}-1/2020"


def make_facts(regions: int) -> Facts:
    """So many regions, from 000001 on."""
    names = [Named(HELD, "甲证", "First"), Named(OTHER, "乙证", "Second")]
    names += [Named("title-level/30", "中级", "Middle"), Named("degree/bachelor", "学士学位")]
    names += [Named(region(number), f"第{number}区") for number in range(1, regions + 1)]
    return Facts(
        editions=tuple(_edition(number) for number in range(1, regions + 1)),
        rules={},
        tiers={},
        levels=Levels({"title-level/30": 30}, {}),
        names={one.id: one for one in names},
        degrees=("degree/bachelor",),
        certificates=frozenset({HELD, OTHER}),
        by_name={},
    )


def _edition(number: int) -> Edition:
    return Edition(
        name=Named(edition(number), f"第{number}区目录"),
        region=region(number),
        directory=f"directory/{number:06}-1",
        version="2020",
        document=None,
        starts=date(2020, 1, 1),
        start_printed=True,
        ends=None,
        complete=True,
        scope=None,
    )


def make_rows(*numbers: int, certificate: str = HELD) -> Rows:
    """A row for a certificate in each of these regions; none for the other one."""
    found = {
        edition(number): (
            Row(
                certificate=certificate,
                basis="listed",
                recognition=f"recognition/{number:06}",
                edition=edition(number),
                entry=f"entry/{number:06}-1/2020/1",
                row="1",
                certain=True,
                mode="ExactLevel",
                effects=(),
                rule=None,
                tier=None,
                grants=(Grant("title-level/30"),),
                readable=True,
                holding_years=None,
            ),
        )
        for number in numbers
    }
    return {one: found if one == certificate else {} for one in (HELD, OTHER)}
