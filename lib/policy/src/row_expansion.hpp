// Collects the names that rows touch. Pure.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/policy/policy.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace weir {

// Returns whether some row may change what `r` answers, through these names.
bool reaches(const row_names& names, const resource& r);

// Returns whether the rows count as all of the change's table: one of them says so, or there are too many.
bool is_whole_table(const change& c, const std::vector<outbox_row>& rows);

class row_expansion {
 public:
    explicit row_expansion(const policy& p);

    // Adds what one row touches. `c` is the change that `names` belongs to.
    void add_row(const change& c, const row_names& names, const row_image& image);

    // Adds the tag of every resource that the names reach.
    void add_whole(const row_names& names);
    void add_whole_table(const change& c);  // through its queries too

    touched take() &&;

 private:
    struct source;
    using owner_test = bool (*)(const resource&, const key_template&);

    void add_name(const source& from, const key_template& t, owner_test owns, const std::string& head,
                  std::set<std::string>& to);
    void add_unknown(const source& from, const key_template& t, owner_test owns,
                     const std::vector<std::size_t>& unknown);

    const policy& policy_;
    const std::string key_head_;
    const std::string tag_head_;
    std::set<std::string> keys_;
    std::set<std::string> tags_;
    std::set<refused_column> refused_;
};

}  // namespace weir
