"""Runs inside of the project's pytest: switches off what runs tests again or in an order of its own.

The plug-ins stay loaded until the command line is read and the markers are known: `--reruns 2` in a project's
options, or a strict marker of theirs, stays valid and means nothing. Needs nothing but pytest's own names.
"""

from __future__ import annotations

from typing import Any

OFF = ("pytest_rerunfailures", "pytest_retry", "flaky", "pytest_randomly", "random_order")


def pytest_configure(config: Any) -> None:
    _switch_off(config)


def pytest_runtestloop(session: Any) -> None:
    # Once more, for what a conftest.py deep in the tree has loaded since.
    _switch_off(session.config)


def _switch_off(config: Any) -> None:
    manager = config.pluginmanager
    for plugin in list(manager.get_plugins()):
        # Modules alone: what they register for xdist's workers has to stay, and runs nothing again.
        if str(getattr(plugin, "__name__", "")).partition(".")[0] in OFF:
            manager.unregister(plugin)
