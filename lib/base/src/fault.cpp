#ifdef WEIR_FAULT_POINTS
#include "weir/base/fault.hpp"

#include <atomic>
#include <cstdlib>
#include <string>

namespace weir {
namespace {

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

bool fault(std::string_view name) {
    static const std::string chosen = from_environment("WEIR_TEST_FAULT");
    static const long first = std::atol(from_environment("WEIR_TEST_FAULT_AT").c_str());
    static std::atomic<long> times{0};
    return name == chosen && ++times >= first;
}

}  // namespace weir
#endif
