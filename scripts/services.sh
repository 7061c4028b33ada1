# A private Postgres and Redis, reachable from this machine only, with passwords of their own, all files under var/.

postgres_port=${WEIR_DEV_POSTGRES_PORT:-54329}
redis_port=${WEIR_DEV_REDIS_PORT:-63799}
as_postgres=()
started_postgres=no  # by this very command, which then stops it
started_redis=no

# A secret that is made once and kept where only the owner can read it.
secret() {
    local file=$var/$1
    [ -s "$file" ] || (umask 077; head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$file")
    cat "$file"
}

redis_url() { echo "redis://:$(secret redis-password)@127.0.0.1:$redis_port/0"; }
postgres_url() { echo "postgresql://weir:$(secret postgres-password)@127.0.0.1:$postgres_port/weir"; }

postgres_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$newest/initdb" ] || fail "PostgreSQL's server is missing: ./dev run installs it"
    echo "$newest"
}

# Postgres refuses to run as root, and its user cannot enter a clone under /root: then var/postgres is a link.
choose_postgres_folder() {
    postgres_folder=$var/postgres
    [ "$(id -u)" -eq 0 ] || return 0
    as_postgres=(runuser -u postgres --)
    if ! runuser -u postgres -- test -x "$var"; then
        local elsewhere
        elsewhere=/var/tmp/weir-$(printf '%s' "$root" | cksum | cut -d' ' -f1)
        mkdir -p "$elsewhere"
        ln -sfn "$elsewhere" "$var/postgres"
        postgres_folder=$elsewhere
    fi
    mkdir -p "$postgres_folder"
    chown postgres: "$postgres_folder"
}

pg_control() { (cd /; "${as_postgres[@]}" "$(postgres_bin)/pg_ctl" -D "$postgres_folder/data" "$@"); }

# PGPASSWORD by the environment: a command line can be read by every user of the machine.
sql() {
    PGPASSWORD=$(secret postgres-password) psql -h 127.0.0.1 -p "$postgres_port" -U weir -X -q -v ON_ERROR_STOP=1 "$@"
}

make_cluster() {
    local password
    password=$(mktemp)
    secret postgres-password >"$password"
    [ "$(id -u)" -ne 0 ] || chown postgres: "$password"
    (cd /; "${as_postgres[@]}" "$(postgres_bin)/initdb" -D "$postgres_folder/data" -U weir -A scram-sha-256 \
        --pwfile="$password" -E UTF8 --locale=C.UTF-8) || { rm -f "$password"; return 1; }
    rm -f "$password"
}

start_postgres() {
    choose_postgres_folder
    mkdir -p "$postgres_folder"
    if [ ! -s "$postgres_folder/data/PG_VERSION" ]; then
        step "making a private Postgres" "$var/log/initdb.log" make_cluster
    fi
    pg_control status >/dev/null && return 0
    ! port_answers "$postgres_port" ||
        fail "port $postgres_port is taken: free it, or choose another with WEIR_DEV_POSTGRES_PORT=…"
    started_postgres=yes
    step "starting Postgres on 127.0.0.1:$postgres_port" "$var/log/postgres-start.log" \
        pg_control -w -l "$postgres_folder/postgres.log" -o \
        "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_folder" start
}

redis_command() {
    REDISCLI_AUTH=$(secret redis-password) redis-cli -h 127.0.0.1 -p "$redis_port" "$@" 2>/dev/null
}

redis_is_ours() { [ "$(redis_command ping)" = PONG ]; }

start_redis() {
    redis_is_ours && return 0
    ! port_answers "$redis_port" ||
        fail "port $redis_port is taken: free it, or choose another with WEIR_DEV_REDIS_PORT=…"
    local settings=$var/redis.conf
    (umask 077; printf '%s\n' "bind 127.0.0.1" "port $redis_port" "requirepass $(secret redis-password)" "save \"\"" \
        "daemonize yes" "dir $var" "logfile $var/log/redis.log" "pidfile $var/redis.pid" \
        "maxmemory 256mb" "maxmemory-policy allkeys-lfu" >"$settings")
    started_redis=yes
    step "starting Redis on 127.0.0.1:$redis_port" "$var/log/redis-start.log" redis-server "$settings"
    wait_until 10 redis_is_ours || { tail -n 20 "$var/log/redis.log" >&2; fail "Redis did not start"; }
}

stop_postgres() {
    choose_postgres_folder
    [ -s "$postgres_folder/data/PG_VERSION" ] || return 0
    pg_control status >/dev/null || return 0
    pg_control -m fast -w stop >/dev/null || true
}

stop_redis() { ! redis_is_ours || redis_command shutdown nosave || true; }

# Once: what the user changed afterwards stays as it is.
load_catalogue() {
    [ "$(sql -d postgres -At -c "select 1 from pg_database where datname = 'weir'")" = 1 ] ||
        sql -d postgres -c 'create database weir'
    sql -d weir -f config/schema.sql
    [ "$(sql -d weir -At -c 'select exists (select from products)')" = t ] ||
        step "loading the catalogue" "$var/log/catalogue.log" sql -d weir -f config/catalogue.sql
}

services_command() {
    mkdir -p "$var/log"
    case ${1:-} in
        start)
            ensure_packages run
            start_postgres
            start_redis
            load_catalogue
            say "export WEIR_POSTGRES_URL='$(postgres_url)'"
            say "export WEIR_REDIS_URL='$(redis_url)'"
            ;;
        stop)
            stop_redis
            stop_postgres
            say "stopped"
            ;;
        *) fail "usage: ./dev services start|stop" ;;
    esac
}
