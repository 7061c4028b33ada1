// Reads [change.…].
#include "weir/config/table_name.hpp"

#include "drafts.hpp"
#include "policy_fields.hpp"
#include "row_names_reader.hpp"
#include "through_reader.hpp"

#include <fmt/format.h>

namespace weir::config {
namespace {

class change_reader {
 public:
    change_reader(section s, const drafts& all) : draft_{std::move(s), {}}, all_(all) {}

    change_draft read() {
        read_table();
        read_fields(s_, change_fields, draft_.value);
        read_names();
        read_through(s_, all_, draft_);
        s_.finish();
        return std::move(draft_);
    }

 private:
    void read_table() {
        const auto table = s_.verbatim("table");
        const std::string written = table ? table->text : s_.name();
        draft_.value.table = table_name(written).value_or(written);
        if (!table_name(written)) {
            s_.complain(s_.at("table"), fmt::format("{}: \"{}\" is not a table's name", s_.title(), written),
                        "write the name that it has in the database, with its schema where needed: products, "
                        "shop.products, 'shop.\"a.b\"'");
        }
    }

    // Reads the names of its own, which a table need not have whose rows touch only rows of others.
    void read_names() {
        const bool has_through = s_.has("through");
        const bool has_own = s_.has("keys") || s_.has("tags");
        if (has_own || !has_through) row_names_reader{s_, all_, draft_.value}.read();
    }

    change_draft draft_;
    section& s_ = draft_.from;
    const drafts& all_;
};

}  // namespace

void read_changes(section& root, drafts& all) {
    for (auto& s : root.tables("change")) {
        auto draft = change_reader{s, all}.read();
        if (const auto* twin = all.find_change(draft.value.table)) {
            root.complain(draft.from.at("table"),
                          fmt::format("{} and {} are both for the table {}", draft.from.title(),
                                      twin->from.title(), draft.value.table),
                          "put all keys and tags of a table into one change");
        }
        all.add(std::move(draft));
    }
}

}  // namespace weir::config
