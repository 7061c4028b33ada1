// What the stories about Postgres share: how they reach the private server, and shorthands for bounded
// waiting.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/ports.hpp"
#include "weir/policy/change_map.hpp"
#include "weir/policy/policy.hpp"
#include "weir/postgres/pool.hpp"

#include "support/run.hpp"
#include "support/servers.hpp"
#include "support/soon.hpp"

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir::test {

// Polls until `is_so`, at most five seconds.
inline awaitable<bool> becomes_true(std::function<bool()> is_so) {
    const auto until = soon();
    while (!is_so()) {
        if (until.passed()) co_return false;
        co_await sleep_for(milliseconds{5});
    }
    co_return true;
}

inline postgres::pool_options pool_on(const private_postgres& server, std::size_t size = 2,
                                      std::size_t queue_max = 8) {
    postgres::pool_options options;
    options.to = postgres::conninfo::parse(server.url());
    options.size = size;
    options.queue_max = queue_max;
    options.connect_timeout = milliseconds{500};
    options.statement_timeout = milliseconds{2000};
    return options;
}

// One statement on whatever connection the pool gives.
inline awaitable<result<postgres::table>> ask(postgres::pool& from, std::string sql, deadline until) {
    auto got = co_await from.acquire(until);
    if (!got) co_return got.error();
    co_return co_await (*got)->exec(std::move(sql), until);
}

// A policy that declares changes of these tables, with these columns.
inline policy declaring(std::vector<std::pair<std::string, std::vector<std::string>>> tables) {
    policy p;
    for (auto& [table, columns] : tables) {
        change c;
        c.table = table;
        for (auto& column : columns) c.columns.push_back({.name = column, .rule = {}});
        p.changes.push_back(std::move(c));
    }
    return p;
}

// What a consumer that declares these tables tells of itself.
inline consumer_facts consumer_of(const policy& p, std::string name = "one") {
    return {.name = std::move(name),
            .description = "weir:v1",
            .needs = recorded_needs(p),
            .retention = milliseconds{0},
            .lifetime = seconds{60}};
}

// Enters as a consumer of these tables, separated by spaces.
inline awaitable<void> enter(outbox& at, std::string tables = "items") {
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    std::istringstream words(tables);
    for (std::string table; words >> table;) all.emplace_back(table, std::vector<std::string>(1, "id"));
    const auto facts = consumer_of(declaring(std::move(all)));
    const auto entered = co_await at.enter(facts, soon());
    if (!entered) throw std::runtime_error("a consumer was not registered");
}

// What the outbox holds, in words: "items en,1; items as a whole".
inline const std::string recorded =
    "select coalesce(string_agg(line, '; ' order by line collate \"C\"), '') from (select table_name || case "
    "when "
    "is_bulk then ' as a whole' else ' ' || (select coalesce(string_agg(value, ',' order by key), '') from "
    "jsonb_each_text(image)) end as line from weir.outbox where settled_at is null) as lines";

inline long long ms_since(steady_clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count();
}

}  // namespace weir::test
