#include "weir/adapters/postgres_key_expansion.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
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

// Read without locks: that another relay has claimed a row does not make it delivered. Of rows with the same
// content one is enough: a thousand writes to a hot row are one question. A backlog is read up to a bound.
const std::string owed_name = "weir_owed_outbox_rows";
const std::string owed_sql =
    "select min(id), table_name, image, is_bulk, 0, sum(count(*)) over () from (select * from weir.outbox o "
    "where " +
    owed_to("$3") +
    " and o.table_name = any($1::text[]) limit $2::bigint) owed group by table_name, image, is_bulk";
constexpr std::size_t owed_read_max = 16;  // times the rows that are worth expanding

// So many questions travel together. Between two batches it is seen whether their answers are too many.
constexpr std::size_t questions_in_batch = 64;

constexpr milliseconds end_timeout{250};

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

// A question, and whether the changed rows themselves ask it.
struct asked_question {
    through_question what;
    bool is_own = true;
};

// The answers while they come in: for each query those to own questions, and those to the others.
class answers {
 public:
    bool wants(const asked_question& asked) { return !of(asked).is_whole; }

    void add(const asked_question& asked, const postgres::table& found) {
        through_answer& to = of(asked);
        auto images = images_of(asked.what, found);
        to.rows.insert(to.rows.end(), std::make_move_iterator(images.begin()),
                       std::make_move_iterator(images.end()));
        if (to.rows.size() <= to.of->bulk_rows) return;
        to.rows.clear();
        to.is_whole = true;
    }

    std::vector<through_answer> take() && {
        std::vector<through_answer> out;
        for (auto& [query, answer] : made_) out.push_back(std::move(answer));
        return out;
    }

 private:
    through_answer& of(const asked_question& asked) {
        through_answer& found = made_[{asked.what.query, asked.is_own}];
        found.of = asked.what.of;
        found.query = asked.what.query;
        found.is_own = asked.is_own;
        return found;
    }

    std::map<std::pair<const through_query*, bool>, through_answer> made_;
};

using questions = std::vector<asked_question>;

questions own_questions(const policy& p, const std::vector<outbox_row>& rows) {
    questions out;
    for (through_question& one : questions_of(p, rows)) out.push_back({std::move(one), true});
    return out;
}

// Returns what the owed rows ask besides.
questions questions_of_owed(const policy& p, const std::vector<outbox_row>& rows,
                            const std::vector<outbox_row>& owed) {
    if (owed.empty()) return {};
    std::set<std::pair<const through_query*, std::vector<sql_value>>> own;
    for (through_question& one : questions_of(p, rows)) own.emplace(one.query, std::move(one.arguments));
    questions out;
    for (through_question& one : questions_of(p, with_owed(rows, owed))) {
        if (!own.contains({one.query, one.arguments})) out.push_back({std::move(one), false});
    }
    return out;
}

// Takes up to a batch of the questions whose answer is not yet too many.
questions next_batch(questions& from, answers& made) {
    questions out;
    while (!from.empty() && out.size() < questions_in_batch) {
        if (made.wants(from.back())) out.push_back(std::move(from.back()));
        from.pop_back();
    }
    return out;
}

void add_steps(const questions& asked, std::vector<postgres::step>& to) {
    for (const auto& [one, is_own] : asked)
        to.push_back({one.query->select.name, one.query->select.sql, one.arguments});
}

// Adds the answers to the questions, which begin at `first` of the tables.
void add_answers(const questions& asked, const std::vector<postgres::table>& found, std::size_t first,
                 answers& to) {
    for (std::size_t i = 0; i < asked.size(); ++i) to.add(asked[i], found[first + i]);
}

// Opens the snapshot and returns the owed rows that it shows. Asks the rows' own questions in the same round
// trip: most often nothing else is owed, and they are all. With too many owed rows: errc::overloaded.
awaitable<result<std::vector<outbox_row>>> open_snapshot(postgres::connection& on, const policy& p,
                                                         const std::vector<outbox_row>& rows,
                                                         const questions& own, const postgres_consumer& self,
                                                         answers& made, deadline until) {
    const auto left = std::chrono::ceil<milliseconds>(std::max(until.left(), steady_clock::duration::zero()));
    const std::string limit = std::to_string(left.count() + 1) + "ms";
    const std::size_t most = owed_rows_max(p, rows);
    const std::size_t read_max = most * owed_read_max;
    std::vector<postgres::step> steps{
        {snapshot_name, snapshot_sql, {}},
        {settings_name, settings_sql, {limit}},
        {owed_name,
         owed_sql,
         {array_of(tables_read_through(p, rows)), std::to_string(read_max + 1), self.id_text()}}};
    const std::size_t first = steps.size();
    add_steps(own, steps);
    const auto found = co_await on.batch(steps, until);
    if (!found) co_return found.error();
    const postgres::table& table = (*found)[first - 1];
    auto owed = outbox_rows_of(table);
    const auto read = owed.empty() ? 0 : number_of(table.rows.front().at(5));
    if (owed.size() > most || read > static_cast<std::int64_t>(read_max)) co_return errc::overloaded;
    if (fault("skip_owed_rows")) owed.clear();
    add_answers(own, *found, first, made);
    co_return owed;
}

awaitable<result<void>> ask(postgres::connection& on, questions left, answers& made, deadline until) {
    for (questions asked = next_batch(left, made); !asked.empty(); asked = next_batch(left, made)) {
        std::vector<postgres::step> steps;
        add_steps(asked, steps);
        const auto found = co_await on.batch(steps, until);
        if (!found) co_return found.error();
        add_answers(asked, *found, 0, made);
    }
    co_return result<void>{};
}

awaitable<result<through_found>> expand_on(postgres::connection& on, const postgres_consumer& self,
                                           const policy& p, const std::vector<outbox_row>& rows,
                                           deadline until) {
    answers made;
    questions left = own_questions(p, rows);
    const questions first = next_batch(left, made);
    auto owed = co_await open_snapshot(on, p, rows, first, self, made, until);
    if (!owed) co_return owed.error();
    auto more = questions_of_owed(p, rows, *owed);
    std::move(more.begin(), more.end(), std::back_inserter(left));
    const auto answered = co_await ask(on, std::move(left), made, until);
    if (!answered) co_return answered.error();
    co_return through_found{std::move(*owed), std::move(made).take()};
}

// Ends the transaction, which has only read, behind the answer.
awaitable<void> end_snapshot(postgres::loan connection) {
    co_await roll_back(*connection, deadline::in(end_timeout));
}

}  // namespace

awaitable<result<through_found>> postgres_key_expansion::expand(const policy& p,
                                                                const std::vector<outbox_row>& rows,
                                                                context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    auto found = co_await expand_on(**connection, self_, p, rows, within.until);
    start(pool_.executor(), "end_snapshot", end_snapshot(std::move(*connection)));
    co_return found;
}

}  // namespace weir
