#include "first_tries.hpp"

#include <algorithm>

namespace weir::prove {

first_tries::first_tries(const database& on, const surroundings& around, const evidence& found, attempts& by,
                         random& chance)
    : database_(on), around_(around), evidence_(found), attempts_(by), random_(chance) {}

awaitable<void> first_tries::try_row(std::size_t table, std::size_t round, std::size_t most) {
    if (round >= around_.rows[table].size() || !evidence_.is_read_by_open(table)) co_return;
    const chosen_row& on = around_.rows[table][round];
    const auto& columns = around_.schema.tables[table].columns;
    // A key comes last: a counterexample that changes another column is easier to read.
    for (const bool is_key : {false, true}) {
        for (std::size_t c = 0; c < columns.size() && !database_.is_over(); ++c) {
            const column& of = columns[c];
            if (of.is_generated || of.is_always_identity || of.is_fixed || of.is_in_key != is_key) continue;
            co_await try_column(on, c, most);
        }
    }
    if (!database_.is_over()) co_await try_take_over(on);
    if (!database_.is_over()) co_await try_inserts(on);
    if (!database_.is_over()) co_await try_removal(on);
}

awaitable<void> first_tries::try_column(const chosen_row& on, std::size_t column, std::size_t most) {
    auto values = other_values(around_.pool(), on.what, column);
    if (values.size() > most) {
        if (most == column_values_later) std::shuffle(values.begin(), values.end(), random_);
        values.resize(most);
    }
    const std::string name =
        name_of(around_.schema, update_of(around_.schema, on.what, column, std::nullopt));
    if (values.empty()) attempts_.note_refusal(name, "no other value is known");
    for (const cell& value : values) {
        if (database_.is_over() || !evidence_.is_read_by_open(on.what.table)) co_return;
        co_await attempts_.make(update_of(around_.schema, on.what, column, value), on);
    }
    if (!attempts_.is_done(name)) co_await try_new_parent(on, column);
}

// Gives a column that refers to the only row of a table the key of a copy of that row.
awaitable<void> first_tries::try_new_parent(const chosen_row& on, std::size_t column) {
    for (const reference& r : around_.schema.references) {
        const auto part = std::find(r.from_columns.begin(), r.from_columns.end(), column);
        if (r.is_implied || r.from != on.what.table || part == r.from_columns.end() ||
            around_.samples[r.to].empty())
            continue;
        const std::size_t there = r.to_columns[static_cast<std::size_t>(part - r.from_columns.begin())];
        const auto copy = copy_of(around_.pool(), around_.samples[r.to].front(), 1000 + random_() % 9000);
        auto w = update_of(around_.schema, on.what, column, copy.made.values[there]);
        auto more = around_.preparations[r.to];
        more.push_back(copy.statement);
        w.preparation = attempts_.given(on.what.table, more);
        co_await attempts_.make(std::move(w), on);
    }
}

awaitable<void> first_tries::try_take_over(const chosen_row& on) {
    for (const row& other : around_.samples[on.what.table]) {
        if (other.where == on.what.where) continue;
        auto w = take_over(around_.schema, on.what, other);
        if (!w) continue;
        const bool is_done = co_await attempts_.make(*std::move(w), on);
        if (is_done || database_.is_over()) co_return;
    }
}

awaitable<void> first_tries::try_inserts(const chosen_row& on) {
    for (std::size_t i = 0; i < copies_max && !database_.is_over(); ++i) {
        const std::uint64_t most = i % 2 == 0 ? 9000 : 90;
        const auto copy = copy_of(around_.pool(), on.what, most / 9 + random_() % most, i);
        auto w = insert_of(copy, on.what);
        if (i >= parents_from && copy.parents.empty()) co_return;
        if (!copy.parents.empty()) w.preparation = attempts_.given(on.what.table, copy.parents);
        const bool is_done = co_await attempts_.make(std::move(w), on);
        if (is_done) co_return;
    }
}

// Deletes a row. One that others refer to cannot go, but a copy of it can, which no row refers to yet.
awaitable<void> first_tries::try_removal(const chosen_row& on) {
    const bool is_done = co_await attempts_.make(removal_of(around_.schema, on.what), on);
    if (is_done || around_.schema.tables[on.what.table].key.empty()) co_return;
    for (std::size_t i = 0; i < copies_max && !database_.is_over(); ++i) {
        auto copy = copy_of(around_.pool(), on.what, 1000 + random_() % 9000, i);
        if (i >= parents_from && copy.parents.empty()) co_return;
        auto w = removal_of(around_.schema, copy.made);
        copy.parents.push_back(copy.statement);
        w.preparation = attempts_.given(on.what.table, copy.parents);
        const bool is_copy_gone = co_await attempts_.make(std::move(w), on);
        if (is_copy_gone) co_return;
    }
}

}  // namespace weir::prove
