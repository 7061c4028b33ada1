// Finds the templates that may give one name with another, by their segments: a file may have ten thousand
// resources, and to compare each with each takes minutes. Pure.
#pragma once

#include "weir/base/path_pattern.hpp"
#include "weir/policy/key.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::config {

// The segments of a key's template or of a path; nullopt stands for a placeholder.
using name_shape = std::vector<std::optional<std::string>>;

name_shape shape_of(const key_template& of);
name_shape shape_of(const path_pattern& of);

class name_index {
 public:
    void add(const name_shape& name, std::size_t id);

    // Returns the ids of names that overlap: with as many segments, each equal or a placeholder on either
    // side. In ascending order, each once.
    std::vector<std::size_t> overlapping(const name_shape& name) const;

 private:
    struct branch {
        std::map<std::string, std::unique_ptr<branch>> by_text;
        std::unique_ptr<branch> by_placeholder;
        std::vector<std::size_t> ids;  // of names that end here
    };

    static void collect(const branch& from, const name_shape& name, std::size_t at,
                        std::vector<std::size_t>& to);

    branch root_;
};

}  // namespace weir::config
