"""A request without a query: the service description, or a page with a form for a browser."""

from __future__ import annotations

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.check import Form
from kgservice.sparql.choice import Question, choose_format
from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.receiving import origin_of, text_of
from kgservice.sparql.request import RawRequest, Scope, SparqlRequest
from kgservice.sparql.results import GRAPHS, media_types
from kgservice.sparql.source import Source
from kgservice.sparql.validators import digest

HTML = "text/html"


def read_description(
    request: SparqlRequest, scope: Scope, raw: RawRequest, source: Source
) -> Question | None:
    """The question that the service description answers; ``None`` when a browser wants a page.

    Raises:
        NotAcceptable, ParameterError: neither will do.
    """
    accept = text_of(raw.accept)
    if request.format is None:
        offered = [*media_types(GRAPHS), HTML]
        wanted = choose(parse_accept([accept] if accept else []), offered)
        if wanted is None:
            raise NotAcceptable(offered)
        if wanted == HTML:
            return None
    choice = choose_format(Form.CONSTRUCT, request.format, accept)
    # The description shows the address that was asked, which is no part of the raw request.
    key = digest(source.stamp, origin_of(scope), request.dataset, choice.media_type)
    return Question(Query("", choice.format.key), choice, key, weak=True, by_request=False)
