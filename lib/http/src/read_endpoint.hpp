// GET of a declared resource: parameters in, the cache's answer out.
//
// Runs on its worker's executor. When cancelled the reader ends the wait; the flight that it joined goes on
// for others.
#pragma once

#include "weir/cache/read_path.hpp"
#include "weir/http/endpoint.hpp"

#include "cache_status.hpp"
#include "parameters.hpp"

#include <array>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace weir::http {

class read_endpoint final : public endpoint {
 public:
    // `what` and `from` outlive it. Counts weir_http_answers_total{resource,outcome}.
    read_endpoint(const resource& what, reader& from, milliseconds request_timeout,
                  prometheus::Registry& metrics);

    bool respond_now(const call& c, response& out) override;
    awaitable<void> respond(const call& c, response& out) override;

 private:
    void finish(const call& c, const answer& got, response& out, unix_ms now) const;
    void count(outcome how, response& out) const;

    const resource& what_;
    reader& from_;
    milliseconds request_timeout_;
    parameter_reader parameters_;
    std::array<prometheus::Counter*, outcome_names.size()> answers_{};
};

// The fields that describe an answer's freshness and identity, and its status: 200, 304 or 404.
void describe(const resource& what, const answer& got, std::string_view if_none_match, unix_ms now,
              response& out);

}  // namespace weir::http
