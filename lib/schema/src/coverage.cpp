#include "coverage.hpp"

#include "weir/policy/invalidation.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace weir {
namespace {

using kind = seen_object::kind;

bool is_function(const seen_object& o) {
    return o.what == kind::opaque_function || o.what == kind::volatile_function;
}

// Returns "categories (category_name) through the view v".
std::string described(const seen_object& o) {
    std::string out = o.name;
    if (is_function(o)) out += "()";
    if (!o.columns.empty()) out += " (" + o.columns + ")";
    if (!o.via.empty()) out += " through " + o.via;
    return out;
}

// Returns the name without its schema.
std::string_view bare(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos || name.ends_with('"') ? name : name.substr(dot + 1);
}

bool names(const acceptance& a, const seen_object& o) {
    return a.name == o.name || a.name == "public." + o.name || (is_function(o) && a.name == bare(o.name));
}

// Returns "products:item:{id}, tag products:pages:{locale}": the names that are, or may be, the resource's.
std::string names_reached(const row_names& names, const resource& r) {
    std::set<std::string> reached;
    for (const auto& key : names.keys) {
        if (r.cached->key.covers(key)) reached.insert(key.text());
    }
    for (const auto& tag : names.tags) {
        const bool is_own = std::any_of(r.cached->tags.begin(), r.cached->tags.end(),
                                        [&](const key_template& own) { return own.covers(tag); });
        if (is_own) reached.insert("tag " + tag.text());
    }
    std::string out;
    for (const auto& name : reached) out += (out.empty() ? "" : ", ") + name;
    return out;
}

std::string described(const way& w, const resource& r) {
    std::string out = "change of " + w.from->table;
    for (std::size_t i = 0; w.through != nullptr && i < w.through->tables.size(); ++i) {
        out += (i == 0 ? " through " : " and ") + w.through->tables[i];
    }
    const row_names& names = w.through != nullptr ? static_cast<const row_names&>(*w.through) : *w.from;
    const auto reached = names_reached(names, r);
    return out + (reached.empty() ? "" : ": " + reached);
}

// Returns a name as TOML writes a key: bare where it can be.
std::string toml_key(const std::string& name) {
    const bool is_bare =
        !name.empty() &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
            std::string::npos;
    if (is_bare) return name;
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string without_schema_rule(const std::string& table) {
    return table.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos
               ? "[change." + table + "]"
               : "a [change.NAME] with table = \"" + table + "\"";
}

class resource_judge {
 public:
    resource_judge(const policy& p, const resource& r, declaration_report& to)
        : policy_(p), resource_(r), to_(to), title_("resource." + r.name) {
        to_.reads.push_back({.declared = title_, .is_cached = r.cached.has_value(), .lines = {}});
    }

    void refuse(const sql_refusal& why) {
        add({.declared = title_,
             .sql_line = why.line,
             .resource = resource_.name,
             .what = title_ + ".sql: Postgres refuses it: " + why.message,
             .todo = why.hint.empty() ? "mend the SQL" : why.hint});
    }

    void add_types(const inspection& seen) {
        const auto& values = select().values;
        for (std::size_t i = 0; i < seen.inferred.size() && i < values.size(); ++i) {
            add_type(resource_.parameters[values[i]], seen.inferred[i], seen.refused.has_value());
        }
    }

    void add_objects(const std::vector<seen_object>& objects) {
        for (const auto& o : objects) add_object(o);
        if (!resource_.cached) return;
        tell_of_volatile();
        for (const auto& a : resource_.cached->unwatched) tell_of_unused(a, objects);
    }

    bool has_type_trouble() const { return has_type_trouble_; }

 private:
    const statement& select() const { return std::get<sql_load>(resource_.from).select; }

    void add(finding f) { to_.found.push_back(std::move(f)); }

    // Judges a text always. Judges a parameter of another type only if Postgres refuses the SQL: then the
    // type may be why.
    void add_type(const parameter& p, const type_facts& inferred, bool is_refused) {
        if (!resource_.cached) return;
        if (p.is_cursor && !is_refused) return;  // no client spells one
        auto trouble = parameter_trouble(inferred, p.rule);
        if (!trouble && is_refused) trouble = other_type_declared(inferred, p.rule);
        if (!trouble) return;
        has_type_trouble_ = true;
        add({.declared = title_,
             .resource = resource_.name,
             .what = title_ + ": the SQL compares {" + p.name + "} with " + inferred.written + ", " +
                     trouble->why,
             .todo = trouble->remedy + " (" + source_of(p) + "." + p.name + ")"});
    }

    static std::string source_of(const parameter& p) {
        return p.source == parameter_source::path ? "parameter" : "query";
    }

    void add_object(const seen_object& o) {
        std::string cover = resource_.cached ? cover_of(o) : "never cached";
        to_.reads.back().lines.push_back({described(o), std::move(cover)});
    }

    // Returns what covers it. Adds the finding if nothing does.
    std::string cover_of(const seen_object& o) {
        if (o.what == kind::volatile_function) {
            volatile_.push_back(described(o));
            const auto& reason = resource_.cached->volatile_reason;
            return reason.empty() ? "NOT COVERED: depends on the time, the session or chance"
                                  : "accepted: " + reason;
        }
        const auto& accepted = resource_.cached->unwatched;
        const auto by =
            std::find_if(accepted.begin(), accepted.end(), [&](const acceptance& a) { return names(a, o); });
        if (by != accepted.end()) return "accepted: " + by->reason;
        if (o.is_frozen && o.what != kind::materialized_view) return "seen by its refresh alone";
        if (const auto why = opacity_of(o); !why.empty()) return opaque(o, why);
        const auto covers = covering(o);
        return covers.empty() ? uncovered(o) : covers;
    }

    std::string covering(const seen_object& o) const {
        std::string out;
        for (const way& w : ways_to(policy_, resource_)) {
            const bool is_of_table = std::any_of(o.changes.begin(), o.changes.end(), [&](std::size_t number) {
                return w.from == &policy_.changes[number];
            });
            if (is_of_table) out += (out.empty() ? "" : "; ") + described(w, resource_);
        }
        return out;
    }

    // Returns why no change can cover it; empty if one can.
    static std::string opacity_of(const seen_object& o) {
        switch (o.what) {
            case kind::materialized_view:
                return "is a materialized view: its refresh fires no trigger";
            case kind::foreign_table:
                return "is a foreign table: its rows change where Weir has no trigger";
            case kind::sequence:
                return "is a sequence: no trigger tells of its numbers";
            case kind::catalogue:
                return "is of Postgres' own catalogue, which has no triggers";
            case kind::opaque_function:
                return "is written in " + o.language +
                       " as a text, so Postgres does not know which tables it reads";
            case kind::table:
            case kind::volatile_function:
                break;
        }
        return o.has_row_security
                   ? "has row-level security: which rows are seen may change although no row does"
                   : "";
    }

    std::string opaque(const seen_object& o, const std::string& why) {
        const std::string verb = is_function(o) ? " calls " : " reads ";
        std::string todo = "accept it in [" + title_ + "]: " + acceptance_of(o);
        if (o.what == kind::opaque_function && o.language == "sql") {
            todo = "write its body as begin atomic … end, or " + todo;
        }
        add({.declared = title_,
             .resource = resource_.name,
             .table = o.name,
             .what = title_ + verb + described(o) + ", which " + why,
             .todo = std::move(todo)});
        return "NOT COVERED: " + why;
    }

    static std::string acceptance_of(const seen_object& o) {
        return "unwatched." + toml_key(o.name) + " = { reason = \"…\" }";
    }

    std::string uncovered(const seen_object& o) {
        const bool has_change = !o.changes.empty();
        const std::string key = resource_.cached->key.text();
        const std::string why =
            has_change ? "whose change names neither its key nor a tag of it" : "which no change declares";
        const std::string table = has_change ? policy_.changes[o.changes.front()].table : o.name;
        add({.declared = title_,
             .resource = resource_.name,
             .table = o.name,
             .what = title_ + " reads " + described(o) + ", " + why +
                     ": after a write to it the answer is old until its TTL ends",
             .todo =
                 (has_change ? "let the change of " + table + " name "
                             : "declare " + without_schema_rule(table) + " that names ") +
                 key +
                 " or a tag of the resource, by its own columns or by a query (through), or accept it in [" +
                 title_ + "]: " + acceptance_of(o)});
        return "NOT COVERED";
    }

    void tell_of_volatile() {
        const auto& reason = resource_.cached->volatile_reason;
        if (volatile_.empty() && !reason.empty()) {
            add({.level = finding::severity::warning,
                 .declared = title_,
                 .field = "volatile",
                 .resource = resource_.name,
                 .what = title_ +
                         ".volatile accepts what the SQL does not do: it depends on no clock and no chance",
                 .todo = "remove it"});
        }
        if (volatile_.empty() || !reason.empty()) return;
        std::string called;
        for (const auto& name : volatile_) called += (called.empty() ? "" : ", ") + name;
        add({.declared = title_,
             .resource = resource_.name,
             .what = title_ + " calls " + called +
                     ": the answer changes with the time, the session or chance, and no change tells when",
             .todo = "make the value a parameter, or accept it in [" + title_ +
                     "]: volatile = { reason = \"…\" }"});
    }

    void tell_of_unused(const acceptance& a, const std::vector<seen_object>& objects) {
        const bool is_used =
            std::any_of(objects.begin(), objects.end(), [&](const seen_object& o) { return names(a, o); });
        if (is_used) return;
        add({.level = finding::severity::warning,
             .declared = title_,
             .field = "unwatched." + a.name,
             .resource = resource_.name,
             .table = a.name,
             .what = title_ + ".unwatched." + toml_key(a.name) + " accepts what the SQL does not read",
             .todo = "remove it, or write the name as weir check --database prints it"});
    }

    const policy& policy_;
    const resource& resource_;
    declaration_report& to_;
    std::string title_;
    std::vector<std::string> volatile_;
    bool has_type_trouble_ = false;
};

}  // namespace

// Tells of types first. A type that differs is the cause of most refusals, and its remedy says more than
// Postgres' message.
void judge_reads(const policy& p, const resource& r, const inspection& seen, declaration_report& to) {
    resource_judge of{p, r, to};
    of.add_types(seen);
    if (seen.refused) {
        if (!of.has_type_trouble()) of.refuse(*seen.refused);
        return;
    }
    of.add_objects(seen.objects);
}

void judge_write(const policy& p, const std::string& name, const inspection& seen, declaration_report& to) {
    const std::string title = "write." + name;
    to.reads.push_back({.declared = title, .is_cached = false, .lines = {}});
    if (seen.refused) {
        to.found.push_back({.declared = title,
                            .sql_line = seen.refused->line,
                            .what = title + ".sql: Postgres refuses it: " + seen.refused->message,
                            .todo = seen.refused->hint.empty() ? "mend the SQL" : seen.refused->hint});
        return;
    }
    for (const seen_object& o : seen.objects) {
        if (!o.is_changed) continue;
        const bool is_declared = !o.changes.empty();
        to.reads.back().lines.push_back({o.name, is_declared
                                                     ? "change of " + p.changes[o.changes.front()].table
                                                     : "NO CHANGE IS DECLARED"});
        if (is_declared) continue;
        to.found.push_back({.declared = title,
                            .table = o.name,
                            .what = title + " changes " + described(o) + ", which no change declares",
                            .todo = "declare " + without_schema_rule(o.name) +
                                    " with the keys and tags that its rows touch"});
    }
}

}  // namespace weir
