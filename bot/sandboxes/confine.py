"""Runs one command below sandlock: a program of its own, so that its supervisor can be killed.

`python -I confine.py SITE POLICY COMMAND`: where sandlock is installed, its settings as JSON, and what the
shell is to run.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

CAP_BOUNDING_SET_DROP = 24
KILLED = 137
CANNOT = 125
ATTEMPTS = 3


def main(site: str, policy: str, command: str) -> int:
    sys.path.append(site)
    from sandlock import SandlockError

    drop_capabilities()
    settings = json.loads(policy)
    # By it we find what outlives us.
    settings["env"] |= {name: os.environ[name] for name in ("GATECREW_PROCESS",) if name in os.environ}
    for left in reversed(range(ATTEMPTS)):
        # What other programs removed since the list was made would be an error.
        settings["fs_readable"] = [path for path in settings["fs_readable"] if os.path.lexists(path)]
        try:
            return run(settings, command)
        except (RuntimeError, SandlockError) as err:
            if not left:
                os.write(2, f"sandlock: {err}\n".encode())
    return CANNOT


def run(settings: dict[str, Any], command: str) -> int:
    from sandlock import Sandbox, StdioMode

    process = Sandbox(**settings).popen(
        ["/bin/sh", "-c", command], stdin=StdioMode.NULL, stdout=StdioMode.INHERIT, stderr=StdioMode.INHERIT
    )
    ended = process.wait()
    return int(ended.exit_code) if ended.exit_code >= 0 else KILLED


def drop_capabilities() -> None:
    """What root may do to devices and to other users' files, no program that it starts may do."""
    prctl = ctypes.CDLL(None).prctl
    capability = 0
    while prctl(CAP_BOUNDING_SET_DROP, capability, 0, 0, 0) == 0:
        capability += 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
