// What the prover tries after the first row of a table: the database may have refused each write to that one,
// because of other rows, or because of constraints that no made-up value fulfils.
#include "made_rows.hpp"
#include "prover.hpp"
#include "taken_rows.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t other_values_max = 3;  // of a column, on another row
constexpr std::size_t pairs_max = 12;        // of rows

}  // namespace

// Returns whether each try of the write was refused.
bool prover::is_missing(const std::string& name) const {
    const auto found = attempts_.find(name);
    return found != attempts_.end() && !found->second.is_done && !found->second.refusal.empty();
}

awaitable<void> prover::try_again(std::size_t table) {
    if (samples_[table].empty()) co_return;
    const row& any = samples_[table].front();
    for (std::size_t c = 0; c < catalogue_.tables[table].columns.size(); ++c) {
        const std::string name = name_of(catalogue_, update_of(catalogue_, any, c, std::nullopt));
        if (is_missing(name)) co_await try_column_again(table, c);
        // First as the rows are, and then without those that refer to them.
        for (const bool clears : {false, true}) {
            if (is_missing(name)) co_await try_free_value(table, c, clears);
        }
    }
    if (is_missing("update of several columns of " + catalogue_.tables[table].name))
        co_await try_pairs(table);
    for (const bool clears : {false, true}) {
        if (is_missing(name_of(catalogue_, put_back(catalogue_, any)))) co_await try_put_back(table, clears);
        if (is_missing(name_of(catalogue_, removal_of(catalogue_, any))))
            co_await try_removals(table, clears);
    }
}

// Gives other rows other values.
awaitable<void> prover::try_column_again(std::size_t table, std::size_t column) {
    for (const row& r : samples_[table]) {
        const chosen_row on{r, std::nullopt};
        auto values = other_values(pool(), r, column);
        values.resize(std::min(values.size(), other_values_max));
        for (const cell& value : values) {
            if (is_over() || !is_read_by_open(table)) co_return;
            const bool is_done = co_await attempt_write(update_of(catalogue_, r, column, value), on);
            if (is_done) co_return;
        }
    }
}

// Gives a row two values of another one: a constraint may speak against one of all the others.
awaitable<void> prover::try_pairs(std::size_t table) {
    const std::size_t columns = catalogue_.tables[table].columns.size();
    const auto& rows = samples_[table];
    std::size_t tries = 0;
    for (std::size_t c = 0; c + 1 < columns; ++c) {
        for (std::size_t d = c + 1; d < columns && rows.size() > 1; ++d) {
            if (is_over() || !is_read_by_open(table)) co_return;
            const row& r = rows[tries % rows.size()];
            auto w = take_over(catalogue_, r, rows[(tries + 1) % rows.size()], {c, d});
            if (!w || ++tries > pairs_max) continue;
            const chosen_row on{r, std::nullopt};
            const bool is_done = co_await attempt_write(*std::move(w), on);
            if (is_done) co_return;
        }
    }
}

// Takes a row out, and gives another one its value: where each value may be there once, that one is free.
awaitable<void> prover::try_free_value(std::size_t table, std::size_t column, bool clears) {
    std::size_t tries = 0;
    for (const row& changed : samples_[table]) {
        for (const row& gone : samples_[table]) {
            const cell& value = gone.values[column];
            if (changed.where == gone.where || changed.values[column] == value || ++tries > pairs_max)
                continue;
            if (is_over() || !is_read_by_open(table)) co_return;
            auto before = cleared(gone, clears);
            add_statements(before, cleared(changed, clears));
            before.push_back(taking_out(catalogue_, gone));
            auto w = update_of(catalogue_, changed, column, value);
            w.preparation = given(table, before);
            const chosen_row on{changed, std::nullopt};
            const bool is_done = co_await attempt_write(std::move(w), on);
            if (is_done) co_return;
        }
    }
}

// Inserts a row that was there before: it fulfils every constraint.
awaitable<void> prover::try_put_back(std::size_t table, bool clears) {
    for (const row& r : samples_[table]) {
        if (is_over() || !is_read_by_open(table)) co_return;
        auto before = cleared(r, clears);
        before.push_back(taking_out(catalogue_, r));
        auto w = put_back(catalogue_, r);
        w.preparation = given(table, before);
        const chosen_row on{r, std::nullopt};
        const bool is_done = co_await attempt_write(std::move(w), on);
        if (is_done) co_return;
    }
}

// Deletes other rows: perhaps no row refers to one of them.
awaitable<void> prover::try_removals(std::size_t table, bool clears) {
    for (const row& r : samples_[table]) {
        if (is_over() || !is_read_by_open(table)) co_return;
        auto w = removal_of(catalogue_, r);
        w.preparation = given(table, cleared(r, clears));
        const chosen_row on{r, std::nullopt};
        const bool is_done = co_await attempt_write(std::move(w), on);
        if (is_done) co_return;
    }
}

std::vector<std::string> prover::cleared(const row& r, bool clears) const {
    return clears ? clearing(catalogue_, r) : std::vector<std::string>{};
}

}  // namespace weir::prove
