// The fields of the tables about this process. Each row is what the reader, the reference and the JSON Schema
// know of a field (field.hpp).
#pragma once

#include "weir/config/settings.hpp"
#include "weir/policy/coding.hpp"

#include "field.hpp"

namespace weir::config {

inline constexpr duration_bounds timeouts{milliseconds{1}, std::chrono::hours{1}};
inline constexpr duration_bounds timeouts_or_none{milliseconds{0}, std::chrono::hours{1}};

inline constexpr auto server_fields = std::to_array<field<settings>>({
    at<&settings::listen>("listen", address{}, {}, R"(`"[::1]:8080"`, `"0.0.0.0:8080"`)"),
    at<&settings::workers>("workers", integer_bounds{0, 1024}, {},
                           "threads, each with its own connections. 0: one per processor that the process "
                           "may use, see below. Never more than `[postgres] connections` less four"),
    at<&settings::shutdown_delay>(
        "shutdown_delay", timeouts_or_none, {},
        "after SIGTERM, how long the service goes on accepting while `/readyz` answers 503, see below"),
    at<&settings::drain_timeout>("drain_timeout", timeouts_or_none, {},
                                 "after that, what requests in flight get to finish"),
});

inline constexpr auto admin_fields = std::to_array<field<settings>>({
    at<&settings::admin_listen>("listen", address{}, {},
                                "not that of `[server]`; keep it where clients cannot reach it"),
    at<&settings::admin_token>(
        "token", text{}, {"none"},
        "`Authorization: Bearer …`; at least 16 characters. `weir serve` does not start without one"),
});

inline constexpr std::array<std::string_view, 5> redis_schemes{
    "redis://", "redis+sentinel://", "redis+cluster://", "unix://", "redis+unix://"};

inline constexpr auto redis_fields = std::to_array<field<redis_settings>>({
    at<&redis_settings::url>("url", url{redis_schemes, "redis://127.0.0.1:6379/0"}, {},
                             "`redis://[user:password@]host[:port][/db]`, `unix:///path/to.sock?db=0`, "
                             "`redis+sentinel://[user:password@]host[:port],…/master_name[/"
                             "db][?sentinel_password=…]` (port 26379), "
                             "`redis+cluster://[user:password@]host[:port],…` (some of the nodes)"),
    at<&redis_settings::connect_timeout>("connect_timeout", timeouts, {}, ""),
    at<&redis_settings::command_timeout>("command_timeout", timeouts, {},
                                         "then the request goes on without Redis; under `bus.lease`"),
    at<&redis_settings::pending_max>(
        "pending_max", integer_bounds{1, 1'000'000}, {},
        "commands in flight on a worker's connection; further ones fail at once"),
});

inline constexpr std::array<std::string_view, 5> postgres_schemes{"postgresql://", "postgres://",
                                                                  "host=", "dbname=", "user="};

inline constexpr auto postgres_fields = std::to_array<field<postgres_settings>>({
    at<&postgres_settings::url>("url", url{postgres_schemes, "postgresql://weir@127.0.0.1:5432/weir"}, {},
                                "a URL, or libpq's `host=… dbname=…`"),
    at<&postgres_settings::connections>("connections", integer_bounds{1, 10'000}, {},
                                        "over all workers: the most that Postgres is ever asked at once. At "
                                        "least 5: four for writes and one for each worker. Two more are open "
                                        "besides, see below"),
    at<&postgres_settings::queue_max>(
        "queue_max", integer_bounds{0, 1'000'000}, {},
        "requests waiting for one of them, over all workers; more are a 503 with Retry-After"),
    at<&postgres_settings::connect_timeout>("connect_timeout", timeouts, {}, ""),
    at<&postgres_settings::query_timeout>("query_timeout", timeouts, {},
                                          "of a load; under `reads.lease_ttl`"),
});

inline constexpr auto reads_fields = std::to_array<field<read_settings>>({
    at<&read_settings::request_timeout>("request_timeout", timeouts, {},
                                        "a request is answered by then, whatever is away"),
    at<&read_settings::lease_ttl>(
        "lease_ttl", timeouts, {"`query_timeout` and a half"},
        "over `postgres.query_timeout`: a load that takes longer than its lease stores nothing. No longer "
        "than "
        "needed: when a node dies with a lease, the others wait `lease_wait` each time and then load without "
        "storing until it ends"),
    at<&read_settings::lease_wait>("lease_wait", timeouts_or_none, {},
                                   "how long to wait for another node's load; then this node loads without "
                                   "storing. Under `request_timeout`"),
    at<&read_settings::absences_per_second_max>(
        "absences_per_second_max", number_bounds{0, 1e9}, {},
        "new entries that show nothing (\"not found\", `[]`, an object that begins with an empty array); "
        "beyond "
        "it they are answered and not stored, so that random ids, locales or cursors cannot fill Redis"),
});

inline constexpr size_bounds l1_sizes{0, std::size_t{1} << 40};

inline constexpr auto l1_fields = std::to_array<field<l1_settings>>({
    at<&l1_settings::bytes_max>("bytes_max", l1_sizes, {}, R"(keys and overhead included. `"0"`: no L1)"),
    at<&l1_settings::entry_bytes_max>(
        "entry_bytes_max", l1_sizes,
        {R"(`"1MiB"`, at most `bytes_max`)",
         [](l1_settings& l1) { l1.entry_bytes_max = std::min(l1.entry_bytes_max, l1.bytes_max); }},
        "a larger answer stays in Redis; not over `bytes_max`"),
    at<&l1_settings::absence_bytes_max>(
        "absence_bytes_max", l1_sizes,
        {"a sixteenth of `bytes_max`", [](l1_settings& l1) { l1.absence_bytes_max = l1.bytes_max / 16; }},
        "the part of `bytes_max` that \"not found\" may take, so that random ids cannot push out what is "
        "asked "
        "for"),
    at<&l1_settings::ttl_max>("ttl_max", duration_bounds{milliseconds{1}, std::chrono::hours{24}}, {},
                              "no entry stays longer in L1 than this, or than what is left of its TTL"),
});

inline constexpr auto bus_fields = std::to_array<field<bus_settings>>({
    at<&bus_settings::lease>(
        "lease", duration_bounds{milliseconds{200}, milliseconds{10'000}}, {},
        "how long a node may trust its L1 without word from Redis. So a write waits at most this long for a "
        "node that hangs or is cut off, and a node that lost Redis serves from L1 at most this long. Under "
        "`reads.request_timeout`; renewed four times as often"),
});

inline constexpr auto relay_fields = std::to_array<field<relay_settings>>({
    at<&relay_settings::poll_interval>(
        "poll_interval", duration_bounds{milliseconds{10}, std::chrono::hours{1}}, {},
        "Postgres wakes the relay by `NOTIFY`; it also looks this often, since a notification can be lost"),
    at<&relay_settings::batch_max>("batch_max", integer_bounds{1, 100'000}, {},
                                   "outbox rows in one transaction"),
});

inline constexpr auto audit_fields = std::to_array<field<audit_settings>>({
    at<&audit_settings::rate>(
        "rate", number_bounds{0, 100}, {},
        "entries a second that this node compares with the database, at the cost of a load each, and of a "
        "tenth of one connection's time at most. "
        "`0`: none. See [freshness](freshness.md#the-last-net)"),
    at<&audit_settings::triggers_interval>("triggers_interval",
                                           duration_bounds{milliseconds{100}, milliseconds{25'000}}, {},
                                           "how often this node looks whether each declared table still has "
                                           "its triggers. While one has not, its "
                                           "resources are forgotten as often"),
});

inline constexpr auto http_fields = std::to_array<field<http_settings>>({
    at<&http_settings::header_bytes_max>("header_bytes_max", size_bounds{256, 1 << 20}, {},
                                         "a longer header is a 431"),
    at<&http_settings::target_bytes_max>("target_bytes_max", size_bounds{64, 1 << 20}, {},
                                         "path and query, a part of the header; a longer one is a 414"),
    at<&http_settings::body_bytes_max>("body_bytes_max", size_bounds{1, 64 << 20}, {},
                                       "a longer body is a 413"),
    at<&http_settings::connections_max>("connections_max", integer_bounds{1, 10'000'000}, {},
                                        "over all workers; one more is answered with a 503 and closed"),
    at<&http_settings::header_timeout>("header_timeout", timeouts, {},
                                       "from a request's first byte to the end of its header; then a 408"),
    at<&http_settings::body_timeout>("body_timeout", timeouts, {}, "then a 408"),
    at<&http_settings::write_timeout>("write_timeout", timeouts, {},
                                      "a client that does not read for so long is closed"),
    at<&http_settings::idle_timeout>(
        "idle_timeout", timeouts, {},
        "between the requests of one connection; then it is closed. Longer than the balancer's own (mostly "
        "60 s): otherwise it may send a request on a connection that is just being closed"),
});

template <coding Coding>
constexpr int& level_of(compression& c) {
    return c.levels[static_cast<std::size_t>(Coding)];
}

template <coding Coding>
inline constexpr integer_bounds levels{0, level_max[static_cast<std::size_t>(Coding)]};

inline constexpr auto compression_fields = std::to_array<field<compression>>({
    at<&compression::bytes_min>("bytes_min", size_bounds{0, std::size_t{1} << 30}, {},
                                "a smaller body is sent as it is"),
    at<level_of<coding::br>>("br", levels<coding::br>, {}, "the level; 0: not offered"),
    at<level_of<coding::zstd>>("zstd", levels<coding::zstd>, {}, "the same"),
    at<level_of<coding::gzip>>("gzip", levels<coding::gzip>, {}, "the same"),
});

// In the order of log::level.
inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warn", "error"};

inline constexpr auto log_fields = std::to_array<field<log_settings>>({
    at<&log_settings::level>("level", choice{log_levels}, {}, ""),
    at<&log_settings::access_sample>("access_sample", number_bounds{0, 1}, {},
                                     "the share of requests that get an access line"),
});

}  // namespace weir::config
