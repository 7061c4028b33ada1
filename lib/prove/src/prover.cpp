#include "prover.hpp"

#include "weir/schema/drift.hpp"
#include "weir/schema/names.hpp"

#include "made_rows.hpp"
#include "verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::prove {
namespace {

constexpr milliseconds connect_time_max{5000};
constexpr milliseconds look_around_max{10'000};
constexpr std::size_t body_bytes_max = 10'000;
constexpr std::size_t sample_size = 12;
constexpr std::size_t rows_max = 10;  // of a table

// Rounds to few different values, so that the same questions are asked at nearly the same speed.
microseconds rounded(microseconds cost) {
    microseconds made{500};
    if (cost < made) return microseconds{0};
    while (made < cost) made *= 4;
    return made;
}

void add_once(std::vector<question>& to, std::optional<question> q) {
    if (!q) return;
    const auto is_same = [&](const question& other) {
        return other.reading == q->reading && other.values == q->values;
    };
    if (std::none_of(to.begin(), to.end(), is_same)) to.push_back(*std::move(q));
}

}  // namespace

prover::prover(const boost::asio::any_io_executor& executor, postgres::conninfo to, const policy& p,
               const options& how)
    : executor_(executor),
      to_(std::move(to)),
      policy_(p),
      how_(how),
      until_(deadline::in(how.time)),
      on_(executor),
      random_(how.seed) {}

awaitable<report> prover::run() {
    const bool is_ready = co_await connect();
    const bool is_known = is_ready && co_await is_installed();
    const bool is_seen = is_known && co_await look_around();
    if (is_seen) {
        co_await try_everything();
        list_gaps();
    } else if (report_.problem.empty()) {
        report_.is_cut_short = true;
    }
    co_return std::move(report_);
}

awaitable<bool> prover::connect() {
    if (on_.is_busy()) co_await on_.drain(deadline::in(connect_time_max));
    if (on_.is_reusable()) co_return true;
    on_.close();
    const auto connected = co_await on_.connect(to_, deadline::in(connect_time_max));
    if (!connected) {
        const auto& message = on_.last_error().message;
        report_.problem = "no connection to " + to_.describe() + ": " +
                          (message.empty() ? connected.error().message() : message);
    }
    co_return connected.has_value();
}

awaitable<bool> prover::is_installed() {
    const auto drift = co_await trigger_drift(on_, policy_, until_.at_most(look_around_max));
    if (!drift && is_over()) co_return false;
    if (!drift) {
        report_.problem = "the triggers could not be looked at: " + drift.error().message();
    } else if (!drift->empty()) {
        report_.problem = "the database does not record what the file declares; run weir migrate first";
        for (const auto& line : *drift) report_.problem += "\n    " + line;
    }
    co_return report_.problem.empty();
}

std::vector<std::size_t> prover::mutable_tables() const {
    std::set<std::size_t> read;
    for (const subject& s : subjects_) read.insert(s.tables.begin(), s.tables.end());
    std::vector<std::size_t> made(read.begin(), read.end());
    std::sort(made.begin(), made.end(), [&](std::size_t a, std::size_t b) {
        return catalogue_.tables[a].name < catalogue_.tables[b].name;
    });
    return made;
}

// Returns false with a problem, or without one if its time was over.
awaitable<bool> prover::look_around() {
    auto found = co_await read_catalogue(on_, policy_, until_, [this] { return is_over(); });
    if (!found && is_over()) co_return false;
    if (!found) {
        report_.problem = "the catalogue could not be read: " + on_.last_error().message;
        co_return false;
    }
    catalogue_ = *std::move(found);
    co_await sample();
    for (std::size_t i = 0; i < catalogue_.readings.size(); ++i) {
        subjects_.push_back(subject_of(policy_, catalogue_, i));
        const reading& r = catalogue_.readings[i];
        const std::string name = "resource." + r.what->name;
        if (!r.problem.empty()) report_.unproven.push_back({name, "its tables are not known: " + r.problem});
        for (const auto& relation : r.opaque) {
            report_.unproven.push_back(
                {name, "depends on " + relation + ", whose rows cannot be seen or changed here"});
        }
    }
    report_.resources = subjects_.size();
    report_.tables = mutable_tables().size();
    for (subject& s : subjects_) {
        if (!is_over()) co_await find_focus(s);
    }
    for (const std::size_t t : mutable_tables()) {
        if (!is_over()) co_await choose_rows(t);
    }
    co_return !is_over();
}

awaitable<void> prover::sample() {
    samples_.resize(catalogue_.tables.size());
    rows_.resize(catalogue_.tables.size());
    preparations_.resize(catalogue_.tables.size());
    for (std::size_t t = 0; t < samples_.size(); ++t) {
        const bool is_connected = !is_over() && co_await connect();
        if (!is_connected) co_return;
        samples_[t] = co_await find_rows(on_, catalogue_, t, {}, sample_size, how_.seed);
    }
    for (const reading& r : catalogue_.readings) {
        for (const std::size_t t : r.tables) {
            if (samples_[t].empty()) co_await fill(t);
        }
    }
}

// Makes a row for a table that has none, in one of several ways that the database takes.
awaitable<void> prover::fill(std::size_t table) {
    for (std::size_t way = 0; way < ways_to_make && samples_[table].empty() && !is_over(); ++way) {
        auto made = make_row(catalogue_, samples_, preparations_, table, way);
        if (!made || made->made.where.empty()) continue;
        const bool is_made = co_await fill_with(table, *std::move(made));
        if (is_made) co_return;
    }
}

// Returns whether the database takes the row.
awaitable<bool> prover::fill_with(std::size_t table, made_row made) {
    const bool is_connected = co_await connect();
    if (!is_connected) co_return false;
    trial_write only{.kind = write_kind::insert,
                     .table = table,
                     .column = 0,
                     .preparation = {},
                     .statement = made.statements.back(),
                     .before = made.made,
                     .after = made.made};
    for (std::size_t i = 0; i + 1 < made.statements.size(); ++i)
        only.preparation += made.statements[i] + "; ";
    const auto got = co_await try_write(on_, policy_, subjects_, only, {});
    if (got.end != ending::compared) {
        if (got.end == ending::refused) not_made_.try_emplace(table, first_line(got.message));
        co_return false;
    }
    samples_[table].push_back(std::move(made.made));
    preparations_[table] = std::move(made.statements);
    co_return true;
}

// Looks for answers with the values of the columns that the file or the SQL names, and then with those of all
// columns that fit.
awaitable<void> prover::find_focus(subject& s) {
    const bool has_answers = co_await look_for_answers(s);
    if (has_answers) co_return;
    widen(s, catalogue_);
    const bool has_others = co_await look_for_answers(s);
    // Where there are answers, though they are empty, a write may fill them.
    const bool is_without_rows =
        std::any_of(s.tables.begin(), s.tables.end(), [&](std::size_t t) { return samples_[t].empty(); });
    if (has_others || !s.focus.empty() || is_without_rows || is_over()) co_return;
    const auto failure = failures_.find(s.reading);
    report_.unproven.push_back(
        {"resource." + s.what->name, failure == failures_.end()
                                         ? "no values of its parameters were found that have an answer"
                                         : "it has no answer: " + failure->second});
}

// Keeps questions that have an answer, and one that has none. Returns whether there is one of the former.
awaitable<bool> prover::look_for_answers(subject& s) {
    constexpr std::size_t with_content = 8;
    constexpr std::size_t without_content = 1;
    const auto all = combinations(s, catalogue_, samples_);
    if (!all.empty()) co_await narrow(s, all.front());
    std::vector<question> questions;
    for (auto& values : combinations(s, catalogue_, samples_)) {
        add_once(questions, question_of(policy_, s, std::move(values)));
    }
    const bool is_connected = !is_over() && co_await connect();
    if (!is_connected) co_return false;
    const auto start = steady_clock::now();
    const auto answers = co_await ask_all(questions);
    const auto time = std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
    if (!answers.empty()) s.cost = rounded(time / answers.size());
    std::vector<question> full;
    std::vector<question> empty;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!answers[i].problem.empty()) failures_.try_emplace(s.reading, first_line(answers[i].problem));
        if (!answers[i].is_known) continue;
        questions[i].body = answers[i].body.value_or("");
        (has_content(answers[i]) ? full : empty).push_back(questions[i]);
    }
    const bool has_any = !full.empty();
    if (has_any || !empty.empty()) failures_.erase(s.reading);
    full.resize(std::min(full.size(), with_content));
    empty.resize(std::min(empty.size(), without_content));
    s.focus = std::move(full);
    s.focus.insert(s.focus.end(), empty.begin(), empty.end());
    co_return has_any;
}

// Keeps, of the columns that fit by their type alone, those whose values have answers.
awaitable<void> prover::narrow(subject& s, const std::vector<std::string>& base) {
    constexpr std::size_t values_max = 5;
    for (std::size_t p = 0; p < s.sources.size(); ++p) {
        std::vector<source> kept;
        for (const source& one : s.sources[p]) {
            std::vector<question> questions;
            for (const row& r : samples_[one.table]) {
                if (one.is_sure || questions.size() >= values_max) continue;
                for (const auto& text : texts_of(r, one)) {
                    auto values = base;
                    values[p] = text;
                    add_once(questions, question_of(policy_, s, std::move(values)));
                }
            }
            const bool is_connected = !is_over() && co_await connect();
            if (!is_connected) co_return;
            const auto answers = co_await ask_all(questions);
            if (one.is_sure || std::any_of(answers.begin(), answers.end(), has_content)) kept.push_back(one);
        }
        if (!kept.empty()) s.sources[p] = std::move(kept);
    }
}

// Conditions that find rows which the answer to a question was made of: by the values that were asked for,
// over references from there, and by texts that the answer shows.
std::vector<std::string> prover::conditions_for(const subject& s, const question& q,
                                                std::size_t table) const {
    std::vector<std::string> made;
    for (std::size_t p = 0; p < s.sources.size(); ++p) {
        for (const source& one : s.sources[p]) {
            const std::string& column = catalogue_.tables[one.table].columns[one.column].quoted;
            const std::string value = quoted_literal(q.values[p]);
            const auto condition = [&](const std::string& alias) {
                return one.is_element ? fmt::format("{} = any({}.{})", value, alias, column)
                                      : fmt::format("{}.{} = {}", alias, column, value);
            };
            std::string found = one.table == table
                                    ? condition("t")
                                    : joined_condition(catalogue_, one.table, condition("s0"), table);
            if (!found.empty()) made.push_back(std::move(found));
        }
    }
    std::string shown;
    for (const column& c : catalogue_.tables[table].columns) {
        if (c.category != 'S' || q.body.size() > body_bytes_max) continue;
        shown += (shown.empty() ? "(length(t." : " or (length(t.") + c.quoted + ") > 2 and strpos(" +
                 quoted_literal(q.body) + ", to_json(t." + c.quoted + "::text)::text) > 0)";
    }
    if (!shown.empty() && !catalogue_.tables[table].is_large) made.push_back("(" + shown + ")");
    return made;
}

awaitable<void> prover::add_rows(std::size_t table, std::string condition, std::size_t most,
                                 const question* origin) {
    const bool is_connected = !is_over() && co_await connect();
    if (!is_connected) co_return;
    auto rows = co_await find_rows(on_, catalogue_, table, std::move(condition), most, how_.seed);
    auto& to = rows_[table];
    for (row& r : rows) {
        const bool is_known =
            std::any_of(to.begin(), to.end(), [&](const chosen_row& c) { return c.what.where == r.where; });
        if (is_known || to.size() >= rows_max) continue;
        to.push_back({std::move(r), origin != nullptr ? std::optional(*origin) : std::nullopt});
    }
}

awaitable<void> prover::choose_rows(std::size_t table) {
    constexpr std::size_t questions_max = 3;  // of each resource
    constexpr std::size_t of_each = 1;
    constexpr std::size_t any = 3;
    if (!preparations_[table].empty()) {
        rows_[table].push_back({samples_[table].front(), std::nullopt});
        co_return;
    }
    for (std::size_t i = 0; i < questions_max; ++i) {
        for (const subject& s : subjects_) {
            const bool reads = std::find(s.tables.begin(), s.tables.end(), table) != s.tables.end();
            if (!reads || i >= s.focus.size()) continue;
            for (auto& condition : conditions_for(s, s.focus[i], table)) {
                co_await add_rows(table, std::move(condition), of_each, &s.focus[i]);
            }
        }
    }
    co_await add_rows(table, {}, rows_[table].size() + any, nullptr);
    if (rows_[table].empty() && !is_over()) {
        const auto why = not_made_.find(table);
        report_.unproven.push_back(
            {"table " + catalogue_.tables[table].name,
             "has no row, and none could be made" +
                 (why == not_made_.end()
                      ? ": it needs a row of another such table, or a value of a type that is not known here"
                      : ": " + why->second)});
    }
}

bool prover::is_open(const subject& s, std::size_t table) const {
    return std::find(s.tables.begin(), s.tables.end(), table) != s.tables.end() && !s.focus.empty() &&
           !found_.contains({s.reading, table}) && !unstable_.contains(s.reading);
}

bool prover::is_read_by_open(std::size_t table) const {
    return std::any_of(subjects_.begin(), subjects_.end(),
                       [&](const subject& s) { return is_open(s, table); });
}

awaitable<std::vector<answer>> prover::ask_all(const std::vector<question>& questions) {
    return ask(on_, subjects_, questions, [this] { return is_over(); });
}

bool prover::is_over() const {
    return until_.passed() || (how_.is_stopped != nullptr && how_.is_stopped->load()) ||
           !report_.problem.empty();
}

awaitable<report> examine(postgres::conninfo to, const policy& p, options how) {
    prover one(co_await boost::asio::this_coro::executor, std::move(to), p, how);
    co_return co_await one.run();
}

std::string to_text(const counterexample& c) {
    std::string text = "resource." + c.resource + " is not told of a write to " + c.table + '\n';
    if (!c.preparation.empty()) text += "    given    " + c.preparation + '\n';
    text += "    write    " + c.statement + '\n';
    text += "    " + c.get + "   (" + c.key + ")\n";
    text += "    before   " + c.before + '\n';
    text += "    after    " + c.after + '\n';
    text += "    named   ";
    for (const auto& name : c.named) text += ' ' + name;
    if (c.named.empty()) text += " nothing";
    return text + "\n    add      " + c.remedy + '\n';
}

}  // namespace weir::prove
