// Fault points: places where a test-only build (-DWEIR_FAULT_POINTS) leaves out what keeps the cache fresh,
// to show that the checker notices, or dies where a crash hurts most. In every other build they are
// constants, and no code of them is left.
//
// The environment names one: WEIR_TEST_FAULT=skip_fence. WEIR_TEST_FAULT_AT=n makes it act from the n-th time
// on.
#pragma once

#include <string_view>

namespace weir {

#ifdef WEIR_FAULT_POINTS
// Returns whether the fault `name` is to happen now.
bool fault(std::string_view name);
#else
constexpr bool fault(std::string_view /*name*/) {
    return false;
}
#endif

}  // namespace weir
