// Reads [change.…]: finds the resources of each key and tag, and takes over the rules of their parameters.
#include "drafts.hpp"
#include "nearest.hpp"
#include "policy_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace weir::config {
namespace {

bool is_table_name(std::string_view name) {
    const auto is_plain = [](std::string_view part) {
        return !part.empty() && !(part.front() >= '0' && part.front() <= '9') &&
               part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
    };
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return is_plain(name);
    return is_plain(name.substr(0, dot)) && is_plain(name.substr(dot + 1));
}

// The names that a change may give: keys that cached resources have, or tags.
struct kind_of_name {
    const char* field;  // "keys"
    const char* noun;   // "key"
    bool is_tag;
};
constexpr kind_of_name a_key{"keys", "key", false};
constexpr kind_of_name a_tag{"tags", "tag", true};

std::vector<key_template> named_by(const resource_draft& r, const kind_of_name& kind) {
    if (!r.value.cached) return {};
    if (kind.is_tag) return r.value.cached->tags;
    return r.has_key() ? std::vector{r.value.cached->key} : std::vector<key_template>{};
}

std::vector<std::string> known_names(const drafts& all, const kind_of_name& kind) {
    std::vector<std::string> out;
    for (const auto& r : all.resources) {
        for (const auto& name : named_by(r, kind)) out.push_back(name.text());
    }
    return out;
}

bool is_absent(const node* list) {
    return list == nullptr || (list->kind == node_kind::array && list->children.empty());
}

class change_reader {
 public:
    change_reader(section s, const drafts& all) : draft_{std::move(s), {}}, all_(all) {}

    change_draft read() {
        read_table();
        read_names(a_key, draft_.value.keys);
        read_names(a_tag, draft_.value.tags);
        if (is_absent(s_.find("keys")) && is_absent(s_.find("tags"))) {
            s_.complain(s_.at("keys"), s_.title() + " names neither keys nor tags",
                        "add keys = [\"products:item:{id}\"]: what a changed row of the table touches");
        }
        read_fields(s_, change_fields, draft_.value);
        s_.finish();
        return std::move(draft_);
    }

 private:
    void read_table() {
        const auto table = s_.verbatim("table");
        draft_.value.table = table ? table->text : s_.name();
        if (!is_table_name(draft_.value.table)) {
            s_.complain(s_.at("table"),
                        fmt::format("{}: \"{}\" is not a table's name", s_.title(), draft_.value.table),
                        "write a plain lower-case name, with its schema where needed: \"shop.products\"");
        }
    }

    void read_names(const kind_of_name& kind, std::vector<key_template>& to) {
        for (const auto& text : s_.texts(kind.field)) {
            try {
                add_name(kind, text, to);
            } catch (const std::invalid_argument& error) {
                s_.complain(
                    text.at, fmt::format("{}.{} \"{}\": {}", s_.title(), kind.field, text.text, error.what()),
                    fmt::format("write the {} of a resource, with the table's columns in braces", kind.noun));
            }
        }
    }

    // Resources that share a tag may read its parameters by different rules; then a row touches the tag as
    // each of them spells it.
    void add_name(const kind_of_name& kind, const text_value& text, std::vector<key_template>& to) {
        std::size_t placeholders = 0;
        // The first parse gives the shape, which finds the resources. The second one adds the columns that
        // each needs.
        const auto shape = key_template::parse(text.text, [&](std::string_view) { return placeholders++; });
        bool is_owned = false;
        for (const auto& r : all_.resources) {
            for (const auto& owned : named_by(r, kind)) {
                if (!owned.same_shape(shape)) continue;
                auto made = with_columns(text.text, owned, r.value);
                if (std::find(to.begin(), to.end(), made) == to.end()) to.push_back(std::move(made));
                is_owned = true;
            }
        }
        // The name may belong to a resource whose own key was refused. That mistake is reported first.
        if (!is_owned && !is_any_refused(kind)) complain_no_owner(kind, text);
    }

    bool is_any_refused(const kind_of_name& kind) const {
        return std::any_of(all_.resources.begin(), all_.resources.end(), [&](const resource_draft& r) {
            return kind.is_tag ? r.has_refused_tag : r.value.cached && !r.has_key();
        });
    }

    void complain_no_owner(const kind_of_name& kind, const text_value& text) {
        const auto known = known_names(all_, kind);
        const std::string hint = nearest(text.text, known);
        std::string todo =
            hint.empty() ? fmt::format("write the {} of a cached resource: {}", kind.noun, joined(known))
                         : fmt::format("did you mean \"{}\"? Only the names in braces may differ", hint);
        if (known.empty()) todo = fmt::format("declare it: {} = […] in a cached resource", kind.field);
        s_.complain(text.at,
                    fmt::format("{}.{} \"{}\" is the {} of no resource", s_.title(), kind.field, text.text,
                                kind.noun),
                    std::move(todo));
    }

    // Returns the template with columns for its placeholders. A column is normalised by the rule of the
    // parameter in the same position, so that both build the same name.
    key_template with_columns(const std::string& text, const key_template& owned, const resource& owner) {
        std::vector<const value_rule*> rules;
        for (const auto& segment : owned.segments()) {
            const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
            if (placeholder != nullptr) rules.push_back(&owner.parameters[placeholder->index].rule);
        }
        std::size_t position = 0;
        return key_template::parse(text,
                                   [&](std::string_view name) { return column(name, *rules[position++]); });
    }

    std::size_t column(std::string_view name, const value_rule& rule) {
        auto& columns = draft_.value.columns;
        const auto at = std::find_if(columns.begin(), columns.end(), [&](const change::column& c) {
            return c.name == name && c.rule == rule;
        });
        if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
        columns.push_back({std::string{name}, rule});
        return columns.size() - 1;
    }

    change_draft draft_;
    section& s_ = draft_.from;
    const drafts& all_;
};

}  // namespace

void read_changes(section& root, drafts& all) {
    for (auto& s : root.tables("change")) {
        auto draft = change_reader{s, all}.read();
        const auto twin = std::find_if(all.changes.begin(), all.changes.end(), [&](const change_draft& c) {
            return c.value.table == draft.value.table;
        });
        if (twin != all.changes.end()) {
            root.complain(draft.from.at("table"),
                          fmt::format("{} and {} are both for the table {}", draft.from.title(),
                                      twin->from.title(), draft.value.table),
                          "put all keys and tags of a table into one change");
        }
        all.changes.push_back(std::move(draft));
    }
}

}  // namespace weir::config
