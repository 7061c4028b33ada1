#include "table_text.hpp"

#include "weir/base/placeholder.hpp"

#include "file_names.hpp"
#include "texts.hpp"
#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace weir::init {
namespace {

constexpr std::size_t rows_max = 1000;      // of a list that is not cut into pages
constexpr std::size_t comment_column = 52;  // where the comment behind a heading begins

// Returns a rule with the further fields of its place.
std::string rule_text(std::string fields, std::string_view more = {}) {
    if (!fields.empty() && !more.empty()) fields += ", ";
    fields += more;
    return fields.empty() ? "{}" : "{ " + fields + " }";
}

std::string placeholder(const parameter_plan& p) {
    return placeholder_text(p.name) + p.by.cast;
}

// Returns a name for a part of a query that no column has.
std::string free_alias(std::string name, const table_plan& plan) {
    const auto is_taken = [&] {
        return std::any_of(plan.of->columns.begin(), plan.of->columns.end(),
                           [&](const column& c) { return c.name == name; });
    };
    while (is_taken()) name += '_';
    return name;
}

class table_writer {
 public:
    table_writer(const table_plan& plan, const catalogue& of) : plan_(plan), of_(of) {}

    std::string write() {
        heading();
        item();
        if (!plan_.joins.empty()) item_with_references();
        for (const auto& list : plan_.lists) equality_list(list);
        if (plan_.whole == whole_list::by_pages) pages();
        if (plan_.whole == whole_list::first_rows) first_rows();
        change();
        if (plan_.creates) create();
        if (plan_.updates) update();
        if (plan_.deletes) remove();
        return std::move(out_);
    }

 private:
    template <class... Args>
    void line(fmt::format_string<Args...> form, Args&&... args) {
        out_ += fmt::format(form, std::forward<Args>(args)...) + "\n";
    }

    void heading() {
        const std::string name = comment_text(plan_.of->full_name());
        std::string rule = "# ── " + name + " ";
        for (std::size_t i = name.size(); i < 110; ++i) rule += "─";
        line("\n{}", rule);
        if (!plan_.notes.empty()) line("");
        for (const auto& note : plan_.notes) line("# {}", comment_text(note));
    }

    void section(std::string_view kind, const std::string& name, const std::string& request) {
        const std::string title = fmt::format("[{}.{}]", kind, name);
        line("\n{:<{}}# {}", title, comment_column, request);
    }

    std::string name(const column& c) const { return sql_name(c.name, of_); }

    std::string path() const { return "/v1/" + plan_.segment; }

    std::string selected(std::string_view indent) const {
        std::vector<std::string> names;
        for (const auto* c : plan_.shown) names.push_back(name(*c));
        return wrapped(names, indent);
    }

    // Returns the condition that finds the rows with these values.
    std::string condition(const std::vector<parameter_plan>& parameters) const {
        std::string made;
        for (const auto& p : parameters) {
            made += (made.empty() ? "" : " and ") + name(*p.of) + " = " + placeholder(p);
        }
        return made;
    }

    static std::string braces(const std::vector<parameter_plan>& parameters, std::string_view by) {
        std::string made;
        for (const auto& p : parameters) made.append(by).append(placeholder_text(p.name));
        return made;
    }

    // Returns the columns that rows are ordered by, so that one list always has one order.
    std::string order() const {
        std::vector<std::string> names;
        const auto& by = plan_.key.empty() ? plan_.shown : plan_.key;
        for (const auto* c : by) {
            if (is_ordered(*c)) names.push_back(name(*c));
        }
        return joined(names, ", ");
    }

    void rules(std::string_view kind, const std::vector<parameter_plan>& parameters) {
        for (const auto& p : parameters) line("{}.{} = {}", kind, toml_key(p.name), rule_text(p.by.fields));
    }

    void sql(const std::string& text) { line("sql = {}", toml_lines(text)); }

    void item() {
        if (plan_.item.empty()) return;
        section("resource", plan_.item_name, "GET " + path() + braces(plan_.item, "/"));
        line("path = {}", toml_text(path() + braces(plan_.item, "/")));
        line("key = {}", toml_text(plan_.segment + ":item" + braces(plan_.item, ":")));
        line("ttl = \"10m\"");
        line("negative_ttl = \"30s\"");
        rules("parameter", plan_.item);
        sql(fmt::format("select {}\nfrom {}\nwhere {}", selected("    "), plan_.relation,
                        condition(plan_.item)));
    }

    // Returns a sub-select for the row that is referred to.
    std::string reference(const join_plan& join) const {
        std::vector<std::string> names;
        for (const auto* c : join.shown) names.push_back(name(*c));
        std::string condition;
        for (const auto& [own, theirs] : join.on) {
            condition.append(condition.empty() ? "" : " and ").append(sql_name(theirs, of_));
            condition.append(" = weir_own.").append(sql_name(own, of_));
        }
        return fmt::format(
            "    (select row_to_json(weir_other) from (\n        select {}\n        from {}\n"
            "        where {}) as weir_other) as {}",
            wrapped(names, "            "), join.relation, condition, sql_name(join.member, of_));
    }

    void item_with_references() {
        const std::string where = path() + braces(plan_.item, "/") + "/full";
        section("resource", plan_.joined_name, "GET " + where + ": with the rows that it refers to");
        line("path = {}", toml_text(where));
        line("key = {}", toml_text(plan_.segment + ":full" + braces(plan_.item, ":")));
        line("ttl = \"10m\"");
        line("negative_ttl = \"30s\"");
        rules("parameter", plan_.item);
        std::string text = "select " + selected("    ");
        for (const auto& join : plan_.joins) text += ",\n" + reference(join);
        sql(fmt::format("{}\nfrom {} as weir_own\nwhere {}", text, plan_.relation, condition(plan_.item)));
    }

    void equality_list(const list_plan& list) {
        section("resource", list.name, "GET " + path() + "?" + query_text(list));
        line("path = {}", toml_text(path()));
        std::vector<std::string> when;
        for (const auto& each : list.when) when.push_back(toml_text(each));
        line("when = [{}]", joined(when, ", "));
        line("key = {}", toml_text(list.key + braces(list.by, ":")));
        line("ttl = \"5m\"");
        line("rows = \"many\"");
        rules("query", list.by);
        const std::string by = order();
        sql(fmt::format("select {}\nfrom {}\nwhere {}\n{}limit {}", selected("    "), plan_.relation,
                        condition(list.by), by.empty() ? "" : "order by " + by + "\n", rows_max));
    }

    static std::string query_text(const list_plan& list) {
        std::string made;
        for (const auto& p : list.by) made += (made.empty() ? "" : "&") + p.name + "=…";
        return made;
    }

    // Returns the cursor before all rows. The cursor of a page is its first row.
    static std::string first_cursor(const column& c) {
        if (is_integer(c)) return R"(of = "integer", default = -9223372036854775808)";
        if (c.type == "uuid") return R"(of = "uuid", default = "00000000-0000-0000-0000-000000000000")";
        if (c.type == "date") return R"(of = "date", default = "0001-01-01")";
        if (c.type == "numeric") {
            return R"(of = "decimal", default = "-10000000000000000000000000000000000000000")";
        }
        return R"(max_length = 1000, default = "")";
    }

    // Returns the key as a text that does not depend on the session's settings.
    std::string cursor_text(const column& c) const {
        if (is_text(c)) return name(c);
        return c.type == "date" ? "to_json(" + name(c) + ") #>> '{}'" : name(c) + "::text";
    }

    void pages() {
        const column& key = *plan_.key.front();
        const std::string by = name(key);
        const std::string found = free_alias("weir_found", plan_);
        const std::string page = free_alias("weir_page", plan_);
        section("resource", plan_.whole_name, "GET " + path() + "?limit=20&after=…");
        line("path = {}", toml_text(path()));
        line("key = {}", toml_text(plan_.segment + ":page:{limit}:{after}"));
        line("tags = [{}]", toml_text(plan_.segment + ":pages"));
        line("ttl = \"2m\"");
        line("query.limit = {{ type = \"integer\", default = 20, min = 1, max = 100 }}");
        line("query.after = {{ type = \"cursor\", {} }}  # the `next` of the page before", first_cursor(key));
        // The key is among the columns, since it names the rows.
        sql(fmt::format(R"(with {found} as (
    select {columns}
    from {relation}
    where {by} >= {{after}}
    order by {by}
    limit {{limit}} + 1
), {page} as (
    select * from {found} order by {by} limit {{limit}}
)
select
    (select coalesce(json_agg({page} order by {by}), '[]') from {page}) as items,
    case when (select count(*) from {found}) > {{limit}} then
        (select translate(encode(convert_to({text}, 'UTF8'), 'base64'), '+/=' || chr(10), '-_')
         from {found} order by {by} desc limit 1)
    end as next)",
                        fmt::arg("found", found), fmt::arg("page", page), fmt::arg("text", cursor_text(key)),
                        fmt::arg("by", by), fmt::arg("relation", plan_.relation),
                        fmt::arg("columns", selected("        "))));
    }

    void first_rows() {
        section("resource", plan_.whole_name, fmt::format("GET {}: the first {} rows", path(), rows_max));
        line("path = {}", toml_text(path()));
        line("key = {}", toml_text(plan_.segment + ":list"));
        line("ttl = \"2m\"");
        line("rows = \"many\"");
        sql(fmt::format("select {}\nfrom {}\norder by {}\nlimit {}", selected("    "), plan_.relation,
                        order(), rows_max));
    }

    // Returns the key of a resource with the table's columns in place of the parameters.
    static std::string touched(const std::string& head, const std::vector<parameter_plan>& parameters) {
        std::string made = head;
        for (const auto& p : parameters) made += ":" + placeholder_text(p.of->name);
        return toml_text(made);
    }

    void change() {
        std::vector<std::string> keys;
        if (!plan_.item.empty()) keys.push_back(toml_text(touched_key(plan_, "item")));
        if (!plan_.joins.empty()) keys.push_back(toml_text(touched_key(plan_, "full")));
        for (const auto& list : plan_.lists) keys.push_back(touched(list.key, list.by));
        if (plan_.whole == whole_list::first_rows) keys.push_back(toml_text(plan_.segment + ":list"));
        section("change", plan_.stem, "which cached answers a changed row touches");
        line("table = {}", toml_text(declared_name(*plan_.of)));
        if (!keys.empty()) line("keys = [{}]", wrapped(keys, "    "));
        if (plan_.whole == whole_list::by_pages) line("tags = [{}]", toml_text(plan_.segment + ":pages"));
        for (const auto& through : plan_.throughs) {
            line("\n[[change.{}.through]]", plan_.stem);
            line("sql = {}", toml_lines(through.sql));
            line("keys = [{}]", toml_text(through.key));
        }
    }

    void write_head(const write_plan& write, std::string_view method) {
        const std::string where = "/admin" + path() + braces(write.key, "/");
        section("write", write.name, fmt::format("{} {}", method, where));
        line("method = \"{}\"", method);
        line("path = {}", toml_text(where));
        line("table = {}", toml_text(declared_name(*plan_.of)));
        rules("parameter", write.key);
    }

    // Returns what a create stores: the field, or the column's default where the field is absent.
    std::string created_value(const parameter_plan& p) const {
        if (p.of->default_sql.empty()) return placeholder(p);
        return fmt::format("coalesce({}, ({})::{})", placeholder(p), p.of->default_sql, p.of->type);
    }

    void create() {
        write_head(plan_.create, "POST");
        line("success = 201");
        std::vector<std::string> names;
        std::vector<std::string> values;
        for (const auto& p : plan_.create.body) {
            const bool is_needed = !p.of->is_nullable && p.of->default_sql.empty();
            const char* more = is_needed ? "required = true" : p.of->is_nullable ? "null = true" : "";
            line("body.{} = {}", toml_key(p.name), rule_text(p.by.fields, more));
            names.push_back(name(*p.of));
            values.push_back(created_value(p));
        }
        const std::string into = sql_relation(*plan_.of, of_);
        sql(fmt::format("insert into {}{}\nreturning {}", into,
                        names.empty() ? " default values"
                                      : fmt::format(" ({})\nvalues ({})", wrapped(names, "    "),
                                                    wrapped(values, "    ")),
                        selected("    ")));
    }

    void update() {
        write_head(plan_.update, "PATCH");
        line("# An absent field reaches the SQL as null, and coalesce keeps the column as it is.");
        std::vector<std::string> sets;
        for (const auto& p : plan_.update.body) {
            line("body.{} = {}", toml_key(p.name), rule_text(p.by.fields));
            sets.push_back(fmt::format("    {0} = coalesce({1}, {0})", name(*p.of), placeholder(p)));
        }
        sql(fmt::format("update {} set\n{}\nwhere {}\nreturning {}", plan_.relation, joined(sets, ",\n"),
                        condition(plan_.update.key), selected("    ")));
    }

    void remove() {
        write_head(plan_.remove, "DELETE");
        std::vector<std::string> names;
        for (const auto* c : plan_.key) names.push_back(name(*c));
        sql(fmt::format("delete from {}\nwhere {}\nreturning {}", plan_.relation, condition(plan_.remove.key),
                        joined(names, ", ")));
    }

    const table_plan& plan_;
    const catalogue& of_;
    std::string out_;
};

}  // namespace

std::string table_text(const table_plan& plan, const catalogue& of) {
    return table_writer{plan, of}.write();
}

}  // namespace weir::init
