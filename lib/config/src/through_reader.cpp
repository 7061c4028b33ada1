#include "through_reader.hpp"

#include "weir/base/hash.hpp"
#include "weir/config/sql_template.hpp"
#include "weir/policy/invalidation.hpp"

#include "nearest.hpp"
#include "row_names_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

// Returns the names in braces, each once. They are columns of the table, so none needs to be declared.
std::vector<std::string> placeholders_of(std::string_view sql) {
    std::vector<std::string> out;
    for (auto& [name, offset] : placeholders_in(sql)) {
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
    }
    return out;
}

// Returns a name for the prepared statement: the table's, so that the log says whose query failed, and a
// hash, since the same name must always have the same SQL.
std::string statement_name(const std::string& table, const std::string& sql) {
    std::string out = "through_" + table.substr(0, 24) + "_" + sha256_hex(sql).substr(0, 16);
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    std::replace_if(
        out.begin(), out.end(), [&](char c) { return !is_plain(c); }, '_');
    return out;
}

class through_reader {
 public:
    through_reader(section& from, const drafts& all, change& of) : s_(from), all_(all), of_(of) {}

    through_query read() {
        row_names_reader{s_, all_, made_}.read();
        if (const auto text = s_.verbatim("sql")) {
            read_sql(*text);
        } else if (!s_.has("sql")) {
            s_.complain(
                s_.at(), s_.title() + " has no sql",
                "add sql = \"select … from … where … = {column}\": the rows that a changed row touches");
        }
        s_.finish();
        return std::move(made_);
    }

 private:
    void read_sql(const text_value& text) {
        check_reads_only(text.text);
        // Without types Postgres takes those of the columns that a value is compared with. The value is a
        // column's own text, so it has one spelling.
        const auto converted = to_positional(text.text, placeholders_of(text.text));
        for (const auto& problem : converted.problems) {
            s_.complain(s_.position_in("sql", problem.offset),
                        fmt::format("{}.sql: {}", s_.title(), problem.what), "mend the SQL");
        }
        if (!converted.problems.empty()) return;
        for (const auto& name : converted.names) made_.select.values.push_back(column(name));
        std::vector<std::string> wanted;
        for (const auto& c : made_.columns) wanted.push_back(c.name);
        made_.select.sql = distinct_texts(converted.sql, wanted, of_.bulk_rows + 1);
        made_.select.name = statement_name(of_.table, made_.select.sql);
        made_.tables = read_tables(text.text);
    }

    void check_reads_only(const std::string& text) {
        const std::string verb = first_keyword(text);
        const auto targets = write_targets(text);
        if ((verb == "select" || verb == "with") && targets.empty()) return;
        const std::size_t offset = targets.empty() ? 0 : targets.front().offset;
        s_.complain(s_.position_in("sql", offset), s_.title() + ".sql must only read",
                    "write a select that gives the columns which the keys and tags name");
    }

    // Returns the index of the table's column, whose text is an argument.
    std::size_t column(const std::string& name) {
        auto& columns = of_.columns;
        const auto found = std::find_if(columns.begin(), columns.end(),
                                        [&](const change::column& c) { return c.name == name; });
        if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
        columns.push_back({name, {}});
        return columns.size() - 1;
    }

    section& s_;
    const drafts& all_;
    change& of_;
    through_query made_;
};

class coverage {
 public:
    coverage(drafts& all, problems& out) : all_(all), out_(out) {}

    void check(change_draft& of) {
        for (std::size_t i = 0; i < of.value.through.size(); ++i) {
            through_query& query = of.value.through[i];
            for (std::string& table : query.tables) check_table(of.through[i], query, table);
            auto& tables = query.tables;
            std::sort(tables.begin(), tables.end());
            tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
        }
    }

 private:
    void check_table(const section& from, const through_query& query, std::string& table) {
        const auto* found = all_.find_change(table);
        if (found == nullptr) return complain_undeclared(from, table);
        table = found->value.table;
        for (const std::size_t i : all_.owners_of(query)) {
            const resource& r = all_.resources[i].value;
            if (reaches_through(query, r) && !reaches(found->value, r))
                complain_unreached(from, query, table, r);
        }
    }

    static bool reaches_through(const through_query& query, const resource& r) {
        change alone;
        alone.keys = query.keys;
        alone.tags = query.tags;
        return reaches(alone, r);
    }

    void complain_undeclared(const section& from, const std::string& table) {
        out_.add(from.at("sql"),
                 fmt::format(
                     "{}.sql reads {}, which has no declared change: a row of it that moves would leave old "
                     "answers",
                     from.title(), table),
                 fmt::format("declare [change.{}] with the same keys; if {} is a view, read its tables",
                             toml_key(table), table));
    }

    void complain_unreached(const section& from, const through_query& query, const std::string& table,
                            const resource& r) {
        const auto& names = query.keys.empty() ? query.tags : query.keys;
        out_.add(from.at("sql"),
                 fmt::format(
                     "{}.sql reads {}, whose change does not reach resource.{}: a row of it that moves would "
                     "leave old answers",
                     from.title(), table, r.name),
                 fmt::format("add \"{}\" to [change.{}], or a through of its own that gives it",
                             names.front().text(), toml_key(table)));
    }

    drafts& all_;
    problems& out_;
};

}  // namespace

void read_through(section& from, const drafts& all, change_draft& to) {
    to.through = from.list("through");
    for (section& s : to.through) to.value.through.push_back(through_reader{s, all, to.value}.read());
}

void check_through(drafts& all, problems& out) {
    coverage checks{all, out};
    for (change_draft& c : all.changes) checks.check(c);
}

}  // namespace weir::config
