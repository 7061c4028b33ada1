# Building, formatting and clang-tidy.

# GCC's sanitizers cannot map their shadow where newer kernels randomise addresses with more than 28 bits.
without_aslr() {
    local bits
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
    if [ "$bits" -gt 28 ] && setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

has_preset() { cmake --list-presets 2>/dev/null | grep -q "\"$1\""; }

# A folder that was configured before the presets changed is configured again.
configure() {
    local compiler=()
    [ "build/$1/build.ninja" -nt CMakePresets.json ] && return 0
    case $1 in fuzz | tidy) compiler=("-DCMAKE_CXX_COMPILER=$(clang_tool clang++)") ;; esac
    step "configuring $1" "$var/log/configure-$1.log" cmake --preset "$1" "${compiler[@]}"
}

# Two at once in one folder would spoil each other's files.
compile() {
    without_aslr flock "build/$1/.one-at-a-time" cmake --build "build/$1" --target "$2"
}

# Reads ninja's lines; prints one for every tenth of them, so that a log that is watched shows progress.
show_tenths() {
    local line next_tenth=1 began=$SECONDS
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        [ $((BASH_REMATCH[1] * 10)) -ge $((BASH_REMATCH[2] * next_tenth)) ] || continue
        next_tenth=$((BASH_REMATCH[1] * 10 / BASH_REMATCH[2] + 1))
        say "  $1: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} ($((SECONDS - began)) s)"
    done
}

# build_preset PRESET TEXT [TARGET]: on a terminal ninja shows its own progress.
build_preset() {
    local preset=$1 text=$2 target=${3:-all} started=$SECONDS log=$var/log/build-$1.log
    mkdir -p "$var/log"
    configure "$preset"
    say "· $text …"
    if [ -t 1 ]; then
        compile "$preset" "$target" || fail "the build of $preset failed, see above"
    else
        compile "$preset" "$target" 2>&1 </dev/null | tee "$log" | show_tenths "$preset" ||
            { tail -n 40 "$log" >&2; fail "the build of $preset failed; the whole log is in $log"; }
    fi
    say "  done ($((SECONDS - started)) s)"
}

build_command() {
    local preset=${1:-release}
    ensure_packages run
    has_preset "$preset" || fail "there is no preset '$preset'; see CMakePresets.json"
    build_preset "$preset" "building $preset"
}

sources() { git ls-files -co --exclude-standard | grep -E '^(app|bench|lib|tests)/' | grep -E '\.(cpp|hpp)$' || true; }

# newest-first would reformat with every new release, so the version of clang_versions is used.
clang_tool() {
    local version
    for version in $clang_versions; do
        command -v "$1-$version" && return 0
    done
    fail "$1 is missing: ./dev test --full installs it"
}

format_sources() {
    ensure_packages test
    sources | xargs -r "$(clang_tool clang-format)" -i
    say "formatted $(sources | wc -l) files"
}

# All checks, those of the analyzer too. clang cannot read GCC's precompiled header, so it has a build folder of its own.
tidy_sources() {
    ensure_packages full
    build_preset tidy "precompiling headers for clang-tidy" headers_for_clang_tidy
    say "· clang-tidy on $(sources | grep -cE '^(app|lib)/.*\.cpp$') files, in eights …"
    grep -o '"file": ".*/Unity/.*"' build/tidy/compile_commands.json | cut -d'"' -f4 |
        xargs -P "$(nproc)" -n 1 "$(clang_tool clang-tidy)" -p build/tidy --quiet --checks=-bugprone-suspicious-include
}

# What is printed from the reader's tables of fields (lib/config/src/*_fields.hpp).
write_reference() {
    build_command release
    python3 -B scripts/reference.py build/release/weir
    say "wrote docs/configuration.md and config/weir.schema.json"
}
