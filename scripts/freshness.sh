# ./dev check-freshness: the freshness tests for as long as it takes; see tests/service/long_checker.py.

check_freshness() {
    ensure_packages test
    build_preset release "building release"
    python3 -B tests/service/long_checker.py "$@"
}
