#include "remedy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::prove {
namespace {

// Returns a text as TOML writes it. One that has double quotes is put into single ones.
std::string quoted(const std::string& text) {
    const char quote = text.find('"') == std::string::npos ? '"' : '\'';
    return quote + text + quote;
}

// Returns the columns of a table that hold the parameters' values, in their order. Returns nullopt if one has
// none, or is compared by something other than equality.
std::optional<std::vector<source>> columns_in(const subject& s, std::size_t table) {
    std::vector<source> made;
    for (const auto& sources : s.sources) {
        const auto at = std::find_if(sources.begin(), sources.end(), [&](const source& one) {
            return one.table == table && (one.is_equality || one.is_element || !one.is_sure);
        });
        if (at == sources.end()) return std::nullopt;
        made.push_back(*at);
    }
    return made;
}

// Returns the resource's key template with columns in the place of its parameters.
std::string template_over(const catalogue& in, const subject& s, const std::vector<source>& columns) {
    std::string text;
    for (const auto& segment : s.what->cached->key.segments()) {
        if (!text.empty()) text += ':';
        if (const auto* literal = std::get_if<std::string>(&segment)) {
            text += *literal;
            continue;
        }
        const source& from = columns[std::get<key_template::placeholder>(segment).index];
        text += "{" + in.tables[from.table].columns[from.column].name + (from.is_element ? "[]}" : "}");
    }
    return text;
}

const change* change_of(const policy& p, const catalogue& in, std::size_t table) {
    for (std::size_t i = 0; i < p.changes.size(); ++i) {
        if (in.changes[i] == table) return &p.changes[i];
    }
    return nullptr;
}

bool has_key(const change& c, const std::string& text) {
    return std::any_of(c.keys.begin(), c.keys.end(), [&](const key_template& k) { return k.text() == text; });
}

std::string section_of(const catalogue& in, const change* declared, std::size_t table) {
    if (declared != nullptr) return "to the change of " + declared->table;
    return "a new section [change." + in.tables[table].name + "]";
}

// Returns a query that leads from a row of `table` to rows of `home`, over one reference between them.
std::optional<std::string> query_between(const catalogue& in, std::size_t table, std::size_t home,
                                         const std::vector<source>& columns) {
    std::string list;
    for (const source& c : columns) {
        const auto& name = in.tables[home].columns[c.column].quoted;
        if (list.find(name) == std::string::npos) list += (list.empty() ? "" : ", ") + name;
    }
    for (const reference& r : in.references) {
        const bool is_forward = r.from == home && r.to == table;
        if (!is_forward && (r.from != table || r.to != home)) continue;
        std::string where;
        for (std::size_t i = 0; i < r.from_columns.size(); ++i) {
            const std::size_t there = is_forward ? r.from_columns[i] : r.to_columns[i];
            const std::size_t here = is_forward ? r.to_columns[i] : r.from_columns[i];
            where += fmt::format("{}{} = {{{}}}", i > 0 ? " and " : "", in.tables[home].columns[there].quoted,
                                 in.tables[table].columns[here].name);
        }
        return fmt::format("select {} from {} where {}", list, in.tables[home].name, where);
    }
    return std::nullopt;
}

std::optional<std::string> through_text(const policy& p, const catalogue& in, const subject& s,
                                        std::size_t table) {
    for (const std::size_t home : s.tables) {
        const auto columns = columns_in(s, home);
        if (home == table || !columns || columns->empty()) continue;
        const auto query = query_between(in, table, home, *columns);
        if (!query) continue;
        const change* declared = change_of(p, in, table);
        const std::string name = declared != nullptr ? declared->table : in.tables[table].name;
        return fmt::format("[change.{0}] and below it [[change.{0}.through]] with sql = {1} and keys = [{2}]",
                           name, quoted(*query), quoted(template_over(in, s, *columns)));
    }
    return std::nullopt;
}

}  // namespace

std::string remedy_for(const policy& p, const catalogue& in, const subject& s, std::size_t table) {
    const change* declared = change_of(p, in, table);
    const auto columns = columns_in(s, table);
    if (columns) {
        const std::string key = template_over(in, s, *columns);
        if (declared == nullptr || !has_key(*declared, key)) {
            return section_of(in, declared, table) + ": keys = [" + quoted(key) + "]";
        }
    }
    if (const auto through = through_text(p, in, s, table)) return *through;
    // No key can be told from the row: all answers of the resource share a tag.
    const std::string tag = quoted(s.what->name + ":any");
    return "tags = [" + tag + "] to resource." + s.what->name + ", and the same tags " +
           (declared != nullptr ? section_of(in, declared, table) : "to " + section_of(in, declared, table));
}

}  // namespace weir::prove
