// Reads [write.…], and checks that its SQL changes the table whose change names the keys.
#include "weir/base/placeholder.hpp"
#include "weir/config/table_name.hpp"

#include "drafts.hpp"
#include "nearest.hpp"
#include "policy_fields.hpp"
#include "returned_columns.hpp"
#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace weir::config {
namespace {

class write_reader {
 public:
    write_reader(section s, const drafts& all) : draft_(std::move(s)), all_(all) {}

    write_draft read() {
        check_name(s_);
        read_method();
        read_fields(s_, write_fields, draft_.value);
        read_tables();
        if (const auto path = read_path(s_)) {
            draft_.value.path = *path;
            read_statements();
        } else {
            for (const char* field : {"parameter", "body"}) s_.find(field);
            check_sql_given(s_);
        }
        s_.finish();
        return std::move(draft_);
    }

 private:
    void read_method() {
        if (!s_.has("method")) {
            s_.complain(s_.at(), s_.title() + " has no method",
                        "add method = \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"");
        }
        const auto index = value_of(s_, "method", choice{write_methods}).value_or(0);
        draft_.value.method = static_cast<route_method>(index + 1);
    }

    void read_tables() {
        const auto tables = s_.one_or_more("table");
        if (!s_.has("table")) {
            s_.complain(s_.at(), s_.title() + " has no table",
                        "add table = \"…\": the one that the SQL changes");
        }
        for (const auto& table : tables) add_table(table);
    }

    void add_table(const text_value& written) {
        const auto name = table_name(written.text);
        if (!name) {
            return s_.complain(written.at,
                               fmt::format("{}: \"{}\" is not a table's name", s_.title(), written.text),
                               "write it as its change does");
        }
        const auto* change = all_.find_change(*name);
        if (change == nullptr) complain_undeclared(written, *name);
        auto& tables = draft_.value.tables;
        tables.push_back(change == nullptr ? *name : change->value.table);
        if (std::count(tables.begin(), tables.end(), tables.back()) == 1) return;
        s_.complain(written.at, fmt::format("{}.table names {} twice", s_.title(), *name),
                    "remove one of the two");
        tables.pop_back();
    }

    void complain_undeclared(const text_value& written, const std::string& name) {
        std::vector<std::string> known;
        for (const auto& c : all_.changes) known.push_back(c.value.table);
        s_.complain(written.at,
                    fmt::format("{} writes to the table {}, which has no declared change", s_.title(), name),
                    fmt::format("declare [change.{}] with the keys that its rows touch{}", toml_key(name),
                                did_you_mean(name, known)));
    }

    void read_statements() {
        parameters_ = read_parameters(s_, draft_.value.path, "body");
        for (const auto& p : parameters_) draft_.value.parameters.push_back(p.value);
        check_sql_given(s_);
        const auto texts = s_.one_or_more("sql");
        bool is_usable = !texts.empty();
        for (const auto& text : texts) is_usable = read_statement(text) && is_usable;
        if (!is_usable) return;
        wrap_statements();
        check_use();
        check_tables();
        check_returns(texts.front());
    }

    // Returns whether the statement could be read.
    bool read_statement(const text_value& text) {
        auto& all = draft_.value.statements;
        const bool is_resolved = add_results(text);
        returned_.push_back(returned_columns(text.text));
        auto sql = read_sql(s_, text, parameters_, result_names_);
        if (!sql.is_usable || !is_resolved) {
            all.emplace_back();  // the next ones count it
            return false;
        }
        const bool returns = has_word(text.text, "returning");
        std::string name = "write_" + draft_.value.name;
        // No write's own name has a dot.
        if (!all.empty()) name += "." + std::to_string(all.size() + 1);
        all.push_back({.name = std::move(name),
                       .sql = std::move(sql.sql),
                       .values = std::move(sql.values),
                       .table = target_of(text),
                       .returns = returns});
        return true;
    }

    bool is_parameter(const std::string& name) const {
        return std::any_of(parameters_.begin(), parameters_.end(),
                           [&](const declared_parameter& p) { return p.value.name == name; });
    }

    // Adds what the statement takes from earlier ones: {1.id} is the column id of what the first returned.
    // Returns false after a problem was added.
    bool add_results(const text_value& text) {
        bool is_fine = true;
        for (const auto& [name, offset] : placeholders_in(text.text)) {
            auto column = result_named(name);
            if (is_parameter(name) || !column || is_known_result(name)) continue;
            result_names_.push_back(name);
            const std::string mistake = mistake_in(*column);
            draft_.value.results.push_back(std::move(*column));
            if (mistake.empty()) continue;
            s_.complain(s_.position_in(text, offset),
                        fmt::format("{}.sql: {} {}", s_.title(), placeholder_text(name), mistake),
                        "take columns that an earlier statement returns, counted from 1");
            is_fine = false;
        }
        return is_fine;
    }

    bool is_known_result(const std::string& name) const {
        return std::find(result_names_.begin(), result_names_.end(), name) != result_names_.end();
    }

    std::string mistake_in(const result_column& column) const {
        const auto& all = draft_.value.statements;
        if (column.statement >= all.size()) return "is not of an earlier statement";
        if (!all[column.statement].returns) return "is of a statement without returning";
        const auto& known = returned_[column.statement];
        const bool is_missing = known && std::find(known->begin(), known->end(), column.name) == known->end();
        return is_missing ? "is no column that the statement returns (" + joined(*known) + ")" : "";
    }

    // Reads "1.id". Returns nullopt for any other name.
    static std::optional<result_column> result_named(std::string_view name) {
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        name.remove_prefix(static_cast<std::size_t>(end - name.data()));
        if (error != std::errc{} || number == 0 || name.size() < 2 || name.front() != '.')
            return std::nullopt;
        return result_column{number - 1, std::string{name.substr(1)}};
    }

    // Lets each statement give what later ones take.
    void wrap_statements() {
        write& w = draft_.value;
        for (std::size_t i = 0; i < w.results.size(); ++i) {
            w.statements[w.results[i].statement].gives.push_back(i);
        }
        for (write_statement& one : w.statements) {
            std::vector<std::string> columns;
            for (const std::size_t i : one.gives) columns.push_back(w.results[i].name);
            if (one.returns) one.sql = json_returning(one.sql, columns);
        }
    }

    // Returns the declared table that the statement changes, or an empty text after the problem was added.
    // The changes are looked up by that table, and rows change in the one that the SQL names.
    std::string target_of(const text_value& text) {
        const auto targets = write_targets(text.text);
        if (targets.size() != 1) {
            complain_of_number(text, targets);
            return {};
        }
        const write_target& target = targets.front();
        const auto& declared = draft_.value.tables;
        const auto same = std::find_if(declared.begin(), declared.end(), [&](const std::string& table) {
            return is_same_table(target.table, table);
        });
        if (same != declared.end()) return *same;
        if (declared.empty()) return {};
        s_.complain(
            s_.position_in(text, target.offset),
            fmt::format("{}.sql changes {}, but table says {}", s_.title(), target.table, joined(declared)),
            "let both name the same table");
        return {};
    }

    void complain_of_number(const text_value& text, const std::vector<write_target>& targets) {
        const std::size_t offset = targets.empty() ? 0 : targets[1].offset;
        s_.complain(
            s_.position_in(text, offset),
            fmt::format("{}.sql changes {} tables; a statement changes one", s_.title(), targets.size()),
            "write one insert, update or delete in each statement: sql = [\"…\", \"…\"]");
    }

    // Checks that each declared table is changed: otherwise its keys are not what the write deletes.
    void check_tables() {
        const auto& all = draft_.value.statements;
        const bool is_any_unknown =
            std::any_of(all.begin(), all.end(), [](const write_statement& w) { return w.table.empty(); });
        if (is_any_unknown) return;
        for (const auto& table : draft_.value.tables) {
            if (std::any_of(all.begin(), all.end(), [&](const auto& w) { return w.table == table; }))
                continue;
            s_.complain(s_.at("table"), fmt::format("{}: no statement changes {}", s_.title(), table),
                        "remove it from table, or write the statement");
        }
    }

    void check_returns(const text_value& first) {
        const auto& all = draft_.value.statements;
        if (std::any_of(all.begin(), all.end(), [](const auto& w) { return w.returns; })) return;
        s_.complain(all.size() == 1 ? s_.at("sql") : first.at, s_.title() + ".sql returns nothing",
                    "add returning …: the row for the client, and how Weir knows that there was one");
    }

    bool is_used(std::size_t parameter) const {
        const auto& all = draft_.value.statements;
        return std::any_of(all.begin(), all.end(), [&](const write_statement& w) {
            return std::find(w.values.begin(), w.values.end(), parameter) != w.values.end();
        });
    }

    void check_use() {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (is_used(i)) continue;
            const std::string& name = parameters_[i].value.name;
            s_.complain(parameters_[i].at, fmt::format("{}: {} is not used", s_.title(), name),
                        fmt::format("use {} in the SQL, or remove the declaration", placeholder_text(name)));
        }
    }

    write_draft draft_;
    section& s_ = draft_.from;
    const drafts& all_;
    std::vector<declared_parameter> parameters_;
    std::vector<std::string> result_names_;  // of the write's results, as placeholders name them
    std::vector<std::optional<std::vector<std::string>>>
        returned_;  // of each statement, where they are known
};

}  // namespace

void read_writes(section& root, drafts& all) {
    for (auto& s : root.tables("write")) all.writes.push_back(write_reader{s, all}.read());
}

}  // namespace weir::config
