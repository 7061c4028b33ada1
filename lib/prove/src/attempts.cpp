#include "attempts.hpp"

#include "made_rows.hpp"
#include "verdict.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t tries_max = 4;
constexpr milliseconds questions_time_max{20};

// SQLSTATEs of class 23 are constraints. These two are of rows that refer to each other, or that have equal
// keys.
constexpr const char* refers = "23503";
constexpr const char* collides = "23505";

// Returns whether another transaction was in the way: a lock, or a row that it changed first.
bool is_passing(const std::string& sqlstate) {
    return sqlstate.starts_with("40") || sqlstate == "55P03";
}

}  // namespace

attempts::attempts(database& on, const policy& p, const surroundings& around, evidence& found, random& chance)
    : database_(on), policy_(p), around_(around), evidence_(found), random_(chance) {}

std::string attempts::given(std::size_t table, const std::vector<std::string>& more) const {
    std::vector<std::string> all = around_.preparations[table];
    for (const subject& s : around_.subjects) {
        if (!evidence_.is_open(s, table)) continue;
        for (const std::size_t t : s.tables) add_statements(all, around_.preparations[t]);
    }
    add_statements(all, more);
    std::string text;
    for (const auto& one : all) text += (text.empty() ? "" : "; ") + one;
    return text;
}

// Returns what to ask: the question that led to the row, those that the row's values give before and after
// the write, and others. There are so many that asking them takes a part of a transaction's time.
std::vector<question> attempts::questions_for(const trial_write& w, const chosen_row& on) {
    constexpr std::size_t of_each = 10;
    constexpr std::size_t at_least = 2;
    std::vector<question> made;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < around_.subjects.size(); ++i) {
        if (evidence_.is_open(around_.subjects[i], w.table)) order.push_back(i);
    }
    std::shuffle(order.begin(), order.end(), random_);
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) {
        return !evidence_.is_compared(around_.subjects[i], w.table);
    });
    microseconds left = questions_time_max;
    bool has_slow = false;
    if (on.origin && evidence_.is_open(around_.subjects[on.origin->reading], w.table))
        made.push_back(*on.origin);
    for (const std::size_t i : order) {
        const subject& s = around_.subjects[i];
        const std::size_t from = random_() % s.focus.size();  // drawn for each: a seed gives the same run
        const auto cost = std::max<microseconds::rep>(s.cost.count(), 1);
        const auto affordable = static_cast<std::size_t>(std::max<microseconds::rep>(left.count(), 0) / cost);
        // A slow one has its turn while it was never compared, but not two of them in one transaction.
        const bool is_due = !evidence_.is_compared(s, w.table) && !has_slow;
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

awaitable<bool> attempts::make(trial_write w, const chosen_row& on) {
    if (w.preparation.empty()) w.preparation = given(w.table, {});
    auto questions = questions_for(w, on);
    attempt& state = attempts_[name_of(around_.schema, w)];
    bool is_copied = false;  // the row that is changed
    for (std::size_t i = 0; i < (is_copied ? copies_max : tries_max); ++i) {
        const bool is_connected = co_await database_.connect();
        if (!is_connected) co_return false;
        const auto got = co_await try_write(database_.session(), policy_, around_.subjects, w, questions);
        ++writes_;
        switch (got.end) {
            case ending::compared:
                answers_ += questions.size();
                state.is_done = true;
                co_await evidence_.judge(w, questions, got);
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
                evidence_.note_failure(questions[failed].reading, got.message);
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
        auto copy = copy_of(around_.pool(), on.what, 1000 + random_() % 9000, i);
        if (around_.schema.tables[w.table].key.empty()) co_return false;
        if (i >= parents_from && copy.parents.empty()) co_return false;
        auto again = update_of(around_.schema, copy.made, w.column, w.after.values[w.column]);
        copy.parents.push_back(copy.statement);
        again.preparation = given(w.table, copy.parents);
        w = std::move(again);
        questions = questions_for(w, on);
    }
    co_return false;
}

bool attempts::is_missing(const std::string& name) const {
    const auto found = attempts_.find(name);
    return found != attempts_.end() && !found->second.is_done && !found->second.refusal.empty();
}

bool attempts::is_done(const std::string& name) const {
    const auto found = attempts_.find(name);
    return found != attempts_.end() && found->second.is_done;
}

void attempts::note_refusal(const std::string& name, std::string why) {
    attempt& state = attempts_[name];
    if (!state.is_done) state.refusal = std::move(why);
}

void attempts::list_refused() const {
    for (const auto& [name, what] : attempts_) {
        // Without a refusal it was not tried: each resource that reads the table has its counterexample.
        if (!what.is_done && !what.refusal.empty()) evidence_.add_gap(name, what.refusal);
    }
}

}  // namespace weir::prove
