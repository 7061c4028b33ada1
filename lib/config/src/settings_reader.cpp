#include "settings_reader.hpp"

#include "weir/config/units.hpp"

#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::config {
namespace {

constexpr std::size_t token_bytes_min = 16;

template <class Value>
void assign(Value& to, const std::optional<Value>& from) {
    if (from) to = *from;
}

void read_count(section& s, std::string_view field, std::size_t& to, integer_bounds bounds) {
    if (const auto value = s.integer(field, bounds)) to = static_cast<std::size_t>(*value);
}

void read_timeout(section& s, std::string_view field, milliseconds& to) {
    assign(to, s.duration(field, {milliseconds{1}, std::chrono::hours{1}}));
}

void read_endpoint(section& s, endpoint& to) {
    const auto text = s.text("listen");
    if (!text) return;
    if (const auto value = parse_endpoint(text->text)) {
        to = *value;
    } else {
        s.complain(text->at, fmt::format("{}.listen {} is not host:port", s.title(), text->quoted()),
                   "write for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"0.0.0.0:8080\"");
    }
}

// Only the scheme is looked at here: the driver reads the rest. The text is never shown, it may hold a
// password.
void read_url(section& s, std::string& to, std::initializer_list<std::string_view> schemes,
              std::string_view example) {
    const auto text = s.text("url");
    if (!text) return;
    for (const auto scheme : schemes) {
        if (!text->text.starts_with(scheme)) continue;
        to = text->text;
        return;
    }
    s.complain(text->at, fmt::format("{}.url is not one that Weir can read", s.title()),
               fmt::format("write for example \"{}\"", example));
}

void read_server(section& s, settings& to) {
    read_endpoint(s, to.listen);
    read_count(s, "workers", to.workers, {0, 1024});
    assign(to.shutdown_delay, s.duration("shutdown_delay", {milliseconds{0}, std::chrono::hours{1}}));
    assign(to.drain_timeout, s.duration("drain_timeout", {milliseconds{0}, std::chrono::hours{1}}));
}

void read_admin(section& s, settings& to) {
    read_endpoint(s, to.admin_listen);
    if (const auto token = s.text("token")) to.admin_token = token->text;
}

redis_settings read_redis(section& s) {
    redis_settings to;
    read_url(s, to.url, {"redis://", "redis+sentinel://", "redis+cluster://", "unix://", "redis+unix://"},
             "redis://127.0.0.1:6379/0");
    read_timeout(s, "connect_timeout", to.connect_timeout);
    read_timeout(s, "command_timeout", to.command_timeout);
    read_count(s, "pending_max", to.pending_max, {1, 1'000'000});
    return to;
}

void read_postgres(section& s, settings& all) {
    postgres_settings& to = all.postgres;
    read_url(s, to.url, {"postgresql://", "postgres://", "host=", "dbname=", "user="},
             "postgresql://weir@127.0.0.1:5432/weir");
    read_count(s, "connections", to.connections, {1, 10'000});
    read_count(s, "queue_max", to.queue_max, {0, 1'000'000});
    read_timeout(s, "connect_timeout", to.connect_timeout);
    read_timeout(s, "query_timeout", to.query_timeout);
}

void read_reads(section& s, settings& all) {
    read_settings& to = all.reads;
    read_timeout(s, "request_timeout", to.request_timeout);
    read_timeout(s, "lease_ttl", to.lease_ttl);
    assign(to.lease_wait, s.duration("lease_wait", {milliseconds{0}, std::chrono::hours{1}}));
    assign(to.absences_per_second_max, s.number("absences_per_second_max", 0, 1e9));
}

void read_l1(section& s, settings& all) {
    l1_settings& to = all.l1;
    constexpr std::size_t most = std::size_t{1} << 40;
    assign(to.bytes_max, s.size("bytes_max", 0, most));
    to.entry_bytes_max = std::min(to.entry_bytes_max, to.bytes_max);
    to.absence_bytes_max = to.bytes_max / 16;
    assign(to.entry_bytes_max, s.size("entry_bytes_max", 0, most));
    assign(to.absence_bytes_max, s.size("absence_bytes_max", 0, most));
    assign(to.ttl_max, s.duration("ttl_max", {milliseconds{1}, std::chrono::hours{24}}));
    for (const char* part : {"entry_bytes_max", "absence_bytes_max"}) {
        const std::size_t size = part[0] == 'e' ? to.entry_bytes_max : to.absence_bytes_max;
        if (size <= to.bytes_max) continue;
        s.complain(s.at(part), fmt::format("l1.{} is greater than l1.bytes_max", part),
                   "it is a part of that: make it smaller");
    }
}

void read_bus(section& s, settings& all) {
    assign(all.bus.lease, s.duration("lease", {milliseconds{200}, milliseconds{10'000}}));
}

void read_relay(section& s, settings& all) {
    assign(all.relay.poll_interval, s.duration("poll_interval", {milliseconds{10}, std::chrono::hours{1}}));
    read_count(s, "batch_max", all.relay.batch_max, {1, 100'000});
}

void read_http(section& s, settings& all) {
    http_settings& to = all.http;
    assign(to.header_bytes_max, s.size("header_bytes_max", 256, 1 << 20));
    assign(to.target_bytes_max, s.size("target_bytes_max", 64, 1 << 20));
    assign(to.body_bytes_max, s.size("body_bytes_max", 1, 64 << 20));
    read_count(s, "connections_max", to.connections_max, {1, 10'000'000});
    read_timeout(s, "header_timeout", to.header_timeout);
    read_timeout(s, "body_timeout", to.body_timeout);
    read_timeout(s, "write_timeout", to.write_timeout);
    read_timeout(s, "idle_timeout", to.idle_timeout);
    if (to.target_bytes_max > to.header_bytes_max) {
        s.complain(s.at("target_bytes_max"), "http.target_bytes_max is greater than http.header_bytes_max",
                   "the target is part of the header: make it smaller");
    }
}

void read_log(section& s, settings& all) {
    const auto level = s.word("level", {"debug", "info", "warn", "error"});
    if (level == "debug") all.log.level = log::level::debug;
    if (level == "warn") all.log.level = log::level::warn;
    if (level == "error") all.log.level = log::level::error;
    assign(all.log.access_sample, s.number("access_sample", 0, 1));
}

template <class Read>
void in_table(section& root, std::string_view name, settings& to, Read read) {
    if (auto s = root.table(name)) {
        read(*s, to);
        s->finish();
    }
}

// The place of root.table.field, or of what of it there is.
place place_of(section& root, std::string_view table, std::string_view field) {
    auto s = root.find(table) != nullptr && root.find(table)->kind == node_kind::table ? root.table(table)
                                                                                       : std::nullopt;
    return s ? s->at(field) : place{};
}

bool is_any(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

struct setting {
    std::string_view table;
    std::string_view field;
    milliseconds value;
};

// Of two times that contradict each other, the place of the first one that the file gives: the other is a
// default.
place place_of_either(section& root, const setting& a, const setting& b) {
    const auto is_written = [&](const setting& x) {
        const node* table = root.find(x.table);
        return table != nullptr && table->find(x.field) != nullptr;
    };
    const setting& written = is_written(a) || !is_written(b) ? a : b;
    return place_of(root, written.table, written.field);
}

void check_shorter(section& root, const setting& shorter, const setting& longer, std::string_view why) {
    if (shorter.value < longer.value) return;
    root.complain(place_of_either(root, longer, shorter),
                  fmt::format("{}.{} is {} and {}.{} is {}: {}", shorter.table, shorter.field,
                              duration_text(shorter.value), longer.table, longer.field,
                              duration_text(longer.value), why),
                  fmt::format("make {}.{} the shorter one", shorter.table, shorter.field));
}

// Times that only make sense in one order.
void check_times(section& root, const settings& s) {
    const setting request{"reads", "request_timeout", s.reads.request_timeout};
    check_shorter(root, {"postgres", "query_timeout", s.postgres.query_timeout},
                  {"reads", "lease_ttl", s.reads.lease_ttl},
                  "a load that takes longer than its lease stores nothing");
    check_shorter(root, {"reads", "lease_wait", s.reads.lease_wait}, request,
                  "a request that waits for another node's load would have no time left for its own");
    check_shorter(root, {"bus", "lease", s.bus.lease}, request,
                  "a write that waits for a node that hangs would run out of time");
    const milliseconds command = s.redis.value_or(redis_settings{}).command_timeout;
    check_shorter(root, {"redis", "command_timeout", command}, {"bus", "lease", s.bus.lease},
                  "L1 would be off as soon as one answer of Redis is slow");
}

void check_listeners(section& root, const settings& s) {
    const bool is_same_host =
        s.listen.host == s.admin_listen.host || is_any(s.listen.host) || is_any(s.admin_listen.host);
    if (s.listen.port == 0 || s.listen.port != s.admin_listen.port || !is_same_host) return;
    root.complain(place_of(root, "admin", "listen"), "admin.listen is the same as server.listen",
                  "give the admin listener a port of its own, one that clients cannot reach");
}

void check_token(section& root, const settings& s, admin_token token) {
    if (s.admin_token.empty() && token == admin_token::optional) return;
    if (s.admin_token.size() >= token_bytes_min) return;
    root.complain(place_of(root, "admin", "token"),
                  s.admin_token.empty()
                      ? "the admin token is not set"
                      : fmt::format("the admin token is shorter than {} characters", token_bytes_min),
                  "set WEIR_ADMIN_TOKEN, for example to the output of: openssl rand -hex 16");
}

}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;  // an IPv6 address needs its brackets, or nobody can tell where the port begins
    }
    endpoint out{std::string{host}, 0};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (host.empty() || host.find_first_of(" \t/[]") != std::string_view::npos || error != std::errc{} ||
        end != port.data() + port.size()) {
        return std::nullopt;
    }
    return out;
}

settings read_settings_of(section& root, admin_token token) {
    settings out;
    in_table(root, "server", out, read_server);
    in_table(root, "admin", out, read_admin);
    in_table(root, "redis", out, [](section& s, settings& to) { to.redis = read_redis(s); });
    in_table(root, "postgres", out, read_postgres);
    out.reads.lease_ttl = out.postgres.query_timeout * 3 / 2;
    in_table(root, "reads", out, read_reads);
    in_table(root, "l1", out, read_l1);
    in_table(root, "bus", out, read_bus);
    in_table(root, "relay", out, read_relay);
    in_table(root, "http", out, read_http);
    in_table(root, "log", out, read_log);
    check_times(root, out);
    check_listeners(root, out);
    check_token(root, out, token);
    return out;
}

}  // namespace weir::config
