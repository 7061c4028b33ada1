// Snapshots of what a test owns and outlives them with: handles that keep nothing alive.
#pragma once

#include "weir/policy/policy.hpp"

#include <memory>

namespace weir::test {

template <class T>
std::shared_ptr<const T> borrowed(const T& owned) {
    return {std::shared_ptr<void>{}, &owned};
}

}  // namespace weir::test
