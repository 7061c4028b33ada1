// Reads [change.…]: finds the resource of each key, and takes over the rules of its parameters.
#include "drafts.hpp"
#include "nearest.hpp"

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

std::vector<std::string> cached_keys(const drafts& all) {
    std::vector<std::string> out;
    for (const auto& r : all.resources) {
        if (r.value.key) out.push_back(r.value.key->text());
    }
    return out;
}

class change_reader {
 public:
    change_reader(section s, const drafts& all) : s_(std::move(s)), all_(all) {}

    change_draft read() {
        draft_.title = s_.title();
        draft_.table_at = s_.at("table");
        read_table();
        const auto keys = s_.texts("keys");
        const node* list = s_.find("keys");
        if (list == nullptr || (list->kind == node_kind::array && list->children.empty())) {
            s_.complain(s_.at("keys"), s_.title() + " names no keys",
                        "add keys = [\"products:item:{id}\"]: what a changed row of the table touches");
        }
        for (const auto& key : keys) add_key(key);
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

    void add_key(const text_value& text) {
        try {
            std::size_t places = 0;
            // First the shape alone, to find the resource; then again, with the columns that it needs.
            const auto shape = key_template::parse(text.text, [&](std::string_view) { return places++; });
            const resource* owner = owner_of(shape);
            if (owner == nullptr) {
                // A resource whose key was refused may be the one: that mistake comes first.
                if (!is_key_missing()) complain_no_owner(text);
                return;
            }
            draft_.value.keys.push_back(with_columns(text.text, *owner));
        } catch (const std::invalid_argument& error) {
            s_.complain(text.at, fmt::format("{}.keys \"{}\": {}", s_.title(), text.text, error.what()),
                        "write the key of a resource, with the table's columns in braces");
        }
    }

    const resource* owner_of(const key_template& shape) const {
        for (const auto& r : all_.resources) {
            if (r.value.key && r.value.key->same_shape(shape)) return &r.value;
        }
        return nullptr;
    }

    bool is_key_missing() const {
        return std::any_of(all_.resources.begin(), all_.resources.end(),
                           [](const resource_draft& r) { return !r.value.key && !r.value.is_private; });
    }

    void complain_no_owner(const text_value& text) {
        const auto known = cached_keys(all_);
        const std::string hint = nearest(text.text, known);
        s_.complain(text.at, fmt::format("{}.keys \"{}\" is the key of no resource", s_.title(), text.text),
                    hint.empty()
                        ? fmt::format("write the key of a cached resource: {}", joined(known))
                        : fmt::format("did you mean \"{}\"? Only the names in braces may differ", hint));
    }

    // A column is normalised by the rule of the parameter in the same position, so that both build the same
    // key.
    key_template with_columns(const std::string& text, const resource& owner) {
        std::vector<const value_rule*> rules;
        for (const auto& segment : owner.key->segments()) {
            const auto* place = std::get_if<key_template::place>(&segment);
            if (place != nullptr) rules.push_back(&owner.parameters[place->index].rule);
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

    section s_;
    const drafts& all_;
    change_draft draft_;
};

}  // namespace

void read_changes(section& root, drafts& all) {
    for (auto& s : root.tables("change")) {
        auto draft = change_reader{s, all}.read();
        const auto twin = std::find_if(all.changes.begin(), all.changes.end(), [&](const change_draft& c) {
            return c.value.table == draft.value.table;
        });
        if (twin != all.changes.end()) {
            root.complain(draft.table_at,
                          fmt::format("{} and {} are both for the table {}", draft.title, twin->title,
                                      draft.value.table),
                          "put all keys of a table into one change");
        }
        all.changes.push_back(std::move(draft));
    }
}

}  // namespace weir::config
