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

configure() {
    local compiler=()
    [ -f "build/$1/build.ninja" ] && return 0
    [ "$1" != fuzz ] || compiler=("-DCMAKE_CXX_COMPILER=$(clang_tool clang++)")
    step "configuring $1" "$var/log/configure-$1.log" cmake --preset "$1" "${compiler[@]}"
}

# Two at once in one folder would spoil each other's files.
compile() {
    without_aslr flock "build/$1/.one-at-a-time" cmake --build "build/$1" --target "$2"
}

# build_preset PRESET TEXT [TARGET]: on a terminal ninja shows its own progress.
build_preset() {
    local preset=$1 text=$2 target=${3:-all} started=$SECONDS
    configure "$preset"
    if [ -t 1 ]; then
        say "· $text …"
        compile "$preset" "$target" || fail "the build of $preset failed, see above"
        say "  done ($((SECONDS - started)) s)"
    else
        step "$text" "$var/log/build-$preset.log" compile "$preset" "$target"
    fi
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
    fail "$1 is missing: ./dev test installs it"
}

format_sources() {
    ensure_packages test
    sources | xargs -r "$(clang_tool clang-format)" -i
    say "formatted $(sources | wc -l) files"
}

# clang cannot read GCC's precompiled header, so it gets a build folder of its own.
tidy_sources() {
    ensure_packages test
    local tidy
    tidy=$(clang_tool clang-tidy)
    step "configuring for $tidy" "$var/log/configure-tidy.log" cmake -S . -B build/tidy -G Ninja \
        -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_COMPILER=${tidy/clang-tidy/clang++}" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
    say "· clang-tidy on $(sources | grep -c '\.cpp$') files …"
    sources | grep -E '^(app|lib)/.*\.cpp$' | xargs -P "$(nproc)" -n 1 "$tidy" -p build/tidy --quiet
}

# What is printed from the reader's tables of fields (lib/config/src/*_fields.hpp).
write_reference() {
    build_command release
    python3 -B scripts/reference.py build/release/weir
    say "wrote docs/configuration.md and config/weir.schema.json"
}
