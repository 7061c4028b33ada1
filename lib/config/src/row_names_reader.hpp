// Reads `keys` and `tags`, the names that a row touches: of a change, and of a query that it goes through.
#pragma once

#include "drafts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// A kind of names: keys that cached resources have, or tags.
struct kind_of_name {
    const char* field;  // "keys"
    const char* noun;   // "key"
    bool is_tag;
};

class row_names_reader {
 public:
    row_names_reader(section& from, const drafts& all, row_names& to) : s_(from), all_(all), to_(to) {}

    // Reads both fields. Finds the resources of each name, and takes over the rules of their parameters.
    // Refuses a table with neither.
    void read();

 private:
    void read_names(const kind_of_name& kind, std::vector<key_template>& to);
    void add_name(const kind_of_name& kind, const text_value& text, std::vector<key_template>& to);
    std::optional<std::string> with_admitted_literals(const key_template& written, const key_template& owned,
                                                      const resource& owner, std::string& refusal) const;
    key_template with_columns(const std::string& text, const key_template& owned, const resource& owner);
    std::size_t column(std::string_view name, const value_rule& rule);
    bool is_any_refused(const kind_of_name& kind) const;
    void complain_no_owner(const kind_of_name& kind, const text_value& text);
    void complain_refused(const kind_of_name& kind, const text_value& text, const std::string& why);

    section& s_;
    const drafts& all_;
    row_names& to_;
};

}  // namespace weir::config
