# What the user sees: one line a step with the time it took, and errors that say what to do.

say() { printf '%s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step TEXT LOG COMMAND…: runs a command quietly; shows the end of its log only when it fails.
step() {
    local text=$1 log=$2 started=$SECONDS
    shift 2
    mkdir -p "$(dirname "$log")"
    printf '· %s … ' "$text"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf 'done (%d s)\n' $((SECONDS - started))
    else
        printf 'FAILED after %d s\n' $((SECONDS - started))
        tail -n 40 "$log" >&2
        fail "$text: failed; the whole log is in $log"
    fi
}

# wait_until SECONDS COMMAND…: whether the command succeeded within that time.
wait_until() {
    local give_up=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $give_up ] || return 1
        sleep 0.1
    done
}

# Opens (and closes) a TCP connection to 127.0.0.1:PORT.
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
