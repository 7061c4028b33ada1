#include "explorer.hpp"

#include "verdict.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t sample_size = 12;

// Rounds to few different values, so that the same questions are asked at nearly the same speed.
microseconds rounded(microseconds cost) {
    microseconds made{500};
    if (cost < made) return microseconds{0};
    while (made < cost) made *= 4;
    return made;
}

}  // namespace

explorer::explorer(database& on, const policy& p, std::uint64_t seed, surroundings& around, evidence& found)
    : database_(on), policy_(p), seed_(seed), around_(around), evidence_(found) {}

awaitable<bool> explorer::look_around() {
    auto found = co_await read_catalogue(database_.session(), policy_, database_.until(),
                                         [this] { return database_.is_over(); });
    if (!found && database_.is_over()) co_return false;
    if (!found) {
        database_.give_up("the catalogue could not be read: " + database_.session().last_error().message);
        co_return false;
    }
    around_.schema = *std::move(found);
    co_await sample();
    for (std::size_t i = 0; i < around_.schema.readings.size(); ++i) {
        around_.subjects.push_back(subject_of(policy_, around_.schema, i));
        const reading& r = around_.schema.readings[i];
        const std::string name = "resource." + r.what->name;
        if (!r.problem.empty()) evidence_.add_gap(name, "its tables are not known: " + r.problem);
        for (const auto& relation : r.opaque) {
            evidence_.add_gap(name, "depends on " + relation + ", whose rows cannot be seen or changed here");
        }
    }
    for (subject& s : around_.subjects) {
        if (!database_.is_over()) co_await find_focus(s);
    }
    for (const std::size_t t : around_.mutable_tables()) {
        if (!database_.is_over()) co_await choose_rows(t);
    }
    co_return !database_.is_over();
}

awaitable<void> explorer::sample() {
    around_.samples.resize(around_.schema.tables.size());
    around_.rows.resize(around_.schema.tables.size());
    around_.preparations.resize(around_.schema.tables.size());
    for (std::size_t t = 0; t < around_.samples.size(); ++t) {
        const bool is_connected = !database_.is_over() && co_await database_.connect();
        if (!is_connected) co_return;
        around_.samples[t] =
            co_await find_rows(database_.session(), around_.schema, t, {}, sample_size, seed_);
    }
    for (const reading& r : around_.schema.readings) {
        for (const std::size_t t : r.tables) {
            if (around_.samples[t].empty()) co_await fill(t);
        }
    }
}

// Makes a row for a table that has none, in one of several ways that the database takes.
awaitable<void> explorer::fill(std::size_t table) {
    for (std::size_t way = 0; way < ways_to_make && around_.samples[table].empty() && !database_.is_over();
         ++way) {
        auto made = make_row(around_.schema, around_.samples, around_.preparations, table, way);
        if (!made || made->made.where.empty()) continue;
        const bool is_made = co_await fill_with(table, *std::move(made));
        if (is_made) co_return;
    }
}

// Returns whether the database takes the row.
awaitable<bool> explorer::fill_with(std::size_t table, made_row made) {
    const bool is_connected = co_await database_.connect();
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
    const auto got = co_await try_write(database_.session(), policy_, around_.subjects, only, {});
    if (got.end != ending::compared) {
        if (got.end == ending::refused) not_made_.try_emplace(table, first_line(got.message));
        co_return false;
    }
    around_.samples[table].push_back(std::move(made.made));
    around_.preparations[table] = std::move(made.statements);
    co_return true;
}

// Looks for answers with the values of the columns that the file or the SQL names, and then with those of all
// columns that fit.
awaitable<void> explorer::find_focus(subject& s) {
    const bool has_answers = co_await look_for_answers(s);
    if (has_answers) co_return;
    widen(s, around_.schema);
    const bool has_others = co_await look_for_answers(s);
    // Where there are answers, though they are empty, a write may fill them.
    const bool is_without_rows = std::any_of(s.tables.begin(), s.tables.end(),
                                             [&](std::size_t t) { return around_.samples[t].empty(); });
    if (has_others || !s.focus.empty() || is_without_rows || database_.is_over()) co_return;
    const auto failure = evidence_.failure_of(s.reading);
    evidence_.add_gap("resource." + s.what->name,
                      failure ? "it has no answer: " + *failure
                              : "no values of its parameters were found that have an answer");
}

// Keeps questions that have an answer, and one that has none. Returns whether there is one of the former.
awaitable<bool> explorer::look_for_answers(subject& s) {
    constexpr std::size_t with_content = 8;
    constexpr std::size_t without_content = 1;
    const auto all = combinations(s, around_.schema, around_.samples);
    if (!all.empty()) co_await narrow(s, all.front());
    std::vector<question> questions;
    for (auto& values : combinations(s, around_.schema, around_.samples)) {
        add_once(questions, question_of(policy_, s, std::move(values)));
    }
    const bool is_connected = !database_.is_over() && co_await database_.connect();
    if (!is_connected) co_return false;
    const auto start = steady_clock::now();
    const auto answers = co_await database_.ask_all(around_.subjects, questions);
    const auto time = std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
    if (!answers.empty()) s.cost = rounded(time / answers.size());
    std::vector<question> full;
    std::vector<question> empty;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!answers[i].problem.empty()) evidence_.note_failure(s.reading, answers[i].problem);
        if (!answers[i].is_known) continue;
        questions[i].body = answers[i].body.value_or("");
        (has_content(answers[i]) ? full : empty).push_back(questions[i]);
    }
    const bool has_any = !full.empty();
    if (has_any || !empty.empty()) evidence_.forget_failure(s.reading);
    full.resize(std::min(full.size(), with_content));
    empty.resize(std::min(empty.size(), without_content));
    s.focus = std::move(full);
    s.focus.insert(s.focus.end(), empty.begin(), empty.end());
    co_return has_any;
}

// Keeps, of the columns that fit by their type alone, those whose values have answers.
awaitable<void> explorer::narrow(subject& s, const std::vector<std::string>& base) {
    constexpr std::size_t values_max = 5;
    for (std::size_t p = 0; p < s.sources.size(); ++p) {
        std::vector<source> kept;
        for (const source& one : s.sources[p]) {
            std::vector<question> questions;
            for (const row& r : around_.samples[one.table]) {
                if (one.is_sure || questions.size() >= values_max) continue;
                for (const auto& text : texts_of(r, one)) {
                    auto values = base;
                    values[p] = text;
                    add_once(questions, question_of(policy_, s, std::move(values)));
                }
            }
            const bool is_connected = !database_.is_over() && co_await database_.connect();
            if (!is_connected) co_return;
            const auto answers = co_await database_.ask_all(around_.subjects, questions);
            if (one.is_sure || std::any_of(answers.begin(), answers.end(), has_content)) kept.push_back(one);
        }
        if (!kept.empty()) s.sources[p] = std::move(kept);
    }
}

}  // namespace weir::prove
