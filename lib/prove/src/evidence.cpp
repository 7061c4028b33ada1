#include "evidence.hpp"

#include "remedy.hpp"
#include "verdict.hpp"

#include <algorithm>

namespace weir::prove {

evidence::evidence(database& on, const policy& p, const surroundings& around)
    : database_(on), policy_(p), around_(around) {}

void evidence::add_gap(std::string what, std::string why) {
    gaps_.push_back({std::move(what), std::move(why)});
}

void evidence::note_failure(std::size_t reading, const std::string& message) {
    failures_.try_emplace(reading, first_line(message));
}

void evidence::forget_failure(std::size_t reading) {
    failures_.erase(reading);
}

std::optional<std::string> evidence::failure_of(std::size_t reading) const {
    const auto found = failures_.find(reading);
    return found == failures_.end() ? std::nullopt : std::optional(found->second);
}

bool evidence::is_open(const subject& s, std::size_t table) const {
    return std::find(s.tables.begin(), s.tables.end(), table) != s.tables.end() && !s.focus.empty() &&
           !found_.contains({s.reading, table}) && !unstable_.contains(s.reading);
}

bool evidence::is_read_by_open(std::size_t table) const {
    return std::any_of(around_.subjects.begin(), around_.subjects.end(),
                       [&](const subject& s) { return is_open(s, table); });
}

// Returns whether a write to the table says something about the resource.
bool evidence::is_compared(const subject& s, std::size_t table) const {
    return compared_.contains({s.reading, table}) || found_.contains({s.reading, table});
}

awaitable<void> evidence::judge(const trial_write& w, const std::vector<question>& questions,
                                const trial_result& got) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const question& q = questions[i];
        note_compared(q, w.table, got.before[i], got.after[i]);
        if (got.before[i] == got.after[i] || !is_open(around_.subjects[q.reading], w.table)) continue;
        if (!is_missed(*around_.subjects[q.reading].what, q, got.before[i], got.named)) continue;
        const bool is_chance = co_await is_unstable(w, q, got, i);
        if (!is_chance) record(w, q, got, i);
    }
}

void evidence::note_compared(const question& q, std::size_t table, const answer& before,
                             const answer& after) {
    if (!before.is_known || !after.is_known) return;
    compared_.insert({q.reading, table});
    if (has_content(before) || has_content(after)) shown_.insert(q.reading);
}

// Returns whether the answer differs for another reason than the write: it changes by itself, or its SQL does
// not say in which order its rows come.
awaitable<bool> evidence::is_unstable(const trial_write& w, const question& q, const trial_result& got,
                                      std::size_t at) {
    const bool is_connected = co_await database_.connect();
    if (!is_connected) co_return true;
    const std::vector<question> twice{q, q};
    const auto answers = co_await database_.ask_all(around_.subjects, twice);
    if (answers.size() == 2 && !(answers[0] == answers[1])) {
        unstable_.insert(q.reading);
        co_return true;
    }
    if (!is_same_but_for_order(got.before[at], got.after[at])) co_return false;
    if (w.kind != write_kind::update || !w.preparation.empty()) co_return true;
    auto same = update_of(around_.schema, w.before, w.column, w.before.values[w.column]);
    const auto& column = around_.schema.tables[w.table].columns[w.column].quoted;
    same.statement = "update " + around_.schema.tables[w.table].name + " set " + column + " = " + column +
                     " where " + w.before.where;
    const auto control = co_await try_write(database_.session(), policy_, around_.subjects, same, {&q, 1});
    co_return control.end == ending::compared && !(control.before == control.after);
}

void evidence::record(const trial_write& w, const question& q, const trial_result& got, std::size_t at) {
    constexpr std::size_t names_max = 6;
    const subject& s = around_.subjects[q.reading];
    found_.insert({q.reading, w.table});
    counterexample c;
    c.resource = s.what->name;
    c.table = around_.schema.tables[w.table].name;
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
    c.remedy = remedy_for(policy_, around_.schema, s, w.table);
    counterexamples_.push_back(std::move(c));
}

void evidence::move_to(report& r) {
    r.found = std::move(counterexamples_);
    r.unproven = std::move(gaps_);
}

}  // namespace weir::prove
