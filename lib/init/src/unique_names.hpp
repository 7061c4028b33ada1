// Gives out names that differ, and are short enough. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace weir::init {

class unique_names {
 public:
    explicit unique_names(std::size_t bytes_max, std::set<std::string> taken = {});

    // Returns `wanted`; shortened if it is too long, and numbered if it was given out before.
    std::string claim(const std::string& wanted);

    // Notes a name that others must not have.
    void reserve(const std::string& name) { taken_.insert(name); }

 private:
    std::size_t bytes_max_;
    std::set<std::string> taken_;
};

}  // namespace weir::init
