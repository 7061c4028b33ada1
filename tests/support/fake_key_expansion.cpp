#include "support/fake_key_expansion.hpp"

#include <algorithm>
#include <map>

namespace weir::fake {

namespace {

bool is_same(const outbox_row& a, const outbox_row& b) {
    return a.image.table == b.image.table && a.image.columns == b.image.columns && a.is_bulk == b.is_bulk;
}

}  // namespace

awaitable<result<through_found>> key_expansion::expand(const policy& p, const std::vector<outbox_row>& rows,
                                                       context within) {
    if (failure_) co_return *failure_;
    if (within.until.passed()) co_return errc::timeout;
    const auto tables = tables_read_through(p, rows);
    through_found found;
    for (outbox_row& row : db_.pending()) {
        if (std::find(tables.begin(), tables.end(), row.image.table) == tables.end()) continue;
        const bool is_known = std::any_of(found.owed.begin(), found.owed.end(),
                                          [&](const outbox_row& other) { return is_same(other, row); });
        if (!is_known) found.owed.push_back(std::move(row));
    }
    if (found.owed.size() > owed_rows_max(p, rows)) co_return errc::overloaded;
    std::map<std::pair<const through_query*, bool>, through_answer> made;
    const auto own = questions_of(p, rows);
    for (const through_question& asked : questions_of(p, with_owed(rows, found.owed))) {
        const bool is_own = std::find(own.begin(), own.end(), asked) != own.end();
        through_answer& to = made[{asked.query, is_own}];
        to.of = asked.of;
        to.query = asked.query;
        to.is_own = is_own;
        for (row_image& image : answers_(asked)) to.rows.push_back(std::move(image));
        to.is_whole = to.rows.size() > asked.of->bulk_rows;
    }
    for (auto& [query, answer] : made) found.answers.push_back(std::move(answer));
    co_return found;
}

}  // namespace weir::fake
