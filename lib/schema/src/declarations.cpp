#include "weir/schema/declarations.hpp"

#include "weir/schema/drift.hpp"

#include "coverage.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

namespace weir {
namespace {

constexpr int version_min = 140000;
constexpr seconds connect_time_max{
    10};  // the questions may take longer, but a host that is silent will not answer

check_failure failed(error_code why, const postgres::connection& on) {
    auto message = on.last_error().message;
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
    return {.why = why, .problem = message.empty() ? why.message() : message};
}

awaitable<std::optional<check_failure>> connect(postgres::connection& on, postgres::conninfo to,
                                                deadline until) {
    const std::string where = to.describe();
    const auto connected = co_await on.connect(std::move(to), until.at_most(connect_time_max));
    if (connected) co_return std::nullopt;
    auto why = failed(connected.error(), on);
    if (connected.error() == errc::timeout)
        why.problem = where + " does not answer within " + std::to_string(connect_time_max.count()) + " s";
    co_return why;
}

// Says that the server cannot be asked: too old, or one that takes no writes.
awaitable<std::optional<check_failure>> look_at_server(postgres::connection& on, deadline until) {
    const auto got =
        co_await on.exec("select current_setting('server_version_num'), pg_is_in_recovery()", until);
    if (!got) co_return failed(got.error(), on);
    const auto& version = got->rows[0][0].value();
    int number = 0;
    std::from_chars(version.data(), version.data() + version.size(), number);
    if (number < version_min) {
        co_return check_failure{errc::rejected, "the check needs PostgreSQL 14 or newer"};
    }
    if (got->rows[0][1] == "t") {
        co_return check_failure{errc::unavailable, "the server is a standby: the check needs the primary"};
    }
    co_return std::nullopt;
}

awaitable<std::optional<check_failure>> check_resources(postgres::connection& on, const policy& p,
                                                        declaration_report& to, deadline until) {
    for (const resource& r : p.resources) {
        const auto* load = std::get_if<sql_load>(&r.from);
        if (load == nullptr) continue;
        const auto seen = co_await inspect(on, p, load->select.sql, load->select.untyped_sql, until);
        if (!seen) co_return failed(seen.error(), on);
        judge_reads(p, r, *seen, to);
    }
    co_return std::nullopt;
}

// Returns whether a statement takes what an earlier one returned. It may need that one's types, so that
// Postgres cannot analyse it alone.
bool takes_results(const write& w, const write_statement& s) {
    return std::any_of(s.values.begin(), s.values.end(),
                       [&](std::size_t value) { return value >= w.parameters.size(); });
}

awaitable<std::optional<check_failure>> check_writes(postgres::connection& on, const policy& p,
                                                     declaration_report& to, deadline until) {
    for (const write& w : p.writes) {
        for (const write_statement& s : w.statements) {
            const auto seen = co_await inspect(on, p, s.sql, {}, until);
            if (!seen) co_return failed(seen.error(), on);
            if (!seen->refused || !takes_results(w, s)) judge_write(p, w.name, *seen, to);
        }
    }
    co_return std::nullopt;
}

awaitable<std::optional<check_failure>> check_through(postgres::connection& on, const policy& p,
                                                      declaration_report& to, deadline until) {
    for (const change& c : p.changes) {
        for (const through_query& q : c.through) {
            const auto seen = co_await inspect(on, p, q.select.sql, {}, until);
            if (!seen) co_return failed(seen.error(), on);
            judge_through(p, c, q, *seen, to);
        }
    }
    co_return std::nullopt;
}

// Returns the table that a line of trigger_drift() begins with, or an empty text.
std::string table_in(std::string_view line) {
    constexpr std::string_view of_table = "table ";
    if (!line.starts_with(of_table)) return {};
    line.remove_prefix(of_table.size());
    return std::string{line.substr(0, std::min(line.find(": "), line.find(", its part ")))};
}

// Returns the tables of which the database does not record what the file declares.
std::set<std::string> not_migrated(const std::vector<std::string>& lines) {
    std::set<std::string> out;
    for (const auto& line : lines) {
        if (line.ends_with(": what is recorded of it is not what the file declares"))
            out.insert(table_in(line));
    }
    return out;
}

// Compares the triggers with the changes. A change that was never migrated gives only a warning, because the
// migration may be what comes next. A trigger that is gone since then is an error.
awaitable<std::optional<check_failure>> check_triggers(postgres::connection& on, const policy& p,
                                                       declaration_report& to, deadline until) {
    if (p.changes.empty()) co_return std::nullopt;
    const auto lines = co_await trigger_drift(on, p, until);
    if (!lines) co_return failed(lines.error(), on);
    const auto later = not_migrated(*lines);
    for (const std::string& line : *lines) {
        if (line.ends_with(": does not exist")) continue;  // which is said already
        const auto table = table_in(line);
        const bool is_later = table.empty() || later.contains(table);
        to.found.push_back({.level = is_later ? finding::severity::warning : finding::severity::error,
                            .declared = table.empty() ? "" : "change of " + table,
                            .field = {},
                            .table = table,
                            .what = line,
                            .todo = "run weir migrate: without its triggers no write is seen"});
    }
    co_return std::nullopt;
}

awaitable<std::optional<check_failure>> check_columns(postgres::connection& on, const policy& p,
                                                      declaration_report& to, deadline until) {
    auto found = co_await check_key_columns(on, p, until);
    if (!found) co_return failed(found.error(), on);
    for (auto& f : *found) to.found.push_back(std::move(f));
    auto missing = co_await check_columns_exist(on, p, until);
    if (!missing) co_return failed(missing.error(), on);
    for (auto& f : *missing) to.found.push_back(std::move(f));
    co_return std::nullopt;
}

}  // namespace

awaitable<checked_declarations> check_reads(postgres::connection& on, const policy& p, deadline until) {
    checked_declarations out;
    out.failure = co_await look_at_server(on, until);
    if (!out.failure) out.failure = co_await check_resources(on, p, out.report, until);
    if (!out.failure) out.failure = co_await check_through(on, p, out.report, until);
    if (!out.failure) out.failure = co_await check_writes(on, p, out.report, until);
    if (!out.failure) out.failure = co_await check_columns(on, p, out.report, until);
    co_return out;
}

awaitable<checked_declarations> check_declarations(postgres::connection& on, const policy& p,
                                                   deadline until) {
    auto out = co_await check_reads(on, p, until);
    if (!out.failure) out.failure = co_await check_triggers(on, p, out.report, until);
    co_return out;
}

awaitable<checked_declarations> check_declarations(postgres::conninfo to, const policy& p, deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    const auto connected = co_await connect(own, std::move(to), until);
    if (connected) co_return checked_declarations{.report = {}, .failure = *connected};
    co_return co_await check_declarations(own, p, until);
}

awaitable<checked_declarations> check_key_columns(postgres::conninfo to, const policy& p, deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    checked_declarations out;
    out.failure = co_await connect(own, std::move(to), until);
    if (out.failure) co_return out;
    auto found = co_await check_key_columns(own, p, until);
    if (!found) out.failure = failed(found.error(), own);
    if (found) out.report.found = std::move(*found);
    co_return out;
}

}  // namespace weir
