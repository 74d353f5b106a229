"""What an audit says."""

from __future__ import annotations

from src.services.audit.auditing import AuditReport
from src.services.registry import Services
from tests.integration.audit.corruptions import Corrupt

# The check that must find it, what is done, and the checks of other documents that tell of the same.
Corruption = tuple[str, Corrupt, list[str]]


def red(report: AuditReport) -> dict[str, list[str]]:
    """Returns what the checks that found something have found."""
    return {result.name: result.shown for result in report.results if result.count}


def assert_found(audited: Services, corrupt: Corrupt, checks: list[str]) -> None:
    """Asserts that these checks find the corruption, and that no other check does."""
    corrupt()
    found = red(audited.audit.run())
    assert set(found) == set(checks), found
