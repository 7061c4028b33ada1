# ./dev run: from a fresh machine to a service that answers. What the user set in WEIR_* wins.

settings=config/weir.toml
binary=build/release/weir

port_of() { echo "${1##*:}"; }

refuse_taken_port() {
    ! port_answers "$(port_of "$1")" || fail "$1 is taken: stop what listens there, or set $2=127.0.0.1:OTHER_PORT"
}

database_is_ours=no

# Only what the user did not bring is started; a database of theirs is never filled.
prepare_services() {
    if [ -z "${WEIR_POSTGRES_URL:-}" ]; then
        start_postgres
        load_catalogue
        WEIR_POSTGRES_URL=$(postgres_url)
        (umask 077; echo "$WEIR_POSTGRES_URL" >"$var/postgres-url")
        database_is_ours=yes
    fi
    if [ -z "${WEIR_REDIS_URL:-}" ]; then
        start_redis
        WEIR_REDIS_URL=$(redis_url)
    fi
    export WEIR_POSTGRES_URL WEIR_REDIS_URL
}

# What was running before us (./dev services start) goes on after us.
stop_all() {
    trap - EXIT INT TERM
    if [ -n "${server:-}" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ "$started_redis" = no ] || stop_redis
    [ "$started_postgres" = no ] || stop_postgres
    say "stopped"
}

is_ready() { curl -fs -o /dev/null --max-time 2 "http://$WEIR_LISTEN/readyz"; }

print_what_to_try() {
    local public=${WEIR_LISTEN/127.0.0.1/localhost} admin=${WEIR_ADMIN_LISTEN/127.0.0.1/localhost}
    local token='$WEIR_ADMIN_TOKEN'
    [ "$token_is_ours" = no ] || token='$(cat var/admin-token)'
    local url='$WEIR_POSTGRES_URL'
    [ "$database_is_ours" = no ] || url='$(cat var/postgres-url)'
    cat <<TEXT

Weir answers. Try, in another terminal in this folder:

  curl -i '$public/v1/products?locale=en'      # twice: fwd=miss; stored, then hit
  curl -i $public/v1/products/p1
  curl -i -H "Authorization: Bearer $token" -d '{"price_cents": 1299}' $admin/admin/v1/products/p1
  curl -i $public/v1/products/p1               # the new price, at once
  psql "$url" -c "update products set price_cents = 1399 where id = 'p1'"    # bypasses Weir: seen as well

Its log is var/log/weir.log. Ctrl-C stops everything.
TEXT
}

run_weir() {
    mkdir -p "$var/log"
    export WEIR_LISTEN=${WEIR_LISTEN:-127.0.0.1:8080} WEIR_ADMIN_LISTEN=${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}
    refuse_taken_port "$WEIR_LISTEN" WEIR_LISTEN
    refuse_taken_port "$WEIR_ADMIN_LISTEN" WEIR_ADMIN_LISTEN
    token_is_ours=no
    if [ -z "${WEIR_ADMIN_TOKEN:-}" ]; then
        token_is_ours=yes
        WEIR_ADMIN_TOKEN=$(secret admin-token)
    fi
    export WEIR_ADMIN_TOKEN
    ensure_packages run
    build_preset release "building (2-4 minutes the first time)" weir
    trap 'stop_all; exit 130' INT TERM
    trap stop_all EXIT
    prepare_services
    step "installing the outbox and its triggers" "$var/log/migrate.log" "$binary" migrate --config "$settings"
    serve
}

# In a session of its own, or Ctrl-C would reach Weir and us at the same time; we pass it on and wait for the drain.
serve() {
    setsid "$binary" serve --config "$settings" >"$var/log/weir.log" 2>&1 </dev/null &
    server=$!
    if ! wait_until 30 is_ready_or_gone || ! kill -0 "$server" 2>/dev/null; then
        tail -n 20 "$var/log/weir.log" >&2
        fail "Weir did not become ready; its whole log is var/log/weir.log"
    fi
    print_what_to_try
    local status=0
    wait "$server" || status=$?
    server=
    tail -n 5 "$var/log/weir.log" >&2
    fail "Weir ended by itself with status $status; its log is var/log/weir.log"
}

is_ready_or_gone() { is_ready || ! kill -0 "$server" 2>/dev/null; }
