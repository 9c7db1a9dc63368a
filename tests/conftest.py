"""What all suites share: properties are judged by what they find, not by how busy the machine is."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much the sweeps of faults covered, in all workers."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, ())]
    sweeps = [value for one in reports for name, value in getattr(one, "user_properties", ()) if name == "fault_sweep"]
    if sweeps:
        calls = {
            flow: covered for flow, covered, _ in sorted(sweeps)
        }  # the same flow is swept with switches turned, too
        cases = sum(cases for _, _, cases in sweeps)
        terminalreporter.write_line(
            f"fault sweep: {sum(calls.values()):,} calls of {len(calls)} flows, {cases:,} cases"
        )
