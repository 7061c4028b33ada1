# ./dev test-on RELEASE [COMMAND…]: the tests (or that command) on another release of Debian, in a chroot of its own.
#
# The chroot is made once, with debootstrap, from the mirror that this machine's apt uses. It stays in var/RELEASE/ with its
# packages, its build folder and its ccache, so that a second run builds only what changed; delete the folder for a fresh start.
# What is tested is a clone of the last commit: what is not committed is left out.
#
# Mounts and processes belong to namespaces of this one run, so both are gone when it ends, however it ends.

# Where Debian's packages come from: the first such place in apt's own list. Set WEIR_DEBIAN_MIRROR where apt has none, as on Ubuntu.
debian_mirror() {
    [ -z "${WEIR_DEBIAN_MIRROR:-}" ] || { echo "$WEIR_DEBIAN_MIRROR"; return; }
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' |
        sed -n 1p
}

ensure_debootstrap() {
    local missing
    missing=$(missing_of debootstrap git util-linux)
    [ -n "$missing" ] || return 0
    may_install || fail "packages are missing and this user may not install them; as root: apt-get install $(echo $missing)"
    step "updating the package lists" "$var/log/apt-update.log" as_root apt-get update
    step "installing $(echo $missing)" "$var/log/apt-install.log" install_quietly $missing
}

# Made under another name and renamed when it is whole, so that an interrupted run leaves no half of it.
ensure_chroot() {
    local release=$1 folder=$2 mirror
    [ ! -d "$folder/root" ] || return 0
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "apt has no mirror of Debian: set WEIR_DEBIAN_MIRROR=URL"
    as_root rm -rf --one-file-system "$folder/root.unfinished"
    step "making a chroot of $release in $folder" "$var/log/debootstrap-$release.log" \
        as_root debootstrap --variant=minbase --include=ca-certificates "$release" "$folder/root.unfinished" "$mirror"
    as_root mkdir "$folder/root.unfinished/weir"
    # Packages start no service in there.
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$folder/root.unfinished/usr/sbin/policy-rc.d" >/dev/null
    as_root chmod 755 "$folder/root.unfinished/usr/sbin/policy-rc.d"
    as_root mv "$folder/root.unfinished" "$folder/root"
}

# git touches only the files that differ, and takes away those that are gone: so the next build is a small one.
renew_clone() {
    local clone=$1
    [ -d "$clone/.git" ] || git clone --quiet --no-checkout "$root" "$clone"
    git -C "$clone" fetch --quiet "$root" HEAD
    git -C "$clone" checkout --quiet --force --detach FETCH_HEAD
    [ -z "$(git status --porcelain)" ] || say "· what is not committed here is left out"
}

# Runs as the first process of its own namespaces. The caller's /dev/shm may be too small for Postgres, so it gets one.
# An installation that was interrupted is finished first: apt refuses to go on otherwise.
readonly inside_the_chroot='
set -eu
root=$1 clone=$2
shift 2
trap "exit 130" INT TERM
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o size=1g,mode=1777 tmpfs "$root/dev/shm"
mount --bind "$clone" "$root/weir"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
chroot "$root" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
chroot "$root" env -i "$@"
'

test_on() {
    local release=${1:-} folder name passed=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
    [[ $release =~ ^[a-z]+$ ]] || fail "usage: ./dev test-on RELEASE [COMMAND…], for example ./dev test-on trixie"
    shift
    [ $# -gt 0 ] || set -- ./dev test
    folder=$var/$release
    mkdir -p "$var/log" "$folder"
    ensure_debootstrap
    ensure_chroot "$release" "$folder"
    renew_clone "$folder/clone"
    for name in TERM CI WEIR_TEST_PRESETS http_proxy https_proxy no_proxy; do
        [ -z "${!name:-}" ] || passed+=("$name=${!name}")
    done
    # The clone is this user's and git is root's in there.
    passed+=(GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=/weir)
    as_root unshare --mount --propagation private --pid --fork --kill-child \
        bash -c "$inside_the_chroot" inside "$folder/root" "$folder/clone" "${passed[@]}" \
        sh -c 'cd /weir && exec "$@"' in-weir "$@"
}
