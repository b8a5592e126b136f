"""The health page that load balancers and Secure Hub ask for, on ports 80, 443 and 8443, without a login."""

from datetime import datetime
from email.utils import format_datetime

from aiohttp import web

from practice.http import never
from practice.world import Node, World

PATH = "/zdm/cxf/public/getserverinfo"


def keep_time(app: web.Application, world: World, node: Node) -> web.Application:
    """Let every answer of `app` carry the node's own clock in its `Date` header."""

    async def put(_: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = format_datetime((world.now() + node.clock_offset).replace(microsecond=0), usegmt=True)

    app.on_response_prepare.append(put)
    return app


def server_info(now: datetime, *, enrolment: bool) -> str:
    """The page's XML."""
    enabled = "true" if enrolment else "false"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<response><status>OK</status><result><serverInfo>"
        f"<serverTime>{int(now.timestamp() * 1000)}</serverTime>"
        f"<enrollmentConfig><enrollmentEnabled>{enabled}</enrollmentEnabled><enrollmentPIN>false</enrollmentPIN>"
        "<enrollmentPassword>true</enrollmentPassword><enrollmentType>classic</enrollmentType>"
        "<enrollmentUsername>true</enrollmentUsername></enrollmentConfig>"
        "</serverInfo></result></response>"
    )


def health_app(world: World, node: Node) -> web.Application:
    """What a node serves to devices: the health page alone."""

    async def show(_: web.Request) -> web.Response:
        if any(world.faults.strike("silent", scope) for scope in ("xenmobile", node.name)):
            await never()
        if world.faults.strike("redirect", "xenmobile:getserverinfo"):
            return web.Response(status=302, headers={"Location": "/zdm/login_xdm_uc.jsp"})
        text = server_info(world.now(), enrolment=world.enrolment_enabled)
        return web.Response(text=text, content_type="application/xml")

    app = web.Application()
    app.router.add_get(PATH, show)
    return keep_time(app, world, node)
