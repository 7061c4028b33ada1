#include "settings_reader.hpp"

#include "weir/config/units.hpp"

#include "settings_fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace weir::config {
namespace {

constexpr std::size_t token_bytes_min = 16;

// Returns the position of root.table.field, of the table if the field is absent, of the file if both are.
position position_of(section& root, std::string_view table, std::string_view field) {
    const node* found = root.find(table);
    if (found == nullptr || found->kind != node_kind::table) return {};
    const node* inner = found->find(field);
    return inner != nullptr ? inner->at : found->at;
}

void check_l1(section& root, const l1_settings& l1) {
    const std::pair<std::string_view, std::size_t> parts[] = {{"entry_bytes_max", l1.entry_bytes_max},
                                                              {"absence_bytes_max", l1.absence_bytes_max}};
    for (const auto& [part, size] : parts) {
        if (size <= l1.bytes_max) continue;
        root.complain(position_of(root, "l1", part), fmt::format("l1.{} is greater than l1.bytes_max", part),
                      "it is a part of that: make it smaller");
    }
}

void check_http(section& root, const http_settings& http) {
    if (http.target_bytes_max <= http.header_bytes_max) return;
    root.complain(position_of(root, "http", "target_bytes_max"),
                  "http.target_bytes_max is greater than http.header_bytes_max",
                  "the target is part of the header: make it smaller");
}

bool is_any(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

struct setting {
    std::string_view table;
    std::string_view field;
    milliseconds value;
};

// Returns the position of the first of two contradicting times that the file gives. The other one is a
// default.
position position_of_either(section& root, const setting& a, const setting& b) {
    const auto is_written = [&](const setting& x) {
        const node* table = root.find(x.table);
        return table != nullptr && table->find(x.field) != nullptr;
    };
    const setting& written = is_written(a) || !is_written(b) ? a : b;
    return position_of(root, written.table, written.field);
}

void check_shorter(section& root, const setting& shorter, const setting& longer, std::string_view why) {
    if (shorter.value < longer.value) return;
    root.complain(position_of_either(root, longer, shorter),
                  fmt::format("{}.{} is {} and {}.{} is {}: {}", shorter.table, shorter.field,
                              duration_text(shorter.value), longer.table, longer.field,
                              duration_text(longer.value), why),
                  fmt::format("make {}.{} the shorter one", shorter.table, shorter.field));
}

// Checks times that must be in a certain order.
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
    root.complain(position_of(root, "admin", "listen"), "admin.listen is the same as server.listen",
                  "give the admin listener a port of its own, one that clients cannot reach");
}

void check_token(section& root, const settings& s, admin_token token) {
    if (s.admin_token.empty() && token == admin_token::optional) return;
    if (s.admin_token.size() >= token_bytes_min) return;
    root.complain(position_of(root, "admin", "token"),
                  s.admin_token.empty()
                      ? "the admin token is not set"
                      : fmt::format("the admin token is shorter than {} characters", token_bytes_min),
                  "set WEIR_ADMIN_TOKEN, for example to the output of: openssl rand -hex 16");
}

void check_settings(section& root, const settings& s, admin_token token) {
    check_l1(root, s.l1);
    check_http(root, s.http);
    check_times(root, s);
    check_listeners(root, s);
    check_token(root, s, token);
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
        return std::nullopt;  // without brackets an IPv6 address does not show where the port begins
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
    read_table(root, "server", server_fields, out);
    read_table(root, "admin", admin_fields, out);
    redis_settings redis;
    if (read_table(root, "redis", redis_fields, redis)) out.redis = std::move(redis);
    read_table(root, "postgres", postgres_fields, out.postgres);
    out.reads.lease_ttl = out.postgres.query_timeout * 3 / 2;
    read_table(root, "reads", reads_fields, out.reads);
    read_table(root, "l1", l1_fields, out.l1);
    read_table(root, "bus", bus_fields, out.bus);
    read_table(root, "relay", relay_fields, out.relay);
    read_table(root, "audit", audit_fields, out.audit);
    read_table(root, "http", http_fields, out.http);
    read_table(root, "log", log_fields, out.log);
    check_settings(root, out, token);
    return out;
}

}  // namespace weir::config
