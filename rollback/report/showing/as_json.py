"""The report as JSON, and the schema that it keeps; `docs/report.schema.json` is the same schema as a file."""

from typing import Any

from rollback.report.model import Report


def as_json(report: Report) -> str:
    """The whole report."""
    return report.model_dump_json(indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of the report; each field's description says what it holds."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
