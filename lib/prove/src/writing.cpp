// The second half of the prover: which writes are tried, and what their outcomes mean.
#include "weir/schema/names.hpp"

#include "made_rows.hpp"
#include "prover.hpp"
#include "remedy.hpp"
#include "verdict.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t rounds = 4;
constexpr std::size_t values_later = 3;  // of a column, in rounds after the first
constexpr std::size_t values_max = 12;
constexpr std::size_t tries_max = 4;
constexpr std::size_t copies_max = parents_from * 2;
constexpr milliseconds questions_time_max{20};

// SQLSTATEs of class 23 are constraints. These two are of rows that refer to each other, or that have equal
// keys.
constexpr const char* refers = "23503";
constexpr const char* collides = "23505";

void add_once(std::vector<question>& to, std::optional<question> q, std::size_t most) {
    if (!q || to.size() >= most) return;
    const auto is_same = [&](const question& other) {
        return other.reading == q->reading && other.values == q->values;
    };
    if (std::none_of(to.begin(), to.end(), is_same)) to.push_back(*std::move(q));
}

// Returns whether another transaction was in the way: a lock, or a row that it changed first.
bool is_passing(const std::string& sqlstate) {
    return sqlstate.starts_with("40") || sqlstate == "55P03";
}

}  // namespace

// Tries, in the first round, every value of every column on one row of each table. Later rounds take other
// rows.
awaitable<void> prover::try_everything() {
    const auto tables = mutable_tables();
    writes_begin_ = steady_clock::now();
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < tables.size(); ++i) {
            if (is_over()) {
                report_.is_cut_short = report_.is_cut_short || round == 0 || !until_.passed();
                co_return;
            }
            co_await try_row(tables[i], round, round == 0 ? values_at_first(i, tables.size()) : values_later);
            if (round == 0) co_await try_again(tables[i]);
            if (round == 0 && is_over()) report_.is_cut_short = true;
            if (how_.on_progress) {
                how_.on_progress({.writes = report_.writes,
                                  .steps = round * tables.size() + i + 1,
                                  .steps_planned = rounds * tables.size(),
                                  .counterexamples = report_.found.size()});
            }
        }
    }
}

// Returns how many values of a column the first round tries. Every table must have its turn: where the time
// runs away, fewer.
std::size_t prover::values_at_first(std::size_t done, std::size_t of) const {
    constexpr double share = 0.7;  // of the time, for the first round
    const auto passed = steady_clock::now() - writes_begin_;
    const auto all = until_.at() - writes_begin_;
    const double time_used = static_cast<double>(passed.count()) / static_cast<double>(all.count());
    const double work_done = static_cast<double>(done) / static_cast<double>(of);
    return time_used > share * work_done && done > 0 ? values_later : values_max;
}

// Returns the preparation of a write to a table: the rows that were made for tables that had none, where they
// are read together with this one, and then more.
std::string prover::given(std::size_t table, const std::vector<std::string>& more) const {
    std::vector<std::string> all = preparations_[table];
    for (const subject& s : subjects_) {
        if (!is_open(s, table)) continue;
        for (const std::size_t t : s.tables) add_statements(all, preparations_[t]);
    }
    add_statements(all, more);
    std::string text;
    for (const auto& one : all) text += (text.empty() ? "" : "; ") + one;
    return text;
}

awaitable<void> prover::try_row(std::size_t table, std::size_t round, std::size_t most) {
    if (round >= rows_[table].size() || !is_read_by_open(table)) co_return;
    const chosen_row& on = rows_[table][round];
    const auto& columns = catalogue_.tables[table].columns;
    // A key comes last: a counterexample that changes another column is easier to read.
    for (const bool is_key : {false, true}) {
        for (std::size_t c = 0; c < columns.size() && !is_over(); ++c) {
            const column& of = columns[c];
            if (of.is_generated || of.is_always_identity || of.is_fixed || of.is_in_key != is_key) continue;
            co_await try_column(on, c, most);
        }
    }
    if (!is_over()) co_await try_take_over(on);
    if (!is_over()) co_await try_inserts(on);
    if (!is_over()) co_await try_removal(on);
}

awaitable<void> prover::try_column(const chosen_row& on, std::size_t column, std::size_t most) {
    auto values = other_values(pool(), on.what, column);
    if (values.size() > most) {
        if (most == values_later) std::shuffle(values.begin(), values.end(), random_);
        values.resize(most);
    }
    const std::string name = name_of(catalogue_, update_of(catalogue_, on.what, column, std::nullopt));
    attempt& state = attempts_[name];
    if (!state.is_done && values.empty()) state.refusal = "no other value is known";
    for (const cell& value : values) {
        if (is_over() || !is_read_by_open(on.what.table)) co_return;
        co_await attempt_write(update_of(catalogue_, on.what, column, value), on);
    }
    if (!attempts_[name].is_done) co_await try_new_parent(on, column);
}

// Gives a column that refers to the only row of a table the key of a copy of that row.
awaitable<void> prover::try_new_parent(const chosen_row& on, std::size_t column) {
    for (const reference& r : catalogue_.references) {
        const auto part = std::find(r.from_columns.begin(), r.from_columns.end(), column);
        if (r.is_implied || r.from != on.what.table || part == r.from_columns.end() || samples_[r.to].empty())
            continue;
        const std::size_t there = r.to_columns[static_cast<std::size_t>(part - r.from_columns.begin())];
        const auto copy = copy_of(pool(), samples_[r.to].front(), 1000 + random_() % 9000);
        auto w = update_of(catalogue_, on.what, column, copy.made.values[there]);
        auto more = preparations_[r.to];
        more.push_back(copy.statement);
        w.preparation = given(on.what.table, more);
        co_await attempt_write(std::move(w), on);
    }
}

awaitable<void> prover::try_take_over(const chosen_row& on) {
    for (const row& other : samples_[on.what.table]) {
        if (other.where == on.what.where) continue;
        auto w = take_over(catalogue_, on.what, other);
        if (!w) continue;
        const bool is_done = co_await attempt_write(*std::move(w), on);
        if (is_done || is_over()) co_return;
    }
}

awaitable<void> prover::try_inserts(const chosen_row& on) {
    for (std::size_t i = 0; i < copies_max && !is_over(); ++i) {
        const std::uint64_t most = i % 2 == 0 ? 9000 : 90;
        const auto copy = copy_of(pool(), on.what, most / 9 + random_() % most, i);
        auto w = insert_of(copy, on.what);
        if (i >= parents_from && copy.parents.empty()) co_return;
        if (!copy.parents.empty()) w.preparation = given(on.what.table, copy.parents);
        const bool is_done = co_await attempt_write(std::move(w), on);
        if (is_done) co_return;
    }
}

// Deletes a row. One that others refer to cannot go, but a copy of it can, which no row refers to yet.
awaitable<void> prover::try_removal(const chosen_row& on) {
    const bool is_done = co_await attempt_write(removal_of(catalogue_, on.what), on);
    if (is_done || catalogue_.tables[on.what.table].key.empty()) co_return;
    for (std::size_t i = 0; i < copies_max && !is_over(); ++i) {
        auto copy = copy_of(pool(), on.what, 1000 + random_() % 9000, i);
        if (i >= parents_from && copy.parents.empty()) co_return;
        auto w = removal_of(catalogue_, copy.made);
        copy.parents.push_back(copy.statement);
        w.preparation = given(on.what.table, copy.parents);
        const bool is_copy_gone = co_await attempt_write(std::move(w), on);
        if (is_copy_gone) co_return;
    }
}

// Returns what to ask: the question that led to the row, those that the row's values give before and after
// the write, and others. There are so many that asking them takes a part of a transaction's time.
std::vector<question> prover::questions_for(const trial_write& w, const chosen_row& on) {
    constexpr std::size_t of_each = 10;
    constexpr std::size_t at_least = 2;
    std::vector<question> made;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
        if (is_open(subjects_[i], w.table)) order.push_back(i);
    }
    std::shuffle(order.begin(), order.end(), random_);
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t i) { return !is_compared(subjects_[i], w.table); });
    microseconds left = questions_time_max;
    bool has_slow = false;
    if (on.origin && is_open(subjects_[on.origin->reading], w.table)) made.push_back(*on.origin);
    for (const std::size_t i : order) {
        const subject& s = subjects_[i];
        const std::size_t from = random_() % s.focus.size();  // drawn for each: a seed gives the same run
        const auto cost = std::max<microseconds::rep>(s.cost.count(), 1);
        const auto affordable = static_cast<std::size_t>(std::max<microseconds::rep>(left.count(), 0) / cost);
        // A slow one has its turn while it was never compared, but not two of them in one transaction.
        const bool is_due = !is_compared(s, w.table) && !has_slow;
        if (affordable == 0 && !made.empty() && !is_due) continue;
        has_slow = has_slow || affordable == 0;
        const std::size_t before = made.size();
        const std::size_t limit = before + std::clamp(affordable, at_least, of_each);
        const auto& base = on.origin && on.origin->reading == i ? on.origin->values : s.focus[from].values;
        for (const row* image : {&w.before, &w.after}) {
            for (auto& values : values_from(s, *image, base)) {
                add_once(made, question_of(policy_, s, std::move(values)), limit);
            }
        }
        for (std::size_t k = 0; k < s.focus.size(); ++k)
            add_once(made, s.focus[(from + k) % s.focus.size()], limit);
        left -= s.cost * (made.size() - before);
    }
    return made;
}

awaitable<bool> prover::attempt_write(trial_write w, const chosen_row& on) {
    if (w.preparation.empty()) w.preparation = given(w.table, {});
    auto questions = questions_for(w, on);
    attempt& state = attempts_[name_of(catalogue_, w)];
    bool is_copied = false;  // the row that is changed
    for (std::size_t i = 0; i < (is_copied ? copies_max : tries_max); ++i) {
        const bool is_connected = co_await connect();
        if (!is_connected) co_return false;
        const auto got = co_await try_write(on_, policy_, subjects_, w, questions);
        ++report_.writes;
        switch (got.end) {
            case ending::compared:
                report_.answers += questions.size();
                state.is_done = true;
                co_await judge(w, questions, got);
                co_return true;
            case ending::refused:
                if (!state.is_done) state.refusal = first_line(got.message);
                if (is_passing(got.sqlstate)) continue;
                // A copy may have the key of another row, and the next copy has another key.
                is_copied = got.sqlstate == (is_copied ? collides : refers) && w.kind == write_kind::update &&
                            (is_copied || w.preparation == given(w.table, {}));
                if (is_copied) break;
                co_return false;
            case ending::unreadable: {
                // The answer before or after is an error, which is stored nowhere.
                const std::size_t failed = got.after.empty() && got.before.size() < questions.size()
                                               ? got.before.size()
                                               : got.after.size();
                failures_.try_emplace(questions[failed].reading, first_line(got.message));
                questions.erase(questions.begin() + static_cast<std::ptrdiff_t>(failed));
                continue;
            }
            case ending::too_slow:
                if (!state.is_done) state.refusal = "took longer than a transaction may take";
                questions.resize((questions.size() + 1) / 2);
                continue;
            case ending::missed:
            case ending::lost:
                if (!state.is_done) state.refusal = "the row or the connection was gone";
                continue;
        }
        // Other rows refer to this one by the column. None refers to a copy of it.
        auto copy = copy_of(pool(), on.what, 1000 + random_() % 9000, i);
        if (catalogue_.tables[w.table].key.empty()) co_return false;
        if (i >= parents_from && copy.parents.empty()) co_return false;
        auto again = update_of(catalogue_, copy.made, w.column, w.after.values[w.column]);
        copy.parents.push_back(copy.statement);
        again.preparation = given(w.table, copy.parents);
        w = std::move(again);
        questions = questions_for(w, on);
    }
    co_return false;
}

awaitable<void> prover::judge(const trial_write& w, const std::vector<question>& questions,
                              const trial_result& got) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const question& q = questions[i];
        note_compared(q, w.table, got.before[i], got.after[i]);
        if (got.before[i] == got.after[i] || !is_open(subjects_[q.reading], w.table)) continue;
        if (!is_missed(*subjects_[q.reading].what, q, got.before[i], got.named)) continue;
        const bool is_chance = co_await is_unstable(w, q, got, i);
        if (!is_chance) record(w, q, got, i);
    }
}

void prover::note_compared(const question& q, std::size_t table, const answer& before, const answer& after) {
    if (!before.is_known || !after.is_known) return;
    compared_.insert({q.reading, table});
    if (has_content(before) || has_content(after)) shown_.insert(q.reading);
}

// Returns whether the answer differs for another reason than the write: it changes by itself, or its SQL does
// not say in which order its rows come.
awaitable<bool> prover::is_unstable(const trial_write& w, const question& q, const trial_result& got,
                                    std::size_t at) {
    const bool is_connected = co_await connect();
    if (!is_connected) co_return true;
    const std::vector<question> twice{q, q};
    const auto answers = co_await ask_all(twice);
    if (answers.size() == 2 && !(answers[0] == answers[1])) {
        unstable_.insert(q.reading);
        co_return true;
    }
    if (!is_same_but_for_order(got.before[at], got.after[at])) co_return false;
    if (w.kind != write_kind::update || !w.preparation.empty()) co_return true;
    auto same = update_of(catalogue_, w.before, w.column, w.before.values[w.column]);
    const auto& column = catalogue_.tables[w.table].columns[w.column].quoted;
    same.statement = "update " + catalogue_.tables[w.table].name + " set " + column + " = " + column +
                     " where " + w.before.where;
    const auto control = co_await try_write(on_, policy_, subjects_, same, {&q, 1});
    co_return control.end == ending::compared && !(control.before == control.after);
}

void prover::record(const trial_write& w, const question& q, const trial_result& got, std::size_t at) {
    constexpr std::size_t names_max = 6;
    const subject& s = subjects_[q.reading];
    found_.insert({q.reading, w.table});
    counterexample c;
    c.resource = s.what->name;
    c.table = catalogue_.tables[w.table].name;
    c.preparation = w.preparation;
    c.statement = w.statement;
    c.get = request_line(*s.what, q.values);
    c.key = q.key;
    c.before = shortened(got.before[at].body, got.after[at].body);
    c.after = shortened(got.after[at].body, got.before[at].body);
    for (const auto* names : {&got.named.keys, &got.named.tags}) {
        for (const auto& name : *names) {
            if (c.named.size() < names_max) c.named.push_back(name);
        }
    }
    c.remedy = remedy_for(policy_, catalogue_, s, w.table);
    report_.found.push_back(std::move(c));
}

}  // namespace weir::prove
