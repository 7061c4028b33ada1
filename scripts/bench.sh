# ./dev bench: Weir and its peers, measured in interleaved runs; see bench/run.py and docs/performance.md.

# What cannot be installed becomes a row that says so.
install_fastify() {
    local folder=$var/bench/node log=$var/log/bench-npm.log
    mkdir -p "$folder"
    cp bench/peers/fastify/*.js "$folder/"
    ! cmp -s bench/peers/fastify/package.json "$folder/package.json" || return 0
    rm -rf "$folder/node_modules"
    cp bench/peers/fastify/package.json "$folder/"
    (cd "$folder" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts) >"$log" 2>&1 && return 0
    rm -f "$folder/package.json"
    say "  npm could not install fastify: Node will not be measured ($log)"
}

bench() {
    case " $* " in
        *" --publish "* | *" --list "* | *" --help "* | *" -h "*) ;;
        *)
            mkdir -p "$var/log"
            ensure_packages run
            ensure_peers
            build_preset release "building release" weir
            build_preset release "building the load generators and the smallest peer" weir_bench
            install_fastify
            ;;
    esac
    python3 -B bench/run.py "$@"
}
