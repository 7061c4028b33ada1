#include "weir/policy/through.hpp"

#include "row_expansion.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir {
namespace {

bool is_of(const change& c, const outbox_row& row) {
    return row.image.table == c.table;
}

// Returns whether these rows make the change's queries run: there is one, and it is not all of the table.
bool asks(const change& c, const std::vector<outbox_row>& rows) {
    const bool has_rows =
        std::any_of(rows.begin(), rows.end(), [&](const outbox_row& row) { return is_of(c, row); });
    return has_rows && !c.through.empty() && !is_whole_table(c, rows);
}

// Returns nullopt if the image lacks a column: it was recorded for another file.
std::optional<std::vector<sql_value>> arguments_of(const change& c, const through_query& query,
                                                   const row_image& image) {
    std::vector<sql_value> out;
    for (const std::size_t index : query.select.values) {
        const auto column = std::find_if(image.columns.begin(), image.columns.end(), [&](const auto& named) {
            return named.first == c.columns[index].name;
        });
        if (column == image.columns.end()) return std::nullopt;
        out.push_back(column->second);
    }
    return out;
}

void add_tables_of(const policy& p, const change& c, std::set<std::string>& to) {
    for (const through_query& query : c.through) {
        for (const std::string& table : query.tables) {
            if (!to.insert(table).second) continue;
            const auto next = std::find_if(p.changes.begin(), p.changes.end(),
                                           [&](const change& other) { return other.table == table; });
            if (next != p.changes.end()) add_tables_of(p, *next, to);
        }
    }
}

void add_answer(row_expansion& out, const through_answer& answer) {
    if (answer.is_whole || answer.rows.size() > answer.of->bulk_rows) return out.add_whole(*answer.query);
    for (const row_image& image : answer.rows) out.add_row(*answer.of, *answer.query, image);
}

void add_all_through(const policy& p, const std::vector<outbox_row>& rows, row_expansion& out) {
    for (const change& c : p.changes) {
        if (!asks(c, rows)) continue;
        for (const through_query& query : c.through) out.add_whole(query);
    }
}

// Adds the resources of queries that could not be asked, because a row lacks an argument.
void add_unasked(const policy& p, const std::vector<outbox_row>& rows, row_expansion& out) {
    for (const change& c : p.changes) {
        if (!asks(c, rows)) continue;
        for (const through_query& query : c.through) {
            const bool lacks_one = std::any_of(rows.begin(), rows.end(), [&](const outbox_row& row) {
                return is_of(c, row) && !arguments_of(c, query, row.image);
            });
            if (lacks_one) out.add_whole(query);
        }
    }
}

template <class Of>
std::vector<Of> united(std::vector<Of> a, std::vector<Of> b) {
    a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
    std::sort(a.begin(), a.end());
    a.erase(std::unique(a.begin(), a.end()), a.end());
    return a;
}

touched united(touched a, touched b) {
    return {united(std::move(a.keys), std::move(b.keys)), united(std::move(a.tags), std::move(b.tags)),
            united(std::move(a.refused), std::move(b.refused))};
}

}  // namespace

std::vector<std::string> tables_read_through(const policy& p, const std::vector<outbox_row>& rows) {
    std::set<std::string> out;
    for (const change& c : p.changes) {
        if (asks(c, rows)) add_tables_of(p, c, out);
    }
    return {out.begin(), out.end()};
}

std::size_t owed_rows_max(const policy& p, const std::vector<outbox_row>& rows) {
    std::size_t most = 0;
    for (const change& c : p.changes) {
        if (asks(c, rows)) most = std::max(most, c.bulk_rows);
    }
    return most;
}

std::vector<through_question> questions_of(const policy& p, const std::vector<outbox_row>& rows) {
    std::vector<through_question> out;
    for (const change& c : p.changes) {
        if (!asks(c, rows)) continue;
        for (const through_query& query : c.through) {
            std::set<std::vector<sql_value>> asked;
            for (const outbox_row& row : rows) {
                if (!is_of(c, row)) continue;
                auto arguments = arguments_of(c, query, row.image);
                if (!arguments || !asked.insert(*arguments).second) continue;
                out.push_back({&c, &query, *std::move(arguments)});
            }
        }
    }
    return out;
}

std::vector<outbox_row> with_owed(std::vector<outbox_row> rows, std::vector<outbox_row> owed) {
    std::set<std::int64_t> known;
    for (const outbox_row& row : rows) known.insert(row.id);
    for (outbox_row& row : owed) {
        if (known.insert(row.id).second) rows.push_back(std::move(row));
    }
    return rows;
}

touched touched_by(const policy& p, std::vector<outbox_row> rows, std::optional<through_found> found) {
    row_expansion out(p);
    if (found) {
        rows = with_owed(std::move(rows), std::move(found->owed));
        for (const through_answer& answer : found->answers) add_answer(out, answer);
        add_unasked(p, rows, out);
    } else {
        add_all_through(p, rows, out);
    }
    return united(touched_by(p, rows), std::move(out).take());
}

touched touched_by_own(const policy& p, const std::vector<outbox_row>& rows, const through_found& found) {
    row_expansion out(p);
    for (const through_answer& answer : found.answers) {
        if (answer.is_own) add_answer(out, answer);
    }
    add_unasked(p, rows, out);
    return united(touched_by(p, rows), std::move(out).take());
}

}  // namespace weir
