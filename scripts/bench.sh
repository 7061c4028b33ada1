# ./dev bench: Weir and its peers, measured in interleaved runs; see bench/run.py and docs/performance.md.

# What is missing here becomes a row that says so.
install_peers() {
    mkdir -p "$var/bench/node"
    cp bench/peers/fastify/* "$var/bench/node/"
    (cd "$var/bench/node" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts) >"$var/log/bench-npm.log" 2>&1 ||
        say "  npm could not install fastify: Node will not be measured ($var/log/bench-npm.log)"
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
            [ -d "$var/bench/node/node_modules/fastify" ] || install_peers
            ;;
    esac
    python3 -B bench/run.py "$@"
}
