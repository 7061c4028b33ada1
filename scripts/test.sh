# ./dev test: every build, then one run of every test in all of them, so that there is one count.

# Set for a quicker round while developing: WEIR_TEST_PRESETS="release".
test_presets() {
    if [ -n "${WEIR_TEST_PRESETS:-}" ]; then
        echo "$WEIR_TEST_PRESETS"
        return
    fi
    local preset
    for preset in release asan tsan fuzz; do ! has_preset "$preset" || echo "$preset"; done
}

# The fuzzers cover the parts that parse; clang 14 cannot compile the rest for them.
test_target() { [ "$1" = fuzz ] && echo fuzzers || echo all; }

# ctest reads this file as if build/ were a project whose parts are the builds.
write_joint_tests() {
    local preset
    for preset in "$@"; do echo "subdirs(\"$preset\")"; done >build/CTestTestfile.cmake
}

# The runner's own count, from its own report: the last line that is printed.
print_count() {
    python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as xml

suite = xml.parse(sys.argv[1]).getroot()
total, failed, skipped, off = (int(suite.get(name, 0)) for name in ("tests", "failures", "skipped", "disabled"))
line = f"{total - failed - skipped - off} passed, {failed} failed"
print(line + (f", {skipped + off} skipped" if skipped + off else ""))
PYTHON
}

run_tests() {
    local presets preset status=0 filter=()
    mkdir -p "$var/log" build
    ensure_packages test
    presets=$(test_presets)
    for preset in $presets; do
        build_preset "$preset" "building $preset (the first time takes minutes)" "$(test_target "$preset")"
    done
    write_joint_tests $presets
    [ $# -eq 0 ] || filter=(-R "$1")
    rm -f "$var/tests.xml"
    without_aslr ctest --test-dir build -j "$(nproc)" --output-on-failure --no-tests=error --timeout 300 \
        --output-junit "$var/tests.xml" "${filter[@]}" || status=$?
    [ -s "$var/tests.xml" ] || fail "ctest left no report"
    print_count "$var/tests.xml"
    exit "$status"
}
