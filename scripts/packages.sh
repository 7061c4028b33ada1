# Installs the Debian packages that are missing, and nothing else: no service is started, no cluster is made, nothing is removed.

libraries="libhiredis-dev libsimdjson-dev libpq-dev catch2 libtomlplusplus-dev libcli11-dev libfmt-dev
    prometheus-cpp-dev libssl-dev libxxhash-dev zlib1g-dev libbrotli-dev libzstd-dev"
tools="g++ cmake ninja-build ccache pkg-config curl python3 util-linux"
servers="redis-server postgresql"
test_tools="git iptables spin"
peers="wrk nginx-light libnginx-mod-http-lua varnish"  # ./dev bench; whatever cannot be had is not measured
boost_versions="1.88 1.83 1.81"   # newest first; all of them build
clang_versions="14 19 18"         # 16 miscompiles Asio's coroutines

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
is_available() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

may_install() { [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo true; }; }

# first_that TEST SUFFIX-LIST NAME…: the first suffix for which TEST holds for every NAME with '@' replaced by it.
first_that() {
    local test=$1 suffixes=$2 suffix name
    shift 2
    for suffix in $suffixes; do
        for name in "$@"; do "$test" "${name//@/$suffix}" || continue 2; done
        echo "$suffix"
        return 0
    done
    return 1
}

# versioned SUFFIX-LIST NAME…: those packages in the version that is installed, or else in the first one available.
versioned() {
    local suffixes=$1 suffix name
    shift
    suffix=$(first_that is_installed "$suffixes" "$@") || suffix=$(first_that is_available "$suffixes" "$@") || return 1
    for name in "$@"; do echo "${name//@/$suffix}"; done
}

format_package() { versioned "$clang_versions" clang-format-@; }
clang_packages() { versioned "$clang_versions" clang-@ libclang-rt-@-dev clang-format-@ clang-tidy-@; }

missing_of() {
    local package
    for package in "$@"; do is_installed "$package" || echo "$package"; done
}

# Everything that `what` (run, test or full) needs by name. Before `apt-get update` the versioned ones may not be known yet.
wanted_packages() {
    local boost
    boost=$(versioned "$boost_versions" libboost@-dev libboost-json@-dev) || boost=
    echo "$libraries $tools $servers ${boost:-libboost-of-a-version-that-builds}"
    [ "$1" = run ] || echo "$test_tools $(format_package || echo clang-format-of-a-version-that-builds)"
    [ "$1" != full ] || clang_packages || echo clang-of-a-version-that-builds
}

ensure_packages() {
    command -v dpkg-query >/dev/null || fail "this is not Debian or Ubuntu; see docker-compose.yml for any other system"
    local missing
    missing=$(missing_of $(wanted_packages "$1"))
    [ -n "$missing" ] || return 0
    may_install || fail "packages are missing and this user may not install them; as root: apt-get install $(echo $missing)"
    step "updating the package lists" "$var/log/apt-update.log" as_root apt-get update
    missing=$(missing_of $(wanted_packages "$1"))
    case $missing in *-that-builds*)
        fail "this release is too old: it needs Debian 12, Ubuntu 24.04 or newer (Boost 1.81); try docker-compose.yml" ;;
    esac
    step "installing $(echo $missing | wc -w) packages" "$var/log/apt-install.log" install_quietly $missing
}

# All at once, or else one by one: a package that cannot be had or installed here must not keep the others away. npm is
# taken from wherever the user has it.
ensure_peers() {
    local missing package
    missing=$(missing_of $peers $(command -v npm >/dev/null || echo nodejs npm))
    [ -n "$missing" ] || return 0
    may_install || { say "  peers are missing and this user may not install them: $(echo $missing)"; return 0; }
    say "· installing what Weir is compared with: $(echo $missing) …"
    as_root apt-get update >"$var/log/apt-update.log" 2>&1 || true
    install_quietly $missing >"$var/log/apt-peers.log" 2>&1 && return 0
    for package in $missing; do
        install_quietly "$package" >>"$var/log/apt-peers.log" 2>&1 || say "  $package cannot be installed ($var/log/apt-peers.log)"
    done
}

# Servers that Debian's packages would start at boot.
services="redis-server nginx varnish varnishncsa"

absent_services() {
    local name
    for name in $services; do [ -e "/lib/systemd/system/$name.service" ] || echo "$name"; done
}

# The policy and the cluster setting are put back as they were, whatever happens: the user's machine gains programs only.
install_quietly() (
    policy=/usr/sbin/policy-rc.d
    clusters=/etc/postgresql-common/createcluster.conf
    kept=$(mktemp -d)
    were_absent=$(absent_services)
    put_back() {
        [ -e "$kept/policy" ] || as_root rm -f "$policy"
        if [ -e "$kept/clusters" ]; then as_root cp "$kept/clusters" "$clusters"
        elif [ -e /usr/share/postgresql-common/createcluster.conf ]; then
            as_root cp /usr/share/postgresql-common/createcluster.conf "$clusters"
            as_root rm -f "$clusters.ucf-dist"
        fi
        rm -rf "$kept"
    }
    trap put_back EXIT
    if [ -e "$policy" ]; then cp "$policy" "$kept/policy"; fi
    if [ -e "$clusters" ]; then cp "$clusters" "$kept/clusters"; fi
    [ -e "$kept/policy" ] || printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    as_root mkdir -p "$(dirname "$clusters")"
    echo 'create_main_cluster = false' | as_root tee "$clusters" >/dev/null
    # --no-remove: rather fail than take away a library that the user has.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove \
        -o Dpkg::Options::=--force-confold "$@" || exit 1
    command -v systemctl >/dev/null || exit 0
    for name in $were_absent; do
        [ ! -e "/lib/systemd/system/$name.service" ] || as_root systemctl disable "$name" || true
    done
)
