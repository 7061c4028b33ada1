// Descriptions of statements: the extended protocol's Parse and Describe, with the unnamed statement.
#include "weir/postgres/connection.hpp"

#include <libpq-fe.h>

#include <utility>

namespace weir::postgres {
namespace {

description described_by(const PGresult* reply) {
    description out;
    for (int i = 0; i < PQnparams(reply); ++i) out.parameters.push_back(PQparamtype(reply, i));
    for (int i = 0; i < PQnfields(reply); ++i) {
        out.columns.push_back({PQfname(reply, i), PQftype(reply, i), PQfmod(reply, i)});
    }
    return out;
}

}  // namespace

awaitable<result<description>> connection::describe(std::string sql, deadline until) {
    const auto ready = may_start(until);
    if (!ready) co_return ready.error();
    is_busy_ = true;
    auto* const handle = handle_.get();
    const bool is_sent = PQenterPipelineMode(handle) == 1 &&
                         PQsendPrepare(handle, "", sql.c_str(), 0, nullptr) == 1 &&
                         PQsendDescribePrepared(handle, "") == 1 && PQpipelineSync(handle) == 1;
    if (!is_sent || has_dropped()) co_return lost();
    const auto flushed = co_await flush(until);
    if (!flushed) co_return flushed.error();
    auto described = co_await collect_description(until);
    if (is_open() && !is_busy_) PQexitPipelineMode(handle_.get());
    co_return described;
}

// Takes the replies to Parse, Describe and Sync. An error of the first is the statement's.
awaitable<result<description>> connection::collect_description(deadline until) {
    static const std::string no_name;
    result<description> described = description{};
    for (const bool is_description : {false, true}) {
        auto got = co_await next_reply(until);
        if (!got) co_return got.error();
        if (described && is_description) described = described_by(got->get());
        const auto accepted = read(std::move(*got), no_name);
        if (!is_open()) co_return accepted.error();
        if (described && !accepted) described = accepted.error();
        const auto end = co_await next_reply(until);  // the null that ends each command's replies
        if (!end) co_return end.error();
    }
    auto sync = co_await next_reply(until);
    if (!sync) co_return sync.error();
    if (PQresultStatus(sync->get()) != PGRES_PIPELINE_SYNC) co_return lost();
    is_busy_ = false;
    co_return described;
}

}  // namespace weir::postgres
