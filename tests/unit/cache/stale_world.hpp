// A world whose items have outlived their TTL: 600 s without jitter, then windows of a minute and an hour.
#pragma once

#include "weir/l1/entry.hpp"

#include "read_path_world.hpp"

namespace weir::test {

inline constexpr read_options brisk{.lease_wait = milliseconds{200}, .refresh_pause = milliseconds{30}};
inline const std::vector<std::string> tags_of_item{"weir:v1:all:product"};
// With these what has ten seconds left is due whatever the draw (but for one in 100,000), and what was loaded
// here, in far less than a second, is not. (L1 knows of no costs above 71 minutes.)
inline constexpr double eager = 300;
inline constexpr microseconds dear{seconds{4000}};
inline const std::string old_body = R"({"v":"old"})";
inline const std::string new_body = R"({"v":"new"})";

struct stale_world : world {
    stale_world() {
        ttl_policy& ttl = declared.resources[0].cached->ttl;
        ttl.jitter = milliseconds{0};
        ttl.stale_while_revalidate = seconds{60};
        ttl.stale_if_error = seconds{3600};
        ttl.early_refresh = eager;
        db.put("product", p1, new_body);
    }

    ttl_policy& ttl() { return declared.resources[0].cached->ttl; }
    double refreshes(refreshed how) {
        return counts.of(*item()).refreshes[static_cast<std::size_t>(how)]->Value();
    }
};

// In L2, as if loaded so long ago.
inline void put_aged(stale_world& w, node& n, seconds age, microseconds cost = microseconds{1000}) {
    const auto versions = run(w.context, n.l2.ensure_versions(tags_of_item, deadline::in(seconds{1})));
    auto e = make_entry(w.ttl(), old_body, unix_now() - age, cost, 0);
    e.tag_versions = versions.value();
    w.shared_l2.put(item_key, encode(e), seconds{7200});
}

inline constexpr seconds just_stale{610};      // in the first window
inline constexpr seconds long_stale{700};      // only in the second
inline constexpr seconds too_old{600 + 3601};  // in neither

inline awaitable<void> write_over(stale_world& w, node& n, std::string body, bool is_heard = true) {
    w.db.put("product", p1, std::move(body));
    const std::vector<std::string> keys{item_key};
    const auto deleted = co_await n.l2.invalidate(keys, no_names, deadline::in(seconds{1}));
    REQUIRE(deleted.has_value());
    if (is_heard) forget_locally(n.coherence, &n.l1, keys, no_names);
}

inline awaitable<void> until_complete(node& n) {
    const auto until = deadline::in(seconds{5});
    while (n.in_flight.size() > 0 && !until.passed()) co_await sleep_for(milliseconds{1});
    REQUIRE(n.in_flight.size() == 0);
}

}  // namespace weir::test
