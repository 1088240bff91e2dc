"""What to look for in other languages: their files' endings, and patterns by rule."""

from __future__ import annotations

from collections.abc import Mapping

CI = r"(?:CI|GITHUB_ACTIONS|GITHUB_RUN_ID|GITLAB_CI|TRAVIS|CIRCLECI|BUILDKITE|TF_BUILD)"

LANGUAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "python": (
        ".py .pyi .pyx",
        {
            "runner": r"sys\.modules\b.*\b_?(?:pytest|unittest)"
            r"|^[ \t]*(?:import|from)\s+(?:_?pytest|unittest)\b",
            "environment": rf"environ\b.*['\"]{CI}['\"]|getenv\(\s*['\"]{CI}['\"]",
            "stack": r"\binspect\.stack\b|\b_getframe\b",
            "exit": r"\bos\._exit\b|\batexit\b|^(?:sys\.)?exit\(|^raise SystemExit",
            "imports": r"\bsys\.(?:meta_path|path_hooks)\b",
            "code": r"\b(?:exec|eval)\(",
            "trace": r"\bsys\.set(?:trace|profile)\b",
        },
    ),
    "scripts": (
        ".js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte",
        {
            "runner": r"\b(?:VITEST\w*|MOCHA_\w+)\b|NODE_ENV\b['\"\]]*\s*[!=]==?\s*['\"]test['\"]"
            r"|\btypeof\s+(?:jest|describe|vi|expect|it)\b|\b(?:globalThis|global|window)\.(?:jest|describe|vi|expect)\b"
            r"|\b(?:require|import)\(?\s*['\"](?:@jest/\S+|jest|vitest|mocha|node:test)['\"]",
            "environment": rf"process\.env(?:\.{CI}\b|\[['\"]{CI}['\"]\])",
            "stack": r"new Error\([^)]*\)\.stack\b|\bprepareStackTrace\b|\bgetCallSites?\(",
            "exit": r"\bprocess\.(?:reallyExit|abort)\b|\bprocess\.exitCode\s*=[^=]|^process\.exit\("
            r"|\bprocess\.(?:on|once)\(\s*['\"](?:exit|beforeExit)['\"]|\bprocess\.kill\(\s*process\.p?pid",
            "signals": r"\bprocess\.(?:on|once)\(\s*['\"](?:SIG|uncaughtException|unhandledRejection)",
            "patch": r"\b(?:Date\.now|Math\.random|performance\.now)\s*=[^=]"
            r"|\b(?:Object|Array|String|Number|Date|Function|Promise|Map|Set|RegExp|Error)"
            r"\.prototype\.\w+\s*=[^=]"
            r"|\bObject\.(?:is|keys|defineProperty)\s*=[^=]|\bdefineProperty\(\s*(?:global\w*|Object|Array|Date|Math)\b",
            "imports": r"\bModule\._(?:load|resolveFilename|extensions)|\brequire\.(?:cache|extensions)\b"
            r"|\bregisterHooks\(|\bmodule\.register\(",
            "equals": r"\basymmetricMatch\b|\bSymbol\.toPrimitive\b|\bSymbol\.hasInstance\b"
            r"|\bequals\s*\([^)\n]*\)[^{\n]{0,20}\{\s*return\s+true\b",
            "mock": r"\b(?:jest|vi)\.(?:mock|spyOn|doMock)\b|\bsinon\.",
            "code": r"(?<![.\w])eval\(|\bnew Function\(|\bvm\.(?:runIn\w+|Script|compileFunction)\b",
        },
    ),
    "go": (
        ".go",
        {
            "runner": r"\btesting\.Testing\(\)|\bflag\.Lookup\(\"test\.|os\.Args\[0\].*test"
            r"|^[ \t]*(?:import\s+)?\"testing\"",
            "environment": rf"Getenv\(\"{CI}\"\)|LookupEnv\(\"{CI}\"\)",
            "stack": r"\bruntime\.Callers?\(|\bdebug\.Stack\(",
            "exit": r"\bsyscall\.(?:Exit|Kill)\(|^func init\(\)\s*\{\s*os\.Exit",
            "patch": r"^//go:linkname\b",
            "signals": r"\bsignal\.(?:Notify|Ignore)\(",
        },
    ),
    "rust": (
        ".rs",
        {
            "runner": r"\bcfg!\s*\(\s*test|\bnot\s*\(\s*test\s*\)|\"NEXTEST"
            r"|thread::current\(\)\.name\(\)",
            "environment": rf"env::var(?:_os)?\(\"{CI}\"\)",
            "stack": r"\bBacktrace::(?:capture|force_capture|new)\b",
            "exit": r"\bprocess::abort\(|\blibc::(?:_exit|exit|atexit)\b",
            "signals": r"\bpanic::set_hook\b",
            "equals": r"\bfn (?:eq|ne)\([^)\n]*\)\s*->\s*bool\s*\{\s*(?:true|false)\s*\}",
        },
    ),
    "jvm": (
        ".java .kt .scala .groovy .cs .fs",
        {
            "runner": r"\"(?:org\.junit|junit\.|surefire\.|org\.testng|xunit|nunit)"
            r"|^[ \t]*(?:import|using)\s+(?:static\s+)?(?:org\.junit|org\.testng|Xunit|NUnit)",
            "environment": rf"(?:getenv|GetEnvironmentVariable)\(\"{CI}\"\)",
            "stack": r"\bgetStackTrace\(\)\s*\[|currentThread\(\)\.(?:getS|s)tackTrace"
            r"|\bStackWalker\b|new StackTrace\(",
            "exit": r"\bgetRuntime\(\)\.(?:halt|addShutdownHook)\b|\bEnvironment\.FailFast\b",
            "equals": r"\bboolean equals\([^)\n]*\)\s*\{\s*return true;"
            r"|\bfun equals\([^)\n]*\)[^={\n]*=\s*true"
            r"|\bbool Equals\([^)\n]*\)\s*(?:=>|\{\s*return)\s*true",
            "mock": r"\bMockito\.(?:mock|spy|mockStatic)\b",
        },
    ),
    "ruby": (
        ".rb .rake",
        {
            "runner": r"defined\?\(?\s*:{0,2}(?:RSpec|Minitest|Test::Unit)"
            r"|\bRails\.env\.test\?|const_defined\?\(\s*:RSpec",
            "environment": rf"ENV(?:\.fetch\()?\[?['\"]{CI}['\"]",
            "stack": r"\bcaller(?:_locations)?\b",
            "exit": r"\bexit!|\bat_exit\b|^exit\b|^abort\b",
            "signals": r"\bSignal\.trap\b|\btrap\(?\s*['\"](?:INT|TERM|EXIT)",
            "equals": r"\bdef (?:==|eql\?|equal\?|===)\(?\s*\w*\s*\)?\s*[;\n]\s*true\b",
            "memory": r"\bObjectSpace\.each_object\b",
            "trace": r"\bTracePoint\b|\bset_trace_func\b",
            "code": r"(?<![.\w])eval[\s(]",
        },
    ),
    "c": (
        ".c .cc .cpp .cxx .h .hh .hpp .hxx .m .mm",
        {
            "runner": r"\"(?:GTEST_\w+|TEST_TMPDIR|CTEST_\w+|DART_TEST\w*)\"",
            "environment": rf"getenv\(\s*\"{CI}\"",
            "exit": r"\b(?:_exit|_Exit|quick_exit|atexit|at_quick_exit)\s*\("
            r"|__attribute__\s*\(\(\s*(?:con|de)structor",
            "equals": r"\bbool\s+operator\s*[!=]=\s*\([^)\n]*\)[^{;\n]*\{\s*return\s+(?:true|false)\b",
            "stack": r"\bbacktrace(?:_symbols)?\s*\(|\bstd::stacktrace\b",
        },
    ),
    "php": (
        ".php",
        {
            "runner": r"\bPHPUNIT_\w+|\bPHPUnit\b|\bPest\\",
            "environment": rf"getenv\(\s*['\"]{CI}['\"]",
            "stack": r"\bdebug_backtrace\(",
            "exit": r"\bregister_shutdown_function\(|^exit\b|^die\b",
            "code": r"(?<![>:\w])eval\(",
        },
    ),
}
