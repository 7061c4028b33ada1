// GET of a declared resource: from the parameters to the cache's answer.
//
// Runs on its worker's executor. Cancelling it ends its wait. The flight that it joined goes on for other
// requests.
#pragma once

#include "weir/base/metrics_registry.hpp"
#include "weir/base/tally.hpp"
#include "weir/cache/reader.hpp"
#include "weir/http/endpoint.hpp"

#include "cache_status.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"
#include "representation.hpp"

#include <prometheus/counter.h>

#include <array>

namespace weir::api {

class read_endpoint final : public http::endpoint {
 public:
    // Makes an endpoint; `offered` and `from` outlive it. Counts weir_http_answers_total{resource,outcome}
    // and weir_http_coded_answers_total{coding}.
    read_endpoint(resource_ptr what, const compression& offered, reader& from, milliseconds request_timeout,
                  metrics_registry& metrics);

    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    awaitable<void> fetch(const http::call& c, std::vector<std::string> values, accepted_codings accepted,
                          http::response& out);
    accepted_codings accepted_by(const http::request& r);
    void finish(const http::call& c, const std::vector<std::string>& values, const answer& got,
                const accepted_codings& accepted, http::response& out, unix_ms now);
    void refuse(const error_code& why, http::response& out);
    void refuse_coding(http::response& out, std::string_view why) const;
    void count(outcome how, http::response& out);
    void report();

    const resource_ptr what_;
    const compression& offered_;
    reader& from_;
    milliseconds request_timeout_;
    parameter_reader parameters_;
    gathered asked_;          // of respond(), which reuses its memory; not valid across a suspension
    std::string last_asked_;  // the last Accept-Encoding: most clients send the same few
    accepted_codings last_accepted_ = accepted_codings::only_identity();
    std::array<tally, outcome_names.size()> answers_;
    std::array<tally, compressed_codings.size()> coded_;
    const std::array<prometheus::Counter*, outcome_names.size()> counters_;
    const std::array<prometheus::Counter*, compressed_codings.size()> coded_counters_;
    metrics_registry::reporter reporter_;  // last: what it reports is there
};

// Writes the answer's status (200, 304 or 404) and the fields about its freshness and identity.
void describe(const resource& what, const answer& got, const representation& sent, unix_ms now,
              http::response& out);

}  // namespace weir::api
