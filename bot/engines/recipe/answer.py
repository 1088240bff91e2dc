"""A digest of all that a proposal looked at outside of its shard: equal digests, equal proposals.

Holds no line numbers and no counts, so that unrelated work elsewhere leaves it as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator

from bot.engines.recipe.candidates import is_exported_by_package
from bot.engines.recipe.facts import FileFacts
from bot.engines.recipe.index import Index
from bot.engines.recipe.public import Public


def answer(index: Index, shard_files: Collection[str], questions: Collection[str], public: Public) -> str:
    """Questions are a proposal's: names, and the shard's modules by their paths."""
    shard = {path: facts for path in shard_files if (facts := index.facts(path)) is not None}
    names = set(questions) - set(shard)
    used = index.used_outside(names, shard)
    said = {
        "mode": public.mode,
        "documented": sorted(public.documented.intersection(names)),
        "modules": [_module(index, shard, path, public) for path in sorted(shard)],
        "used": sorted(used),
        "importers": sorted(
            line
            for path, facts in shard.items()
            for line in _imported(index, shard, path, facts, names - used)
        ),
        "loaded": sorted(
            line for path, facts in shard.items() for line in _loaded(index, shard, path, facts)
        ),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _module(index: Index, shard: Collection[str], path: str, public: Public) -> list[object]:
    return [
        path,
        index.names(path)[:1],
        index.is_in_package(path),
        is_exported_by_package(index, path),
        public.protects_module(index, path),
        any(importer not in shard for importer in index.importers(path)),
    ]


def _imported(
    index: Index, shard: Collection[str], path: str, facts: FileFacts, unused: Collection[str]
) -> Iterator[str]:
    """Who imports a function does not matter as long as somebody uses it; with an import it always does."""
    for one in facts.definitions:
        if one.toplevel and (one.name in unused or one.kind == "import"):
            found = [importer for importer in index.importers(path, one.name) if importer not in shard]
            yield json.dumps([path, one.name, found])


def _loaded(index: Index, shard: Collection[str], path: str, facts: FileFacts) -> Iterator[str]:
    """What stands behind the imports that this file does not use itself."""
    for one in facts.definitions:
        if one.kind == "import" and one.name not in facts.used:
            found = [other for other in index.resolve(path, one) if other not in shard]
            acting = [other for other in found if (it := index.facts(other)) and (it.effects or it.broken)]
            yield json.dumps([one.source, found, *([other, *index.importers(other)] for other in acting)])
