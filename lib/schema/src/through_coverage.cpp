// Judges the queries of changes, as coverage.cpp does the resources.
#include "weir/policy/invalidation.hpp"

#include "coverage.hpp"
#include "type_facts.hpp"

#include <algorithm>

namespace weir {
namespace {

finding about(const change& c, const std::string& table, std::string what, std::string todo) {
    return {.declared = "change of " + c.table,
            .field = "through",
            .table = table,
            .what = "the change of " + c.table + ", through: " + std::move(what),
            .todo = std::move(todo)};
}

// Returns the first resource that the query reaches and no change of the table does; null if there is none.
const resource* missed_by(const policy& p, const change& c, const through_query& q,
                          const seen_object& table) {
    for (const resource& r : p.resources) {
        if (!r.cached) continue;
        const auto ways = ways_to(p, r);
        const bool is_reached = std::any_of(ways.begin(), ways.end(),
                                            [&](const way& w) { return w.through == &q && w.from == &c; });
        const bool is_covered = std::any_of(ways.begin(), ways.end(), [&](const way& w) {
            return std::any_of(table.changes.begin(), table.changes.end(),
                               [&](std::size_t number) { return w.from == &p.changes[number]; });
        });
        if (is_reached && !is_covered) return &r;
    }
    return nullptr;
}

}  // namespace

void judge_through(const policy& p, const change& c, const through_query& q, const inspection& seen,
                   declaration_report& to) {
    if (seen.refused) {
        to.found.push_back(about(c, c.table, "Postgres refuses the SQL: " + seen.refused->message,
                                 seen.refused->hint.empty() ? "mend the SQL" : seen.refused->hint));
        return;
    }
    for (const seen_object& o : seen.objects) {
        if (o.what != seen_object::kind::table) continue;
        const resource* missed = missed_by(p, c, q, o);
        if (missed == nullptr) continue;
        auto f = about(c, o.name,
                       "it reads " + o.name + ", and no change of that reaches resource." + missed->name +
                           ": a row that moves would leave an old answer",
                       "let a change of " + o.name + " name the same keys or tags");
        f.resource = missed->name;
        to.found.push_back(std::move(f));
    }
    for (const auto& column : q.columns) {
        for (const auto& [name, facts] : seen.columns) {
            if (name != column.name) continue;
            const auto trouble = trouble_of(column, facts);
            if (!trouble) continue;
            to.found.push_back(about(c, c.table,
                                     "its column " + name + " is " + facts.written + ", " + trouble->why,
                                     trouble->remedy));
        }
    }
}

}  // namespace weir
