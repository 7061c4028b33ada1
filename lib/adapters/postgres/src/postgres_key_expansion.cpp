#include "weir/adapters/postgres_key_expansion.hpp"

#include "weir/base/fault.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace weir {
namespace {

const std::string snapshot_name = "weir_snapshot";
const std::string snapshot_sql = "begin isolation level repeatable read, read only";

// The texts of values are those that the recorder writes. A policy on rows would hide some of them: with
// row_security off Postgres refuses the query instead.
const std::string settings_name = "weir_expansion_settings";
const std::string settings_sql =
    "select set_config('row_security', 'off', true), set_config('datestyle', 'ISO', true), "
    "set_config('timezone', 'UTC', true), set_config('intervalstyle', 'postgres', true), "
    "set_config('extra_float_digits', '1', true), set_config('statement_timeout', $1::text, true)";

// Read without locks: that another relay has claimed a row does not make it delivered.
const std::string owed_name = "weir_owed_outbox_rows";
const std::string owed_sql = "select " + outbox_columns + " from weir.outbox where " + is_owed +
                             " and table_name = any($1::text[]) limit $2::bigint";

// So many questions travel together. Between two batches it is seen whether their answers are too many.
constexpr std::size_t questions_in_batch = 64;

std::string array_of(const std::vector<std::string>& texts) {
    std::string out = "{";
    for (const std::string& text : texts) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '}';
}

// Opens the snapshot, and returns the owed rows that it shows of these tables. With more than `most` of them:
// errc::overloaded.
awaitable<result<std::vector<outbox_row>>> owed_rows(postgres::connection& on,
                                                     const std::vector<std::string>& tables, std::size_t most,
                                                     deadline until) {
    const auto limit =
        std::to_string(
            std::chrono::ceil<milliseconds>(std::max(until.left(), steady_clock::duration::zero())).count() +
            1) +
        "ms";
    const std::array<postgres::step, 3> steps{
        postgres::step{snapshot_name, snapshot_sql, {}}, postgres::step{settings_name, settings_sql, {limit}},
        postgres::step{owed_name, owed_sql, {array_of(tables), std::to_string(most + 1)}}};
    const auto found = co_await on.batch(steps, until);
    if (!found) co_return found.error();
    auto rows = outbox_rows_of((*found)[2]);
    if (fault("skip_owed_rows")) rows.clear();
    if (rows.size() > most) co_return errc::overloaded;
    co_return rows;
}

std::vector<row_image> images_of(const through_question& asked, const postgres::table& found) {
    std::vector<row_image> out;
    for (const auto& row : found.rows) {
        row_image image{.table = asked.of->table, .columns = {}};
        for (std::size_t i = 0; i < asked.query->columns.size(); ++i) {
            image.columns.emplace_back(asked.query->columns[i].name, row.at(i));
        }
        out.push_back(std::move(image));
    }
    return out;
}

// The answers while they come in, one for each query.
class answers {
 public:
    bool wants(const through_question& asked) { return !of(asked).is_whole; }

    void add(const through_question& asked, const postgres::table& found) {
        through_answer& to = of(asked);
        auto images = images_of(asked, found);
        to.rows.insert(to.rows.end(), std::make_move_iterator(images.begin()),
                       std::make_move_iterator(images.end()));
        if (to.rows.size() <= asked.of->bulk_rows) return;
        to.rows.clear();
        to.is_whole = true;
    }

    std::vector<through_answer> take() && {
        std::vector<through_answer> out;
        for (auto& [query, answer] : made_) out.push_back(std::move(answer));
        return out;
    }

 private:
    through_answer& of(const through_question& asked) {
        through_answer& found = made_[asked.query];
        found.of = asked.of;
        found.query = asked.query;
        return found;
    }

    std::map<const through_query*, through_answer> made_;
};

awaitable<result<std::vector<through_answer>>> ask(postgres::connection& on,
                                                   std::vector<through_question> questions, deadline until) {
    answers made;
    while (!questions.empty()) {
        std::vector<through_question> asked;
        while (!questions.empty() && asked.size() < questions_in_batch) {
            if (made.wants(questions.back())) asked.push_back(std::move(questions.back()));
            questions.pop_back();
        }
        std::vector<postgres::step> steps;
        for (const auto& one : asked) {
            steps.push_back({one.query->select.name, one.query->select.sql, one.arguments});
        }
        if (steps.empty()) break;
        const auto found = co_await on.batch(steps, until);
        if (!found) co_return found.error();
        for (std::size_t i = 0; i < asked.size(); ++i) made.add(asked[i], (*found)[i]);
    }
    co_return std::move(made).take();
}

awaitable<result<through_found>> expand_on(postgres::connection& on, const policy& p,
                                           const std::vector<outbox_row>& rows, deadline until) {
    auto owed = co_await owed_rows(on, tables_read_through(p, rows), owed_rows_max(p, rows), until);
    if (!owed) co_return owed.error();
    auto answered = co_await ask(on, questions_of(p, with_owed(rows, *owed)), until);
    if (!answered) co_return answered.error();
    co_return through_found{std::move(*owed), std::move(*answered)};
}

}  // namespace

awaitable<result<through_found>> postgres_key_expansion::expand(const policy& p,
                                                                const std::vector<outbox_row>& rows,
                                                                context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    auto found = co_await expand_on(**connection, p, rows, within.until);
    co_await roll_back(**connection, within.until);
    co_return found;
}

}  // namespace weir
