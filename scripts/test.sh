# ./dev test: the release build, then every test in it but those with the label "long". ./dev test --full: those as well, and
# what only a sanitizer, a fuzzer or clang-tidy finds. Either way one run of the tests at the end, so that there is one count.

# Another choice of builds: WEIR_TEST_PRESETS="asan" ./dev test REGEX
test_presets() {
    # Each test runs in the release build. AddressSanitizer watches all C++ tests again, because any of them may read or
    # free what it should not, and of the service's those that are marked. ThreadSanitizer gets only the tests with more
    # than one thread (tests/CMakeLists.txt). The rules, the model and the bench's parts know no build: the release's do.
    local preset wanted=release
    [ "$1" = no ] || wanted="release asan tsan fuzz tidy"
    for preset in ${WEIR_TEST_PRESETS:-$wanted}; do
        has_preset "$preset" || fail "there is no preset '$preset'; see CMakePresets.json"
        echo "$preset"
    done
}

# What is built of each. The fuzzers cover the parts that parse; clang 14 cannot compile the rest for them.
test_target() {
    case $1 in
        fuzz) echo fuzzers ;;
        tidy) echo headers_for_clang_tidy ;;
        *) echo all ;;
    esac
}

# ctest reads this file as if build/ were a project whose parts are the builds.
write_joint_tests() {
    local preset
    for preset in "$@"; do echo "subdirs(\"$preset\")"; done >build/CTestTestfile.cmake
}

# A whole run is timed; the next one of the same kind expects that.
expect() {
    local kept=$1 usual=$2
    if [ -s "$kept" ]; then
        say "· expected: about $(($(cat "$kept") / 60 + 1)) minutes, as the last time"
    else
        say "· expected: about $usual minutes on 2 cores the first time; afterwards only what has changed is built"
    fi
}

# More than a hundred tests have a Postgres of their own, a thousand files each: they are made and removed in memory where
# there is room.
use_memory_for_temporary_files() {
    local room
    room=$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
    [ -n "${TMPDIR:-}" ] || [ "${room:-0}" -lt $((1024 * 1024)) ] || export TMPDIR=/dev/shm
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
    local presets preset is_full=no packages=test usual=13 status=0 filter=() began=$SECONDS
    if [ "${1:-}" = --full ]; then
        is_full=yes packages=full usual=50
        shift
    fi
    mkdir -p "$var/log" build
    [ $# -gt 0 ] || expect "$var/seconds-of-$packages" "$usual"
    ensure_packages "$packages"
    presets=$(test_presets "$is_full")  # asks cmake, which a bare machine has only now
    for preset in $presets; do
        build_preset "$preset" "building $(test_target "$preset") of $preset" "$(test_target "$preset")"
    done
    write_joint_tests $presets
    if [ $# -gt 0 ]; then
        filter=(-R "$1")
    elif [ "$is_full" = no ]; then
        filter=(-LE '^long$')
    fi
    [ ! -t 1 ] || filter+=(--progress)
    use_memory_for_temporary_files
    rm -f "$var/tests.xml"
    # Each fault of the freshness tests lasts for so long at least.
    [ "$is_full" = yes ] || export WEIR_CHECKER_SECONDS=2
    # One more than there are cores, because many tests wait for a server most of their time.
    without_aslr ctest --test-dir build -j $(($(nproc) + 1)) --output-on-failure --no-tests=error --timeout 300 \
        --output-junit "$var/tests.xml" "${filter[@]}" || status=$?
    [ -s "$var/tests.xml" ] || fail "ctest left no report"
    [ $# -gt 0 ] || echo $((SECONDS - began)) >"$var/seconds-of-$packages"
    say "· $((SECONDS - began)) s in all"
    print_count "$var/tests.xml"
    exit "$status"
}
