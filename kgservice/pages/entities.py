"""The pages of things, by the first part of their path: ``certificate`` → what shows a certificate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kgservice.api.context import ApiContext
from kgservice.pages.about.ontology import make_ontology_page
from kgservice.pages.certificate.issuer import IssuerPages
from kgservice.pages.certificate.page import CertificatePages
from kgservice.pages.certificate.places import PlaceBoard
from kgservice.pages.places.pages import make_place_pages
from kgservice.pages.site import Page
from kgservice.pages.view import View

# Takes the view and the path (``certificate/c00085``); raises UnknownId or Withdrawn (kgservice.api.errors), or
# NoPageOfItsOwn (kgservice.pages.site).
EntityPage = Callable[[View, str], Awaitable[Page]]


def make_entity_pages(context: ApiContext) -> dict[str, EntityPage]:
    """The pages of the things that have one of their own; ``ns`` is that of the whole ontology, with an empty path.

    :mod:`kgservice.linked` answers below ``/doc`` and ``/ns`` with them, and with a page of its own for other things.
    """
    board = PlaceBoard(context)
    certificates = CertificatePages.make(context, board)
    return {
        "certificate": certificates,
        "family": certificates,
        "issuer": IssuerPages(context, board),
        **make_place_pages(context),
        "ns": make_ontology_page(context),
    }
