// Nodes that share a fake L2 and a fake database: what the tests of the read path are told with.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/bus.hpp"
#include "weir/cache/read_path.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"

#include <prometheus/registry.h>

#include <algorithm>

namespace weir::test {

using source = provenance::source;

// Two nodes' worth of read paths can be made on one of these: they share the L2 and the database, not the
// flights.
struct world {
    policy declared = shop_policy();
    prometheus::Registry registry;
    read_metrics counts{registry, declared};
    fake::l2 shared_l2;
    fake::database db;
    boost::asio::io_context context;

    resource_ptr item() const { return borrowed(declared.resources[0]); }
    resource_ptr list() const { return borrowed(declared.resources[1]); }
    resource_ptr profile() const { return borrowed(declared.resources[2]); }
};

struct node {
    explicit node(world& w, read_options options = {.lease_wait = milliseconds{200}},
                  double absences_per_second = 100)
        : l2(w.shared_l2),
          from(w.db),
          absences(absences_per_second),
          tiers{in_flight, coherence, &l1, absences, w.counts, head_of},
          path(w.context.get_executor(), w.declared.key_head(), options, tiers, &l2, from) {}

    static std::string head_of(const cacheable&, const entry_facts&, std::string_view etag, coding) {
        return "ETag: " + std::string{etag} + "\r\n";
    }

    weir::coherence coherence;  // off the bus unless a test says otherwise
    weir::l1 l1{{}, coherence};
    flights in_flight{coherence};
    fake::l2_store l2;
    fake::loader from;
    absence_budget absences;
    read_tiers tiers;
    read_path path;
};

struct trusted_node : node {
    explicit trusted_node(world& w, read_options options = {.lease_wait = milliseconds{200}})
        : node(w, options) {
        coherence.trust_until(steady_clock::now() + seconds{60});
    }
};

using tier = provenance::tier;

inline const std::vector<std::string> p1{"p1"};
inline const std::vector<std::string> no_names;

inline awaitable<result<answer>> get(node& n, resource_ptr what, std::vector<std::string> values = p1) {
    co_return co_await n.path.get(std::move(what), std::move(values), deadline::in(seconds{10}));
}

inline result<answer> get_now(world& w, node& n, const resource_ptr& what,
                              std::vector<std::string> values = p1) {
    return run(w.context, get(n, what, std::move(values)));
}

inline awaitable<void> get_into(node& n, resource_ptr what, std::vector<answer>& answers) {
    auto got = co_await get(n, what);
    answers.push_back(got.value());
}

}  // namespace weir::test
