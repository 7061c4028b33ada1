#include "trial.hpp"

#include "weir/policy/through.hpp"
#include "weir/prove/prove.hpp"

#include <array>
#include <map>
#include <utility>

namespace weir::prove {
namespace {

constexpr milliseconds statement_time_max{60};
constexpr milliseconds lock_time_max{50};
constexpr milliseconds first_half_max{40};       // asking twice and writing must fit into the whole
constexpr milliseconds last_start{85};           // later, no further statement is begun
constexpr milliseconds look_questions_max{300};  // of a batch of questions that no write waits for
constexpr milliseconds rollback_time_max{2000};
constexpr std::size_t batch_size = 8;

const std::string begin_name = "weir_prove_begin";
const std::string begin_sql = "begin isolation level repeatable read, read write";
// The texts of values are those that the recorder writes, and that a through-query is given.
const std::string texts_sql =
    ", set_config('datestyle', 'ISO', true), set_config('timezone', 'UTC', true), "
    "set_config('intervalstyle', 'postgres', true), set_config('extra_float_digits', '1', true)";
// A process that is stopped in the middle must not hold its locks.
const std::string limits_name = "weir_prove_limits";
const std::string trial_limits_sql = limits_sql(statement_time_max, lock_time_max) +
                                     ", set_config('idle_in_transaction_session_timeout', '" +
                                     std::to_string(transaction_time_max.count()) + "', true)" + texts_sql;
const std::string look_limits_name = "weir_prove_look_limits";
const std::string look_limits_sql =
    limits_sql(look_questions_max, look_questions_max) + std::string(read_only_sql);
const std::string now_name = "weir_prove_constraints_now";
const std::string now_sql = "set constraints all immediate";
const std::string newest_name = "weir_prove_newest_row";
const std::string newest_sql =
    "select coalesce(max(id), 0)::text from weir.outbox where txid = pg_current_xact_id()";
// Of a table as a whole, one row a transaction is recorded, perhaps by the preparation.
const std::string recorded_name = "weir_prove_recorded";
const std::string recorded_sql =
    "select o.id::text, o.table_name, o.is_bulk or o.image is null, e.key, e.value from weir.outbox o "
    "left join lateral jsonb_each_text(o.image) e on true "
    "where o.txid = pg_current_xact_id() and (o.id > $1::bigint or o.is_bulk) order by o.id";

// A policy on rows would hide some of those that a through-query finds. With row_security off, Postgres
// refuses the query instead.
const std::string see_all_name = "weir_prove_see_all";
const std::string see_all_sql = "select set_config('row_security', 'off', true)";
const std::string see_own_name = "weir_prove_see_own";
const std::string see_own_sql = "select set_config('row_security', 'on', true)";

const statement& select_of(const subject& s) {
    return std::get<sql_load>(s.what->from).select;
}

postgres::step step_of(const std::vector<subject>& subjects, const question& q) {
    const statement& select = select_of(subjects[q.reading]);
    postgres::step made{select.name, select.sql, {}};
    for (const std::size_t i : select.values) made.values.emplace_back(q.values[i]);
    return made;
}

std::string problem_of(const postgres::server_error& e) {
    const bool is_slow = e.sqlstate == "57014";  // statement_timeout
    return is_slow ? "its SQL takes longer than a proof waits for it" : e.message;
}

answer answer_of(const result<postgres::table>& got) {
    if (!got) return {};
    if (got->rows.empty()) return {.is_known = true, .body = std::nullopt};
    if (got->rows.size() != 1 || got->rows[0].size() != 1 || !got->rows[0][0]) return {};
    return {.is_known = true, .body = got->rows[0][0]};
}

std::vector<outbox_row> recorded_rows(const postgres::table& from) {
    std::map<std::string, std::size_t> by_id;
    std::vector<outbox_row> made;
    for (const auto& row : from.rows) {
        const auto [at, is_new] = by_id.try_emplace(*row[0], made.size());
        if (is_new)
            made.push_back({.id = 0, .image = {.table = *row[1], .columns = {}}, .is_bulk = row[2] == "t"});
        if (row[3]) made[at->second].image.columns.emplace_back(*row[3], row[4]);
    }
    return made;
}

through_answer through_answer_of(const through_question& asked, const postgres::table& found) {
    through_answer made{.of = asked.of, .query = asked.query, .rows = {}, .is_whole = false};
    for (const auto& row : found.rows) {
        row_image image{.table = asked.of->table, .columns = {}};
        for (std::size_t i = 0; i < asked.query->columns.size(); ++i) {
            image.columns.emplace_back(asked.query->columns[i].name, row.at(i));
        }
        made.rows.push_back(std::move(image));
    }
    return made;
}

class trial {
 public:
    trial(postgres::connection& on, const policy& p, const std::vector<subject>& subjects,
          const trial_write& what, std::span<const question> questions)
        : on_(on), policy_(p), subjects_(subjects), what_(what), questions_(questions) {}

    awaitable<trial_result> run() {
        made_.end = co_await run_open();
        co_await end();
        co_return std::move(made_);
    }

 private:
    awaitable<ending> run_open() {
        const auto is_prepared = co_await prepare();
        if (is_prepared != ending::compared) co_return is_prepared;
        const auto is_asked = co_await ask_all(made_.before);
        if (is_asked != ending::compared) co_return is_asked;
        if (passed() > first_half_max) co_return ending::too_slow;
        const auto is_written = co_await write();
        if (is_written != ending::compared) co_return is_written;
        co_return co_await ask_all(made_.after);
    }

    milliseconds passed() const {
        return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start_);
    }

    // Takes the error of the last statement.
    ending failure(error_code why) {
        if (!on_.is_open()) return ending::lost;
        if (why == errc::timeout && on_.is_busy()) return ending::too_slow;
        made_.sqlstate = on_.last_error().sqlstate;
        made_.message = problem_of(on_.last_error());
        return ending::refused;
    }

    awaitable<ending> prepare() {
        const std::array<postgres::step, 2> opening{postgres::step{begin_name, begin_sql, {}},
                                                    postgres::step{limits_name, trial_limits_sql, {}}};
        const auto opened = co_await on_.batch(opening, until_);
        if (!opened) co_return failure(opened.error());
        if (what_.preparation.empty()) co_return ending::compared;
        const auto done = co_await on_.exec(what_.preparation, until_);
        if (!done) co_return failure(done.error());
        const std::array<postgres::step, 2> closing{postgres::step{now_name, now_sql, {}},
                                                    postgres::step{newest_name, newest_sql, {}}};
        const auto tables = co_await on_.batch(closing, until_);
        if (!tables) co_return failure(tables.error());
        newest_ = (*tables)[1].rows[0][0].value_or("0");
        co_return ending::compared;
    }

    awaitable<ending> write() {
        const auto written = co_await on_.exec(what_.statement, until_);
        if (!written) co_return failure(written.error());
        if (written->affected == 0) co_return ending::missed;
        const std::array<postgres::step, 2> closing{postgres::step{now_name, now_sql, {}},
                                                    postgres::step{recorded_name, recorded_sql, {newest_}}};
        const auto tables = co_await on_.batch(closing, until_);
        if (!tables) co_return failure(tables.error());
        co_return co_await expand(recorded_rows((*tables)[1]));
    }

    // Turns the recorded rows into names, as a write and the relay do.
    awaitable<ending> expand(std::vector<outbox_row> rows) {
        const auto asked = questions_of(policy_, rows);
        through_found found;
        if (!asked.empty()) {
            std::vector<postgres::step> steps{{see_all_name, see_all_sql, {}}};
            for (const auto& one : asked) {
                steps.push_back({one.query->select.name, one.query->select.sql, one.arguments});
            }
            steps.push_back({see_own_name, see_own_sql, {}});
            const auto tables = co_await on_.batch(steps, until_);
            if (!tables) co_return failure(tables.error());
            for (std::size_t i = 0; i < asked.size(); ++i) {
                found.answers.push_back(through_answer_of(asked[i], (*tables)[i + 1]));
            }
        }
        made_.named = touched_by(policy_, std::move(rows), std::move(found));
        co_return ending::compared;
    }

    // Asks in small batches: a server that is sent many statements at once works on after the time is over.
    // The statement of a question that fails ends the transaction, so that question is the last one asked.
    awaitable<ending> ask_all(std::vector<answer>& to) {
        while (to.size() < questions_.size()) {
            if (passed() > last_start) co_return ending::too_slow;
            std::vector<postgres::step> steps;
            const std::size_t end = std::min(questions_.size(), to.size() + batch_size);
            for (std::size_t i = to.size(); i < end; ++i) steps.push_back(step_of(subjects_, questions_[i]));
            const auto got = co_await on_.reads(steps, until_);
            if (!got) co_return failure(got.error());
            for (const auto& one : *got) {
                if (!one) {
                    const auto how = failure(one.error());
                    co_return how == ending::refused ? ending::unreadable : how;
                }
                to.push_back(answer_of(one));
            }
        }
        co_return ending::compared;
    }

    awaitable<void> end() {
        if (on_.is_busy()) co_await on_.drain(deadline::in(rollback_time_max));
        if (on_.is_open() && !on_.is_busy() && on_.is_in_transaction()) {
            co_await on_.exec("rollback", deadline::in(rollback_time_max));
        }
        if (on_.is_busy() || (on_.is_open() && on_.is_in_transaction())) on_.close();  // rolls back as well
    }

    postgres::connection& on_;
    const policy& policy_;
    const std::vector<subject>& subjects_;
    const trial_write& what_;
    const std::span<const question> questions_;
    const steady_clock::time_point start_ = steady_clock::now();
    const deadline until_{start_ + transaction_time_max};
    std::string newest_ = "0";
    trial_result made_;
};

}  // namespace

awaitable<trial_result> try_write(postgres::connection& on, const policy& p,
                                  const std::vector<subject>& subjects, const trial_write& what,
                                  std::span<const question> questions) {
    trial one(on, p, subjects, what, questions);
    co_return co_await one.run();
}

awaitable<std::vector<answer>> ask(postgres::connection& on, const std::vector<subject>& subjects,
                                   std::span<const question> questions, std::function<bool()> is_over) {
    std::vector<answer> made;
    while (made.size() < questions.size() && on.is_open() && !on.is_busy() && !is_over()) {
        std::vector<postgres::step> steps{{look_limits_name, look_limits_sql, {}}};
        const std::size_t end = std::min(questions.size(), made.size() + batch_size);
        for (std::size_t i = made.size(); i < end; ++i) steps.push_back(step_of(subjects, questions[i]));
        const auto got = co_await on.reads(steps, deadline::in(rollback_time_max));
        if (!got) co_return made;
        // After a question that fails, the others of its batch are asked anew.
        for (std::size_t i = 1; i < got->size(); ++i) {
            made.push_back(answer_of((*got)[i]));
            if (!(*got)[i]) made.back().problem = problem_of(on.last_error());
        }
        if (got->size() <= 1) co_return made;
    }
    co_return made;
}

}  // namespace weir::prove
