// The statements of a connection: sends and flushes them, and takes the replies in order (libpq's pipeline
// mode).
#include "weir/base/hash.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/postgres/sqlstate.hpp"

#include "server_error_log.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace weir::postgres {
namespace {

const std::string deallocate = "deallocate all";
const std::string rollback_and_deallocate = "rollback; deallocate all";

std::string field(const PGresult* reply, int code) {
    const char* text = PQresultErrorField(reply, code);
    return text != nullptr ? text : "";
}

// Returns whether the server has lost a plan (26000), or a change of its tables made the plan useless. The
// latter shares 0A000 with many other errors, and its message is translated; the name of the function that
// raises it is not.
bool is_stale_plan(const PGresult* reply, std::string_view sqlstate) {
    if (sqlstate == "26000") return true;
    return sqlstate == "0A000" && field(reply, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::uint64_t affected_rows(PGresult* reply) {
    return number_in(PQcmdTuples(reply));
}

// Returns the name under which the server knows a statement: it would cut a longer one without a word, and
// two that begin alike would be one. `made` keeps a name that had to be made.
const char* server_name(const std::string& name, std::string& made) {
    constexpr std::size_t bytes_max = 63;
    constexpr std::size_t bytes_kept = 40;
    constexpr std::size_t digits = 16;
    if (name.size() <= bytes_max) return name.c_str();
    made = name.substr(0, bytes_kept) + '_' + sha256_hex(name).substr(0, digits);
    return made.c_str();
}

bool send_prepare(PGconn* handle, const step& s) {
    const std::vector<Oid> types(s.types.begin(), s.types.end());
    std::string made;
    return PQsendPrepare(handle, server_name(s.name, made), s.sql.c_str(), static_cast<int>(types.size()),
                         types.data()) == 1;
}

bool send_query(PGconn* handle, const std::string& name, const std::vector<sql_text>& values) {
    std::vector<const char*> texts;
    texts.reserve(values.size());
    for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
    std::string made;
    return PQsendQueryPrepared(handle, server_name(name, made), static_cast<int>(texts.size()), texts.data(),
                               nullptr, nullptr, 0) == 1;
}

}  // namespace

result<void> connection::may_start(deadline until) const {
    if (!is_open() || is_busy_) return errc::unavailable;
    if (until.passed()) return errc::timeout;
    return {};
}

awaitable<result<table>> connection::query(const std::string& name, const std::string& sql,
                                           std::vector<sql_text> values, deadline until) {
    const step only{name, sql, std::move(values)};
    auto tables = co_await batch({&only, 1}, until);
    if (!tables) co_return tables.error();
    co_return std::move(tables->front());
}

awaitable<result<std::vector<table>>> connection::batch(std::span<const step> steps, deadline until) {
    auto got = co_await reads(steps, until);
    if (!got) co_return got.error();
    std::vector<table> tables;
    for (auto& one : *got) {
        if (!one) co_return one.error();
        tables.push_back(std::move(*one));
    }
    co_return tables;
}

awaitable<result<outcomes>> connection::reads(std::span<const step> steps, deadline until) {
    const bool was_in_transaction = is_in_transaction();
    auto got = co_await attempt(steps, until);
    if (!got || !has_stale_plan_) co_return got;
    if (was_in_transaction) {
        is_spoilt_ = true;
        co_return errc::unavailable;  // nothing was written; the next attempt meets another connection
    }
    // No step of the batch took effect, so it may run again.
    const auto forgotten = co_await forget_plans(until);
    if (!forgotten) co_return forgotten.error();
    co_return co_await attempt(steps, until);
}

awaitable<result<void>> connection::forget_plans(deadline until) {
    const auto done = co_await exec(is_in_transaction() ? rollback_and_deallocate : deallocate, until);
    if (!done) co_return done.error();
    prepared_.clear();
    co_return result<void>{};
}

awaitable<result<outcomes>> connection::attempt(std::span<const step> steps, deadline until) {
    has_stale_plan_ = false;
    last_error_ = {};
    const auto ready = may_start(until);
    if (!ready) co_return ready.error();
    is_busy_ = true;
    auto prepares = send(steps);
    if (!prepares) co_return prepares.error();
    const auto flushed = co_await flush(until);
    if (!flushed) co_return flushed.error();
    auto got = co_await collect(steps, std::move(*prepares), until);
    if (is_open() && !is_busy_) PQexitPipelineMode(handle_.get());
    co_return got;
}

// Sends the steps. Returns for each of them whether the preparation of its statement was sent before it.
result<std::vector<bool>> connection::send(std::span<const step> steps) {
    auto* const handle = handle_.get();
    bool is_sent = PQenterPipelineMode(handle) == 1;
    std::vector<bool> prepares;
    std::set<std::string_view> preparing;
    for (const auto& s : steps) {
        prepares.push_back(!prepared_.contains(s.name) && preparing.insert(s.name).second);
        if (prepares.back()) {
            is_sent = is_sent && send_prepare(handle, s);
        }
        is_sent = is_sent && send_query(handle, s.name, s.values);
    }
    is_sent = is_sent && PQpipelineSync(handle) == 1;
    if (!is_sent || has_dropped()) return lost();
    return prepares;
}

// Sends what is buffered. It reads as well: a server that waits until its replies are taken accepts no more
// statements.
awaitable<result<void>> connection::flush(deadline until) {
    for (;;) {
        const int left = PQflush(handle_.get());
        if (has_dropped() || left < 0) co_return lost();
        if (left == 0) co_return result<void>{};
        const auto ready = co_await wait(wish::either, until);
        if (!ready) co_return ready.error();
        const bool is_read = PQconsumeInput(handle_.get()) == 1;
        if (has_dropped() || !is_read) co_return lost();
    }
}

awaitable<result<connection::reply>> connection::next_reply(deadline until) {
    const auto arrived = co_await receive(until);
    if (!arrived) co_return arrived.error();
    co_return reply{PQgetResult(handle_.get())};
}

// Waits until PQgetResult has a reply and need not wait.
awaitable<result<void>> connection::receive(deadline until) {
    while (PQisBusy(handle_.get()) == 1) {
        const auto ready = co_await wait(wish::read, until);
        if (!ready) co_return ready.error();
        // A failure still leaves what was read before it, perhaps the reason why the server closed.
        PQconsumeInput(handle_.get());
        if (has_dropped() && PQisBusy(handle_.get()) == 1) co_return lost();
    }
    co_return result<void>{};
}

// Takes the replies of all steps. An error of a preparation is the error of its step. The replies of several
// steps arrive together, so most are here when they are needed. No coroutine is made for those.
awaitable<result<outcomes>> connection::collect(std::span<const step> steps, std::vector<bool> prepares,
                                                deadline until) {
    outcomes made;
    bool is_refused = false;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (bool is_preparation : {true, false}) {
            if (is_preparation && !prepares[i]) continue;
            if (PQisBusy(handle_.get()) == 1) {
                const auto arrived = co_await receive(until);
                if (!arrived) co_return arrived.error();
            }
            auto rows = read(reply{PQgetResult(handle_.get())}, steps[i].name, steps[i].wants_types);
            if (!is_open()) co_return rows.error();
            if (PQisBusy(handle_.get()) == 1) {
                const auto arrived = co_await receive(until);
                if (!arrived) co_return arrived.error();
            }
            PQclear(PQgetResult(handle_.get()));  // the null that ends each command's replies
            if (rows && is_preparation) prepared_.insert(steps[i].name);
            const bool is_outcome = !is_refused && (!rows || !is_preparation);
            is_refused = is_refused || !rows;
            if (is_outcome) made.push_back(std::move(rows));
        }
    }
    auto sync = co_await next_reply(until);
    if (!sync) co_return sync.error();
    if (PQresultStatus(sync->get()) != PGRES_PIPELINE_SYNC) co_return lost();
    is_busy_ = false;
    co_return made;
}

result<table> connection::read(reply from, const std::string& name, bool wants_types) {
    switch (PQresultStatus(from.get())) {
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY:
        case PGRES_TUPLES_OK:
            break;
        case PGRES_PIPELINE_ABORTED:
            return errc::rejected;  // skipped after the error that counts
        default:
            return refused(from, name);
    }
    table made;
    made.affected = affected_rows(from.get());
    const int columns = PQnfields(from.get());
    for (int c = 0; wants_types && c < columns; ++c) made.types.push_back(PQftype(from.get(), c));
    made.rows.resize(static_cast<std::size_t>(PQntuples(from.get())));
    for (int r = 0; auto& row : made.rows) {
        row.reserve(static_cast<std::size_t>(columns));
        for (int c = 0; c < columns; ++c) {
            if (PQgetisnull(from.get(), r, c) == 1) {
                row.emplace_back();
            } else {
                row.emplace_back(std::in_place, PQgetvalue(from.get(), r, c),
                                 static_cast<std::size_t>(PQgetlength(from.get(), r, c)));
            }
        }
        ++r;
    }
    return made;
}

errc connection::refused(const reply& by, const std::string& name) {
    if (!by || PQresultStatus(by.get()) != PGRES_FATAL_ERROR) {
        lost();  // COPY, or replies out of order: the connection cannot go on
        return errc::protocol;
    }
    last_error_.sqlstate = field(by.get(), PG_DIAG_SQLSTATE);
    last_error_.message = field(by.get(), PG_DIAG_MESSAGE_PRIMARY);
    last_error_.constraint = field(by.get(), PG_DIAG_CONSTRAINT_NAME);
    last_error_.column = field(by.get(), PG_DIAG_COLUMN_NAME);
    last_error_.routine = field(by.get(), PG_DIAG_SOURCE_FUNCTION);
    last_error_.hint = field(by.get(), PG_DIAG_MESSAGE_HINT);
    last_error_.position = number_in(field(by.get(), PG_DIAG_STATEMENT_POSITION));
    has_stale_plan_ = is_stale_plan(by.get(), last_error_.sqlstate);
    // A statement without a name is only described: its author is told of the error, and the log need not be.
    if (!has_stale_plan_ && !name.empty()) log_server_error(last_error_, name);
    if (has_dropped()) {
        close();
        return errc::unavailable;
    }
    return to_errc(last_error_.sqlstate);
}

awaitable<result<table>> connection::exec(std::string sql, deadline until) {
    const auto ready = may_start(until);
    if (!ready) co_return ready.error();
    is_busy_ = true;
    const bool is_sent = PQsendQuery(handle_.get(), sql.c_str()) == 1;
    if (has_dropped() || !is_sent) co_return lost();
    const auto flushed = co_await flush(until);
    if (!flushed) co_return flushed.error();
    co_return co_await collect_simple(until);
}

awaitable<result<table>> connection::collect_simple(deadline until) {
    static const std::string name = "simple";
    result<table> last = table{};
    for (;;) {
        auto got = co_await next_reply(until);
        if (!got) co_return got.error();
        if (!*got) break;
        auto rows = read(std::move(*got), name);
        if (!is_open()) co_return rows.error();
        if (last) last = std::move(rows);
    }
    is_busy_ = false;
    co_return last;
}

awaitable<void> connection::drain(deadline until) {
    while (is_open() && is_busy_) {
        auto got = co_await next_reply(until);
        if (!got) co_return;
        const bool is_synced = *got && PQresultStatus(got->get()) == PGRES_PIPELINE_SYNC;
        const bool is_over = !*got && PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF;
        if (is_synced || is_over || has_dropped()) co_return;
    }
}

}  // namespace weir::postgres
