"""A day as a parameter, the same for every route that takes one."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check_day(given: object) -> object:
    """A day as YYYY-MM-DD only: a number would be taken for seconds since 1970, a time for its day."""
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise PydanticCustomError("date_parsing", "not a day")
    return given


ExactDay = Annotated[date, BeforeValidator(check_day)]
