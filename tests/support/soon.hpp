// A deadline that only a failure reaches.
#pragma once

#include "weir/base/time.hpp"

namespace weir::test {

inline deadline soon() {
    return deadline::in(seconds{5});
}

}  // namespace weir::test
