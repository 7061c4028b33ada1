// Reads [resource.…]. The heart is check_use(): the key has exactly the parameters that the SQL uses.
#include "weir/base/placeholder.hpp"

#include "cacheable_reader.hpp"
#include "cast_checks.hpp"
#include "drafts.hpp"
#include "nearest.hpp"
#include "policy_fields.hpp"
#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::config {
namespace {

class resource_reader {
 public:
    explicit resource_reader(section s) : draft_(std::move(s)) {}

    resource_draft read() {
        check_name(s_);
        is_private_ = s_.boolean("private").value_or(false);
        if (!is_private_) draft_.value.cached.emplace();
        const bool has_path = read_route();
        read_fields(s_, other_resource_fields, draft_.value);
        read_fields(s_, load_fields, sql());
        if (has_path) read_select();
        if (is_private_) {
            read_reason();
            refuse_cacheable(draft_);
        } else {
            read_cached(has_path);
        }
        check_use();
        if (!has_path) skip_parameters();
        s_.finish();
        return std::move(draft_);
    }

 private:
    sql_load& sql() { return std::get<sql_load>(draft_.value.from); }

    // Returns whether the path could be read. Without it the parameters are not read: it is unknown which
    // ones belong to it, so their problems would be noise.
    bool read_route() {
        resource& r = draft_.value;
        const auto path = read_path(s_);
        if (path) {
            r.path = *path;
            parameters_ = read_parameters(s_, *path, "query");
        }
        for (const auto& p : parameters_) r.parameters.push_back(p.value);
        const auto names = s_.texts("when");
        for (const auto& name : names) {
            if (path) add_when(name);
        }
        return path.has_value();
    }

    void skip_parameters() {
        s_.find("parameter");
        s_.find("query");
        check_sql_given(s_);
    }

    bool is_query(std::string_view name) const {
        return std::any_of(parameters_.begin(), parameters_.end(), [&](const declared_parameter& p) {
            return p.value.name == name && p.value.source == parameter_source::query;
        });
    }

    // Adds a query parameter that distinguishes this resource from another with the same path.
    void add_when(const text_value& name) {
        auto& names = draft_.value.when;
        if (!is_query(name.text)) {
            s_.complain(
                name.at,
                fmt::format("{}.when: {} is not one of its query parameters", s_.title(), name.quoted()),
                fmt::format("declare query.{}, or remove it here", toml_key(name.text)));
        } else if (std::find(names.begin(), names.end(), name.text) != names.end()) {
            s_.complain(name.at, fmt::format("{}.when names {} twice", s_.title(), name.quoted()),
                        "remove one of the two");
        }
        names.push_back(name.text);
    }

    void read_select() {
        auto read = read_sql(s_, parameters_);
        if (!read.is_usable) return;
        is_sql_usable_ = true;
        check_reads_only();
        sql().is_ordered = is_ordered(s_.verbatim("sql")->text);
        statement& select = sql().select;
        select.name = "read_" + draft_.value.name;
        select.values = std::move(read.values);
        select.untyped_sql = std::move(read.untyped_sql);
        select.sql = sql().rows == row_shape::one ? json_object(read.sql) : json_array(read.sql);
    }

    void check_reads_only() {
        const std::string text = s_.verbatim("sql")->text;
        const std::string verb = first_keyword(text);
        const auto targets = write_targets(text);
        const bool is_read = verb == "select" || verb == "with" || verb == "values" || verb == "table";
        if (is_read && targets.empty()) return;
        const std::size_t offset = targets.empty() ? 0 : targets.front().offset;
        s_.complain(s_.position_in("sql", offset), s_.title() + ".sql must only read",
                    "write a select here, and declare the rest as a [write.…]");
    }

    void read_reason() {
        const auto reason = s_.text("reason");
        if (reason && !reason->text.empty()) {
            draft_.value.private_reason = reason->text;
            return;
        }
        s_.complain(s_.at("reason"), s_.title() + " is private and says no reason",
                    "add reason = \"…\"; weir check prints it");
    }

    void read_cached(bool has_path) {
        if (s_.has("reason")) {
            s_.complain(s_.at("reason"), s_.title() + " has a reason and is not private",
                        "add private = true, or remove the reason");
        }
        read_cacheable(draft_, has_path);
        if (is_sql_usable_) check_casts(s_, parameters_);
    }

    // Checks that the key has exactly the parameters that the SQL uses. With fewer, two answers would share
    // an entry. With more, one answer would have as many entries as a client cares to ask for.
    void check_use() {
        const auto& cached = draft_.value.cached;
        if (!is_sql_usable_ || (cached && !draft_.has_key())) return;
        std::set<std::string> in_key;
        if (cached) {
            for (auto& name : cached->key.names()) in_key.insert(name);
        }
        const auto& used = sql().select.values;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            const bool is_in_sql = std::find(used.begin(), used.end(), i) != used.end();
            check_use(parameters_[i], is_in_sql, in_key.contains(parameters_[i].value.name));
        }
    }

    void check_use(const declared_parameter& p, bool is_in_sql, bool is_in_key) {
        if (is_in_sql && !is_in_key && draft_.value.cached) {
            s_.complain(s_.at("key"),
                        fmt::format("{}.key lacks {}, which the SQL uses: two answers would share an entry",
                                    s_.title(), placeholder_text(p.value.name)),
                        fmt::format("add a segment {} to the key", placeholder_text(p.value.name)));
        } else if (!is_in_sql) {
            const char* what =
                is_in_key ? "is in the key but not in the SQL: anyone could flood the cache with copies"
                          : "is not used";
            s_.complain(
                p.at, fmt::format("{}: the parameter {} {}", s_.title(), p.value.name, what),
                fmt::format("use {} in the SQL, or remove the parameter", placeholder_text(p.value.name)));
        }
    }

    resource_draft draft_;
    section& s_ = draft_.from;
    std::vector<declared_parameter> parameters_;
    bool is_private_ = false;
    bool is_sql_usable_ = false;
};

}  // namespace

void read_resources(section& root, drafts& all) {
    for (auto& s : root.tables("resource")) all.add(resource_reader{s}.read());
}

}  // namespace weir::config
