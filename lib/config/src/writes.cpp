// Reads [write.…], and checks that its SQL changes the table whose change names the keys.
#include "drafts.hpp"
#include "nearest.hpp"
#include "policy_fields.hpp"
#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

class write_reader {
 public:
    write_reader(section s, const drafts& all) : draft_(std::move(s)), all_(all) {}

    write_draft read() {
        check_name(s_);
        read_method();
        read_fields(s_, write_fields, draft_.value);
        read_table();
        if (const auto path = read_path(s_)) {
            draft_.value.path = *path;
            read_statement();
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
            s_.complain(s_.at(), s_.title() + " has no method", "add method = \"POST\" or \"DELETE\"");
        }
        const auto method = s_.word("method", write_methods);
        draft_.value.method = method == "DELETE" ? route_method::del : route_method::post;
    }

    void read_table() {
        const auto table = s_.verbatim("table");
        if (!s_.has("table")) {
            s_.complain(s_.at(), s_.title() + " has no table",
                        "add table = \"…\": the one that the SQL changes");
        }
        if (table) set_table(*table);
    }

    void set_table(const text_value& table) {
        draft_.value.table = table.text;
        std::vector<std::string> known;
        for (const auto& c : all_.changes) known.push_back(c.value.table);
        if (std::find(known.begin(), known.end(), table.text) != known.end()) return;
        s_.complain(
            table.at,
            fmt::format("{} writes to the table {}, which has no declared change", s_.title(), table.text),
            fmt::format("declare [change.{}] with the keys that its rows touch{}", table.text,
                        did_you_mean(table.text, known)));
    }

    void read_statement() {
        parameters_ = read_parameters(s_, draft_.value.path, "body");
        for (const auto& p : parameters_) draft_.value.parameters.push_back(p.value);
        auto sql = read_sql(s_, parameters_);
        if (!sql.is_usable) return;
        check_target();
        check_use(sql.values);
        write& w = draft_.value;
        w.apply.name = "write_" + w.name;
        w.apply.values = std::move(sql.values);
        w.apply.sql = json_returning(sql.sql);
    }

    void check_target() {
        const std::string text = s_.verbatim("sql")->text;
        const auto targets = write_targets(text);
        if (targets.size() != 1) return complain_of_number(targets);
        check_table(targets.front());
        if (has_word(text, "returning")) return;
        s_.complain(s_.at("sql"), s_.title() + ".sql returns nothing",
                    "add returning …: the row for the client, and how Weir knows that there was one");
    }

    void complain_of_number(const std::vector<write_target>& targets) {
        const std::size_t offset = targets.empty() ? 0 : targets[1].offset;
        s_.complain(s_.position_in("sql", offset),
                    fmt::format("{}.sql changes {} tables; a write changes one", s_.title(), targets.size()),
                    "write one insert, update or delete, and split the rest into writes of their own");
    }

    // Checks that the declared table is the SQL's. The change is looked up by the first, and rows change in
    // the second.
    void check_table(const write_target& target) {
        const std::string& declared = draft_.value.table;
        if (declared.empty() || is_same_table(target.table, declared)) return;
        s_.complain(s_.position_in("sql", target.offset),
                    fmt::format("{}.sql changes {}, but table says {}", s_.title(), target.table, declared),
                    "let both name the same table");
    }

    void check_use(const std::vector<std::size_t>& used) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (std::find(used.begin(), used.end(), i) != used.end()) continue;
            const std::string& name = parameters_[i].value.name;
            s_.complain(parameters_[i].at, fmt::format("{}: {} is not used", s_.title(), name),
                        fmt::format("use {{{}}} in the SQL, or remove the declaration", name));
        }
    }

    write_draft draft_;
    section& s_ = draft_.from;
    const drafts& all_;
    std::vector<declared_parameter> parameters_;
};

}  // namespace

void read_writes(section& root, drafts& all) {
    for (auto& s : root.tables("write")) all.writes.push_back(write_reader{s, all}.read());
}

}  // namespace weir::config
