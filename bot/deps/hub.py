"""The github forge, as the environment leads to it."""

from __future__ import annotations

from bot.clock import Clock
from bot.environment import GitHub
from bot.errors import InputError
from bot.git import Git
from bot.ports.events import Events
from bot.ports.forge import Forge


def github(hub: GitHub, git: Git, clock: Clock, events: Events) -> Forge:
    """Raises InputError where the environment does not say who may write, and where."""
    if hub.token is None:
        raise InputError("there is no token for GitHub", "Set one that may write: export GITHUB_TOKEN=...")
    if hub.repository is None:
        raise InputError(
            "nothing says which repository on GitHub it is", "Type: export GITHUB_REPOSITORY=OWNER/NAME"
        )
    # Here, like the other outside libraries' adapters: what a run does not use it need not load.
    from bot.forges.github import GitHubForge

    return GitHubForge(
        hub.repository,
        hub.token.get_secret_value(),
        git,
        api_url=hub.api_url,
        server_url=hub.server_url,
        clock=clock,
        events=events,
    )
