#include "weir/policy/coding.hpp"

namespace weir {
namespace {

constexpr std::array<std::string_view, codings> names = {"br", "zstd", "gzip", "identity"};
constexpr std::array<std::string_view, codings> suffixes = {"-br", "-zst", "-gz", ""};

}  // namespace

std::string_view name(coding c) {
    return names[static_cast<std::size_t>(c)];
}

std::string_view etag_suffix(coding c) {
    return suffixes[static_cast<std::size_t>(c)];
}

}  // namespace weir
