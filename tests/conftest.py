"""What holds for all tests: where every judge is required, a test that was left out is a failure."""

import os

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # noqa: ANN201, ARG001 - pytest's own
    """Turn "left out" into a failure where ROLLBACK_BOT_REQUIRE_JUDGES is set, except what no judge here can do."""
    report = yield
    required = os.environ.get("ROLLBACK_BOT_REQUIRE_JUDGES")
    if required and report.skipped and "no judge can" not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"required here, but left out: {report.longrepr}"
    return report
