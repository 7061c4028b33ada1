// Fault points: places where a test-only build (-DWEIR_FAULT_POINTS) can be told to leave out what keeps the
// cache fresh, to show that the checker would notice, or to die where a crash hurts most. In every other
// build they are constants, and nothing of them is left.
//
// The environment names one: WEIR_TEST_FAULT=skip_fence. WEIR_TEST_FAULT_AT=n: from its n-th time on.
#pragma once

#include <string_view>

namespace weir {

#ifdef WEIR_FAULT_POINTS
bool fault(std::string_view name);
#else
constexpr bool fault(std::string_view /*name*/) {
    return false;
}
#endif

}  // namespace weir
