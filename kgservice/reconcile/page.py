"""What a person sees at the address of the service; a client gets the manifest there."""

from __future__ import annotations

from collections.abc import Sequence

from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.reconcile.manifest import MOST_QUERIES
from kgservice.reconcile.properties import PROPERTIES
from kgservice.sparql.negotiate import choose, parse_accept

_OFFERED = ("application/json", "text/html")


def is_for_person(accept: Sequence[str]) -> bool:
    """Whether a request asks for HTML rather than for JSON, as browsers do."""
    return choose(parse_accept(accept), _OFFERED) == "text/html"


async def make_page(view: View) -> Page:
    """How to use the service, and what a match means."""
    return Page(
        "reconcile.html",
        view.t("核对证书名称", "Reconcile names of certificates"),
        {
            "most": MOST_QUERIES,
            "stated": [one for one in PROPERTIES.values() if one.stated],
            "fetched": list(PROPERTIES.values()),
        },
        view.t(
            "OpenRefine 核对服务：把自有数据中的证书列与职称图谱核对。",
            "An OpenRefine reconciliation service over overseas certificates and their issuers.",
        ),
    )
