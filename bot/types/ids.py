"""Names for strings that must never be mixed up."""

from __future__ import annotations

from typing import NewType

Sha = NewType("Sha", str)
"""A commit, 40 hex digits."""

Tree = NewType("Tree", str)
"""A tree, 40 hex digits: exact contents, whatever the history."""

Blob = NewType("Blob", str)
"""One file's contents, 40 hex digits."""

Branch = NewType("Branch", str)
"""A branch without `refs/heads/`."""

UnitId = NewType("UnitId", str)
"""slug of the shard + 8 hex of hash(workflow, sorted shard paths): the same from run to run."""

LayerId = NewType("LayerId", str)
"""slug + 8 hex of the layer's unit ids."""

RunId = NewType("RunId", str)

Key = NewType("Key", str)
"""What a call was asked, hashed: equal keys are one call."""
