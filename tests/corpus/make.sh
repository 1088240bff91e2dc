#!/bin/sh
# Makes the real reports anew: tests/corpus/make.sh [pytest unittest jest vitest node ctest go surefire]
# Needs Python 3.11+, and for the others npm, node, ctest, go, gotestsum and mvn. A runner that is not there is skipped.
# Every suite runs in a copy of its sources; that folder becomes /tree, the tools' folder /tools.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=$work/tools
export PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1 HOME="$work/home" TMPDIR="$work/tmp"
mkdir -p "$tools" "$HOME" "$TMPDIR"

have() { command -v "$1" >/dev/null 2>&1 || { echo "skipped: there is no $1" >&2; return 1; }; }
# fresh RUNNER: its sources in a new tree, which is the current folder from then on
fresh() { rm -rf "$work/tree"; cp -r "$here/$1/sources" "$work/tree"; cd "$work/tree" || exit 1; }
# keep FILE RUNNER/NAME: without this machine's paths and name
keep() {
  sed -e "s#$work/tree#/tree#g; s#$work/tools#/tools#g; s#$work/tmp#/tmp#g; s#hostname=\"[^\"]*\"#hostname=\"host\"#g" \
    -e "s#/[^ \"]*/lib/python3#/python/lib/python3#g; s#/[^ \"(]*/lib/go[^/ ]*/#/go/#g" "$1" >"$here/$2"
}
node_tools() {
  [ -d "$tools/node_modules" ] || (cd "$tools" && npm install --silent --no-audit --no-fund jest@30.5.2 \
    jest-junit@17.0.0 vitest@4.1.12 >/dev/null)
}

make_pytest() {
  python3 -m venv "$tools/py"
  "$tools/py/bin/pip" -q install pytest==9.2.0 pytest-xdist==3.8.0 pytest-rerunfailures==16.7 flaky==3.8.1 \
    pytest-retry==1.7.0
  run() { PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$tools/py/bin/python" -m pytest -q -p no:cacheprovider "$@" >/dev/null 2>&1; }
  fresh pytest
  run tests --continue-on-collection-errors --junitxml=r.xml; keep r.xml pytest/outcomes.xml
  run tests --continue-on-collection-errors -o junit_family=xunit1 --junitxml=r.xml; keep r.xml pytest/xunit1.xml
  run tests --junitxml=r.xml; keep r.xml pytest/interrupted.xml
  run crash -p xdist.plugin -n 1 --junitxml=r.xml; keep r.xml pytest/crash.xml
  run stopped --junitxml=r.xml; keep r.xml pytest/stopped.xml
  run flaky -p pytest_rerunfailures --reruns 2 --junitxml=r.xml; keep r.xml pytest/rerunfailures.xml
  run flaky -p flaky.flaky_pytest_plugin --force-flaky --max-runs 3 --junitxml=r.xml; keep r.xml pytest/flaky.xml
  run flaky -p pytest_retry.retry_plugin --retries 2 --junitxml=r.xml; keep r.xml pytest/retry.xml
  export PYTHONPATH="$here/../../bot/suite/inside"
  run flaky -p gatecrew_reruns -p pytest_rerunfailures --reruns 2 --junitxml=r.xml; keep r.xml pytest/switched-off.xml
  unset PYTHONPATH
}

make_unittest() {
  python3 -m venv "$tools/ut"
  "$tools/ut/bin/pip" -q install unittest-xml-reporting==4.0.0
  fresh unittest
  "$tools/ut/bin/python" -m xmlrunner discover --output-file r.xml >/dev/null 2>&1; keep r.xml unittest/outcomes.xml
}

make_jest() {
  have npm && node_tools && fresh jest
  echo '{"name":"sample","jest":{"reporters":["jest-junit"]}}' >package.json
  jest() { "$tools/node_modules/.bin/jest" --rootDir . "$@" >/dev/null 2>&1; }
  ln -s "$tools/node_modules" node_modules
  JEST_JUNIT_OUTPUT_FILE=r.xml jest; keep r.xml jest/junit.xml
  export JEST_JUNIT_OUTPUT_FILE=r.xml JEST_JUNIT_REPORT_TEST_SUITE_ERRORS=true JEST_JUNIT_ADD_FILE_ATTRIBUTE=true
  jest; keep r.xml jest/junit-files.xml
  unset JEST_JUNIT_OUTPUT_FILE JEST_JUNIT_REPORT_TEST_SUITE_ERRORS JEST_JUNIT_ADD_FILE_ATTRIBUTE
  jest --json --outputFile=r.json; keep r.json jest/json.json
}

make_vitest() {
  have npm && node_tools && fresh vitest
  ln -s "$tools/node_modules" node_modules
  vitest() { "$tools/node_modules/.bin/vitest" run --root . "$@" >/dev/null 2>&1; }
  vitest --reporter=junit --outputFile=r.xml; keep r.xml vitest/junit.xml
  vitest --reporter=json --outputFile=r.json; keep r.json vitest/json.json
}

make_node() {
  have node && fresh node
  for suite in outcomes parents; do
    (cd $suite && node --test --test-reporter=junit . >../r.xml); keep r.xml node/$suite.xml
  done
}

make_ctest() {
  have ctest && fresh ctest && cmake -S . -B build >/dev/null && cd build || return
  ctest --output-junit r.xml >/dev/null 2>&1; keep r.xml ctest/outcomes.xml
  rm -f once
  ctest -R 'flaky|^passes$' --repeat until-pass:3 --output-junit r.xml >/dev/null 2>&1; keep r.xml ctest/repeated.xml
}

make_go() {
  have go && fresh go
  go test -json ./... >r.json 2>/dev/null; keep r.json go/test.json
  rm -f "$TMPDIR"/gatecrew-sample-flaky
  go test -json -count=2 ./ok >r.json 2>/dev/null; keep r.json go/twice.json
  have gotestsum || return
  rm -f "$TMPDIR"/gatecrew-sample-flaky
  gotestsum --junitfile r.xml ./... >/dev/null 2>&1; keep r.xml go/gotestsum.xml
  rm -f "$TMPDIR"/gatecrew-sample-flaky
  gotestsum --rerun-fails --packages ./flaky --junitfile r.xml >/dev/null 2>&1; keep r.xml go/gotestsum-reruns.xml
}

# Debian's own Maven repository: apt-get install maven junit4 libsurefire-java libmaven-resources-plugin-java
make_surefire() {
  have mvn && fresh surefire
  test_() { mvn -o -q -Dmaven.repo.local=/usr/share/maven-repo -DtrimStackTrace=true "$@" test >/dev/null 2>&1; }
  plain() { sed '/<properties>/,/<\/properties>/d' "target/surefire-reports/TEST-sample.$1.xml" >r.xml; }
  test_
  for class in Outcomes Many BadClass; do plain "${class}Test"; keep r.xml "surefire/$class.xml"; done
  test_ -Dsurefire.rerunFailingTestsCount=2
  plain OutcomesTest; keep r.xml surefire/reruns.xml
}

for runner in ${*:-pytest unittest jest vitest node ctest go surefire}; do (make_"$runner"); done
