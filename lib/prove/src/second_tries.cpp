#include "second_tries.hpp"

#include "made_rows.hpp"
#include "taken_rows.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t other_values_max = 3;  // of a column, on another row
constexpr std::size_t pairs_max = 12;        // of rows

std::vector<std::string> cleared(const catalogue& in, const row& r, bool clears) {
    return clears ? clearing(in, r) : std::vector<std::string>{};
}

}  // namespace

second_tries::second_tries(const database& on, const surroundings& around, const evidence& found,
                           attempts& by)
    : database_(on), around_(around), evidence_(found), attempts_(by) {}

awaitable<void> second_tries::try_again(std::size_t table) {
    if (around_.samples[table].empty()) co_return;
    const row& any = around_.samples[table].front();
    for (std::size_t c = 0; c < around_.schema.tables[table].columns.size(); ++c) {
        const std::string name = name_of(around_.schema, update_of(around_.schema, any, c, std::nullopt));
        if (attempts_.is_missing(name)) co_await try_column_again(table, c);
        // First as the rows are, and then without those that refer to them.
        for (const bool clears : {false, true}) {
            if (attempts_.is_missing(name)) co_await try_free_value(table, c, clears);
        }
    }
    if (attempts_.is_missing("update of several columns of " + around_.schema.tables[table].name))
        co_await try_pairs(table);
    for (const bool clears : {false, true}) {
        if (attempts_.is_missing(name_of(around_.schema, put_back(around_.schema, any))))
            co_await try_put_back(table, clears);
        if (attempts_.is_missing(name_of(around_.schema, removal_of(around_.schema, any))))
            co_await try_removals(table, clears);
    }
}

// Gives other rows other values.
awaitable<void> second_tries::try_column_again(std::size_t table, std::size_t column) {
    for (const row& r : around_.samples[table]) {
        const chosen_row on{r, std::nullopt};
        auto values = other_values(around_.pool(), r, column);
        values.resize(std::min(values.size(), other_values_max));
        for (const cell& value : values) {
            if (database_.is_over() || !evidence_.is_read_by_open(table)) co_return;
            const bool is_done = co_await attempts_.make(update_of(around_.schema, r, column, value), on);
            if (is_done) co_return;
        }
    }
}

// Gives a row two values of another one: a constraint may speak against one of all the others.
awaitable<void> second_tries::try_pairs(std::size_t table) {
    const std::size_t columns = around_.schema.tables[table].columns.size();
    const auto& rows = around_.samples[table];
    std::size_t tries = 0;
    for (std::size_t c = 0; c + 1 < columns; ++c) {
        for (std::size_t d = c + 1; d < columns && rows.size() > 1; ++d) {
            if (database_.is_over() || !evidence_.is_read_by_open(table)) co_return;
            const row& r = rows[tries % rows.size()];
            auto w = take_over(around_.schema, r, rows[(tries + 1) % rows.size()], {c, d});
            if (!w || ++tries > pairs_max) continue;
            const chosen_row on{r, std::nullopt};
            const bool is_done = co_await attempts_.make(*std::move(w), on);
            if (is_done) co_return;
        }
    }
}

// Takes a row out, and gives another one its value: where each value may be there once, that one is free.
awaitable<void> second_tries::try_free_value(std::size_t table, std::size_t column, bool clears) {
    std::size_t tries = 0;
    for (const row& changed : around_.samples[table]) {
        for (const row& gone : around_.samples[table]) {
            const cell& value = gone.values[column];
            if (changed.where == gone.where || changed.values[column] == value || ++tries > pairs_max)
                continue;
            if (database_.is_over() || !evidence_.is_read_by_open(table)) co_return;
            auto before = cleared(around_.schema, gone, clears);
            add_statements(before, cleared(around_.schema, changed, clears));
            before.push_back(taking_out(around_.schema, gone));
            auto w = update_of(around_.schema, changed, column, value);
            w.preparation = attempts_.given(table, before);
            const chosen_row on{changed, std::nullopt};
            const bool is_done = co_await attempts_.make(std::move(w), on);
            if (is_done) co_return;
        }
    }
}

// Inserts a row that was there before: it fulfils every constraint.
awaitable<void> second_tries::try_put_back(std::size_t table, bool clears) {
    for (const row& r : around_.samples[table]) {
        if (database_.is_over() || !evidence_.is_read_by_open(table)) co_return;
        auto before = cleared(around_.schema, r, clears);
        before.push_back(taking_out(around_.schema, r));
        auto w = put_back(around_.schema, r);
        w.preparation = attempts_.given(table, before);
        const chosen_row on{r, std::nullopt};
        const bool is_done = co_await attempts_.make(std::move(w), on);
        if (is_done) co_return;
    }
}

// Deletes other rows: perhaps no row refers to one of them.
awaitable<void> second_tries::try_removals(std::size_t table, bool clears) {
    for (const row& r : around_.samples[table]) {
        if (database_.is_over() || !evidence_.is_read_by_open(table)) co_return;
        auto w = removal_of(around_.schema, r);
        w.preparation = attempts_.given(table, cleared(around_.schema, r, clears));
        const chosen_row on{r, std::nullopt};
        const bool is_done = co_await attempts_.make(std::move(w), on);
        if (is_done) co_return;
    }
}

}  // namespace weir::prove
