// Reads [write.…], and makes sure that what it changes is what its table's change will be asked about.
#include "drafts.hpp"
#include "nearest.hpp"
#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

class write_reader {
 public:
    write_reader(section s, const drafts& all) : s_(std::move(s)), all_(all) {}

    write_draft read() {
        write& w = draft_.value;
        draft_.title = s_.title();
        draft_.path_at = s_.at("path");
        w.name = s_.name();
        check_name();
        const auto method = s_.word("method", {"POST", "DELETE"});
        w.method = method == "DELETE" ? route_method::del : route_method::post;
        const auto success = s_.integer("success", {200, 201});
        w.success_status = static_cast<unsigned>(success.value_or(200));
        read_table();
        const auto path = read_path(s_);
        if (path) {
            w.path = *path;
            parameters_ = read_parameters(s_, *path, "body");
            for (const auto& p : parameters_) w.parameters.push_back(p.value);
            read_apply();
        } else {
            for (const char* field : {"parameter", "body"}) s_.find(field);
            check_sql_given(s_);
        }
        s_.finish();
        return std::move(draft_);
    }

 private:
    void check_name() {
        const bool ok =
            s_.name().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (!ok) s_.complain(s_.at(), s_.title() + " is not a name", "use lower case letters, digits and _");
    }

    void read_table() {
        const auto table = s_.verbatim("table");
        if (!table) {
            if (!s_.has("table")) {
                s_.complain(s_.at(), s_.title() + " has no table",
                            "add table = \"…\": the one that the SQL changes");
            }
            return;
        }
        draft_.value.table = table->text;
        std::vector<std::string> known;
        for (const auto& c : all_.changes) known.push_back(c.value.table);
        if (std::find(known.begin(), known.end(), table->text) != known.end()) return;
        s_.complain(
            table->at,
            fmt::format("{} writes to the table {}, which has no declared change", s_.title(), table->text),
            fmt::format("declare [change.{}] with the keys that its rows touch{}", table->text,
                        did_you_mean(table->text, known)));
    }

    void read_apply() {
        auto sql = read_sql(s_, parameters_);
        if (!sql.is_usable) return;
        check_target();
        check_use(sql.values);
        write& w = draft_.value;
        w.apply.name = "write_" + w.name;
        w.apply.values = std::move(sql.values);
        w.apply.sql = json_returning(sql.sql);
    }

    // The declared table and the SQL's must agree: the change map is looked up by the first, rows change in
    // the second.
    void check_target() {
        const std::string text = s_.verbatim("sql")->text;
        const auto targets = write_targets(text);
        if (targets.size() != 1) {
            const std::size_t offset = targets.empty() ? 0 : targets[1].offset;
            s_.complain(
                s_.place_in("sql", offset),
                fmt::format("{}.sql changes {} tables; a write changes one", s_.title(), targets.size()),
                "write one insert, update or delete, and split the rest into writes of their own");
            return;
        }
        const auto& target = targets.front();
        if (!draft_.value.table.empty() && !is_same_table(target.table, draft_.value.table)) {
            s_.complain(s_.place_in("sql", target.offset),
                        fmt::format("{}.sql changes {}, but table says {}", s_.title(), target.table,
                                    draft_.value.table),
                        "let both name the same table");
        }
        if (!has_word(text, "returning")) {
            s_.complain(s_.at("sql"), s_.title() + ".sql returns nothing",
                        "add returning …: the row for the client, and how Weir knows that there was one");
        }
    }

    void check_use(const std::vector<std::size_t>& used) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (std::find(used.begin(), used.end(), i) != used.end()) continue;
            const std::string& name = parameters_[i].value.name;
            s_.complain(parameters_[i].at, fmt::format("{}: {} is not used", s_.title(), name),
                        fmt::format("use {{{}}} in the SQL, or remove the declaration", name));
        }
    }

    section s_;
    const drafts& all_;
    write_draft draft_;
    std::vector<declared_parameter> parameters_;
};

}  // namespace

void read_writes(section& root, drafts& all) {
    for (auto& s : root.tables("write")) {
        if (!s.has("method"))
            s.complain(s.at(), s.title() + " has no method", "add method = \"POST\" or \"DELETE\"");
        all.writes.push_back(write_reader{s, all}.read());
    }
}

}  // namespace weir::config
