// The read path: how a GET is answered. get() → fly() → serve() → load_under_lease() → load_and_fill(), top
// to bottom.
//
// One per worker, used on its executor only; the flights are shared by all workers of the process. A flight
// is a coroutine of its own and bounded step by step: every call of a port has a deadline, every wait an end.
// See docs/architecture.md.
#pragma once

#include "weir/cache/absence_budget.hpp"
#include "weir/cache/answer.hpp"
#include "weir/cache/flights.hpp"
#include "weir/cache/ports.hpp"
#include "weir/cache/read_metrics.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace weir {

// What http calls. `values` are normalised and in the resource's order; `what` outlives the call.
class reader {
 public:
    virtual ~reader() = default;

    // errc::timeout: not ready by the deadline (the load goes on for others); errc::overloaded,
    // errc::unavailable: not in the cache and the database cannot be asked; anything else: the loader failed.
    virtual awaitable<result<answer>> get(const resource& what, std::vector<std::string> values,
                                          deadline until) = 0;
};

struct read_options {
    std::string key_head = "weir:v1";
    milliseconds l2_timeout{50};  // each command; after one miss the driver fails at once, so it is paid once
    milliseconds load_timeout{1000};
    milliseconds lease_ttl{5000};   // longer than a load, else its fill is refused
    milliseconds lease_wait{1000};  // how long to wait for another node's load before loading without storing
};

class read_path final : public reader {
 public:
    // `l2` may be null: a single node without Redis. All references outlive the object and every flight.
    read_path(boost::asio::any_io_executor executor, read_options options, flights& in_flight, l2_store* l2,
              loader& from, absence_budget& absences, read_metrics& counts);

    awaitable<result<answer>> get(const resource& what, std::vector<std::string> values,
                                  deadline until) override;

 private:
    struct request;  // what one flight is about

    awaitable<result<answer>> bypass(const resource& what, const std::vector<std::string>& values,
                                     deadline until);
    awaitable<void> fly(std::shared_ptr<flight> f, std::shared_ptr<flight> predecessor, request about);
    awaitable<result<answer>> serve(const request& about);
    awaitable<result<answer>> load_under_lease(const request& about);
    awaitable<result<answer>> load_and_fill(const request& about, const std::string& token);
    awaitable<result<answer>> load_without_storing(const request& about, bool is_l2_down);
    awaitable<result<entry>> load(const request& about);
    awaitable<bool> store(const request& about, const std::string& token, const entry& made);
    awaitable<entry_ptr> usable(const request& about, const std::string& stored);

    double random01() { return std::uniform_real_distribution<>{}(random_); }

    boost::asio::any_io_executor executor_;
    read_options options_;
    flights& flights_;
    l2_store* l2_;
    loader& loader_;
    absence_budget& absences_;
    read_metrics& counts_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir
