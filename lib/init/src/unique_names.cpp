#include "unique_names.hpp"

#include "weir/base/hash.hpp"

#include <utility>

namespace weir::init {

unique_names::unique_names(std::size_t bytes_max, std::set<std::string> taken)
    : bytes_max_(bytes_max), taken_(std::move(taken)) {}

std::string unique_names::claim(const std::string& wanted) {
    constexpr std::size_t digits = 8;
    std::string name = wanted;
    if (name.size() > bytes_max_) {
        name = wanted.substr(0, bytes_max_ - digits - 1) + "_" + sha256_hex(wanted).substr(0, digits);
    }
    std::string made = name;
    for (int n = 2; !taken_.insert(made).second; ++n) made = name + "_" + std::to_string(n);
    return made;
}

}  // namespace weir::init
