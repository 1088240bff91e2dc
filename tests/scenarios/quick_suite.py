"""A test runner in one file, for projects in tests: starts in a tenth of the time that pytest needs.

Called with the report's path, and perhaps ids to run alone. It reports as pytest does: a file that does not
load is an error without a classname. Only functions without arguments are tests.
"""

import importlib
import sys
import traceback
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr


def main() -> int:
    report, wanted = sys.argv[1], sys.argv[2:]
    sys.path.insert(0, str(Path.cwd()))
    cases, failed = [], False
    for path in sorted(Path("tests").glob("test_*.py")):
        module = f"tests.{path.stem}"
        if wanted and not any(name.partition("::")[0] == module for name in wanted):
            continue
        try:
            loaded = importlib.import_module(module)
        except Exception:
            failed = True
            cases.append(case("", module, "error"))
            continue
        for name, test in list(vars(loaded).items()):
            if not name.startswith("test_") or (wanted and not {module, f"{module}::{name}"} & set(wanted)):
                continue
            try:
                test()
                cases.append(case(module, name, ""))
            except Exception:
                failed = True
                cases.append(case(module, name, "failure"))
    Path(report).write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return int(failed)


def case(classname: str, name: str, trouble: str) -> str:
    text = escape(traceback.format_exc()) if trouble else ""
    inside = f"<{trouble} message='it failed'>{text}</{trouble}>" if trouble else ""
    return f"<testcase classname={quoteattr(classname)} name={quoteattr(name)}>{inside}</testcase>"


if __name__ == "__main__":
    sys.exit(main())
