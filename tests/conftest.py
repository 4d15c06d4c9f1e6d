"""All tests: a home of their own, one thread, no display unless one was asked for."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# How long an example takes, or takes to make, says how busy the machine is, not whether the law holds.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def _home(tmp_path_factory):
    """Cache and settings of the tests never touch the user's."""
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("LIKENESS_HOME")
    os.environ["LIKENESS_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["LIKENESS_HOME"]
    else:
        os.environ["LIKENESS_HOME"] = before
