"""A worker's edits, as texts. Files keep their line ends; what was hidden from the model stays as it is."""

from __future__ import annotations

from bot.ports.engine import Bench, Refused
from bot.redact import Redactor


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as err:
        raise Refused(f"{path!r} is no UTF-8 text, so it cannot be read or edited as text") from err


def _has_crlf(text: str) -> bool:
    return "\r\n" in text and text.count("\r\n") == text.count("\n")


class Edits:
    """Reads and changes texts on a bench, and knows which files differ from before the agent began."""

    def __init__(self, bench: Bench, redact: Redactor) -> None:
        self._bench = bench
        self._redact = redact
        self._before: dict[str, bytes | None] = {}
        self._after: dict[str, bytes | None] = {}

    @property
    def changed(self) -> list[str]:
        return sorted(path for path, data in self._after.items() if data != self._before[path])

    def text_of(self, path: str) -> str:
        """A file's text; line ends are plain ones, as the model writes them."""
        text = _text(path, self._bench.read(path))
        return text.replace("\r\n", "\n") if _has_crlf(text) else text

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.text_of(path)
        count = text.count(old)
        if count != 1:
            wanted = "give the exact text of the file" if not count else "give more of what surrounds it"
            raise Refused(f"the old text stands {count} times in {path!r}, not exactly once: {wanted}")
        self._put(path, text.replace(old, new, 1))

    def write(self, path: str, content: str) -> None:
        old = self._old(path)
        if old is not None:
            text = old.decode("utf-8", "replace")
            if self._redact(text) != text:
                raise Refused(f"{path!r} holds a secret that is hidden from you: change it with edit")
        self._put(path, content)

    def remove(self, path: str) -> None:
        old = self._old(path)
        self._bench.remove(path)
        self._note(path, old, None)

    def _put(self, path: str, text: str) -> None:
        old = self._old(path)
        if old is not None and _has_crlf(old.decode("utf-8", "replace")):
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError as err:
            raise Refused(f"the text for {path!r} holds characters that UTF-8 cannot write") from err
        self._bench.write(path, data)
        self._note(path, old, data)

    def _old(self, path: str) -> bytes | None:
        """What stands there now. A bench refuses paths that do not exist as well as those it hides."""
        try:
            return self._bench.read(path)
        except Refused:
            return None

    def _note(self, path: str, old: bytes | None, new: bytes | None) -> None:
        self._before.setdefault(path, old)
        self._after[path] = new
