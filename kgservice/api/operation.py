"""Health and figures over HTTP."""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kgservice.operation.application import Application
from kgservice.operation.errors import MetricsRefused
from kgservice.operation.health import Readiness
from kgservice.operation.metrics import CONTENT_TYPE, Metrics

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
NO_STORE = {"cache-control": "no-store"}


def make_router(
    application: Application, metrics: Metrics | None, *, everybody: bool = False
) -> APIRouter:
    """``/health/live``, ``/health/ready``, and ``/metrics`` when there are ``metrics`` to show.

    ``everybody``: the figures are shown to all; otherwise to this machine, and not through a proxy on it.
    """
    router = APIRouter(tags=["operation"])
    readiness = Readiness(application)

    # Load balancers like to ask with HEAD.
    @router.head("/health/live", include_in_schema=False)
    @router.get("/health/live", summary="The process is up · 进程存活")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.head("/health/ready", include_in_schema=False)
    @router.get("/health/ready", summary="A query is answered · 可以查询")
    async def ready(response: Response) -> dict[str, Any]:
        response.headers.update(NO_STORE)
        return await readiness.check()

    if metrics is not None:

        @router.get("/metrics", summary="Figures for Prometheus · 供 Prometheus 读取的指标")
        async def figures(request: Request) -> Response:
            if not everybody and not _from_here(request):
                raise MetricsRefused
            return Response(metrics.text(), media_type=CONTENT_TYPE, headers=NO_STORE)

    return router


def _from_here(request: Request) -> bool:
    """Whether a program on this machine asks for itself: a proxy says that it asks for somebody else."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
