"""What no route lets pass: a parameter that it does not have, or one value too many."""

from __future__ import annotations

from typing import get_origin

from fastapi import Request
from fastapi.routing import APIRoute

from kgservice.sparql.request import ParameterError


def refuse_unknown(request: Request) -> None:
    """A mistyped parameter would otherwise be ignored, and the answer be one to another question.

    Raises:
        ParameterError: a parameter that the route does not have, or that is repeated where one value is taken.
    """
    route = request.scope["route"]
    if not isinstance(route, APIRoute):
        return
    several = {
        parameter.alias: get_origin(parameter.field_info.annotation) is list
        for parameter in route.dependant.query_params
    }
    for name in request.query_params:
        if name not in several:
            listed = ", ".join(sorted(several))
            raise ParameterError(
                name,
                f"There is no parameter '{name[:80]}' here. "
                + (f"There are: {listed}." if listed else "There are none."),
                f"此处没有参数“{name[:80]}”。"
                + (f"可用的参数：{listed}。" if listed else "此处不用参数。"),
            )
        if not several[name] and len(request.query_params.getlist(name)) > 1:
            raise ParameterError(
                name,
                f"Parameter '{name}' takes one value. Give one.",
                f"参数“{name}”只取一个值。请只给一个。",
            )
