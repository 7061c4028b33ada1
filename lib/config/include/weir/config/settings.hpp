// The settings of this process: endpoints, limits and timeouts. What it serves is the policy
// (weir/policy/policy.hpp).
//
// Built once by config::load, then immutable. The defaults here are the documented ones
// (docs/configuration.md).
#pragma once

#include "weir/base/log.hpp"
#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::config {

struct endpoint {
    std::string host;  // an address or a name; an IPv6 address without its brackets
    std::uint16_t port = 0;

    bool operator==(const endpoint&) const = default;
};

// Reads "host:port" and "[::1]:8080". Returns nullopt for anything else.
std::optional<endpoint> parse_endpoint(std::string_view text);

// Secrets: `url` may hold a password. Never log it.
struct redis_settings {
    std::string url = "redis://127.0.0.1:6379/0";
    milliseconds connect_timeout{500};
    milliseconds command_timeout{50};
    std::size_t pending_max = 4096;  // commands in flight on one worker's connection; more fail at once
};

struct postgres_settings {
    std::string url = "postgresql://weir@127.0.0.1:5432/weir";
    // Over all workers and for writes; workers are no more than these allow. One that listens and one that
    // keeps the registration come on top.
    std::size_t connections = 16;
    std::size_t queue_max = 256;  // loads and writes waiting for a connection, over all workers; more are 503
    milliseconds connect_timeout{1000};
    milliseconds query_timeout{1000};
};

struct read_settings {
    milliseconds request_timeout{2000};  // the whole of a GET or a write, from its last header byte
    // Longer than postgres.query_timeout, since a load under an expired lease stores nothing. By default half
    // as much again, and no more: when a node dies, no other node can fill what it had leased until the lease
    // ends.
    milliseconds lease_ttl{1500};
    // How long a request waits for another node's load before it starts its own. Less than request_timeout.
    milliseconds lease_wait{1000};
    // New "not found" entries a second. Beyond that they are answered but not stored.
    double absences_per_second_max = 100;
};

// L1, in this process and shared by its workers.
struct l1_settings {
    std::size_t bytes_max = 256 << 20;         // keys and overhead included; 0: no L1
    std::size_t entry_bytes_max = 1 << 20;     // a larger answer stays in L2; at most bytes_max
    std::size_t absence_bytes_max = 16 << 20;  // of bytes_max, for "not found"; by default a sixteenth of it
    milliseconds ttl_max{60'000};  // no entry stays longer in L1 than this, or than what is left of its TTL
};

struct bus_settings {
    // How long a node may trust its L1 without contact to Redis. So it is also the longest time that a write
    // waits for a node that hangs. Less than reads.request_timeout.
    milliseconds lease{1000};
};

struct relay_settings {
    milliseconds poll_interval{250};
    std::size_t batch_max = 1000;  // outbox rows in one transaction
};

// What looks for answers that no invalidation reached.
struct audit_settings {
    double rate = 2;                         // entries a second that are compared with the database; 0: none
    milliseconds triggers_interval{10'000};  // between two looks at the declared tables' triggers
};

struct http_settings {
    std::size_t header_bytes_max = 8 * 1024;
    std::size_t target_bytes_max = 4 * 1024;  // path and query of one request
    std::size_t body_bytes_max = 64 * 1024;
    std::size_t connections_max = 10'000;  // over all workers; more are answered with a 503
    milliseconds header_timeout{5000};     // from the first byte of a request to the end of its header
    milliseconds body_timeout{10'000};
    milliseconds write_timeout{10'000};  // of a client that does not read
    milliseconds idle_timeout{75'000};   // between requests of one connection; over that of common balancers
};

struct log_settings {
    log::level level = log::level::info;
    double access_sample = 1;  // the share of requests that get an access line, 0 to 1
};

struct settings {
    endpoint listen{"127.0.0.1", 8080};
    endpoint admin_listen{"127.0.0.1", 8081};
    std::size_t workers = 0;  // 0: one per processor that this process may use (weir/config/workers.hpp)
    std::string admin_token;  // a secret of at least 16 characters; may be empty if load() need not have it
    milliseconds shutdown_delay{5'000};   // after SIGTERM: unready and still accepting
    milliseconds drain_timeout{10'000};   // after that: what requests in flight get
    std::optional<redis_settings> redis;  // nullopt: a single node without L2
    postgres_settings postgres;
    read_settings reads;
    l1_settings l1;
    bus_settings bus;
    relay_settings relay;
    audit_settings audit;
    http_settings http;
    log_settings log;
};

}  // namespace weir::config
