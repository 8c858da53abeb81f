"""The API described: what every operation has in common, and the page that shows it."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from drf_spectacular.views import SpectacularSwaggerSplitView

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that the client saw; another one is answered 412."
)


class Bearer(OpenApiAuthenticationExtension):
    """How a client shows who it is."""

    target_class = "staff.signin.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ScrapeToken(OpenApiAuthenticationExtension):
    """How a program that watches the installation shows that it may."""

    target_class = "monitoring.doors.ScrapeToken"
    name = "scrapeToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "METRICS_TOKEN of the installation."}


# Swagger UI writes style elements and attributes of its own; on this page, and only here, they may stand.
docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)


def document_errors(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Schema hook: every operation may answer with the one error shape."""
    text = {"type": "string"}
    error = {
        "type": "object",
        "required": ["code", "message", "fields", "request_id"],
        "properties": {
            "code": text,
            "message": {"type": "string", "description": "One sentence for people."},
            "fields": {"type": "object", "additionalProperties": text},
            "request_id": text,
        },
    }
    shape = {"type": "object", "required": ["error"], "properties": {"error": error}}
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = shape
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"description": "Refused, or gone wrong.", "content": content}
    return result
