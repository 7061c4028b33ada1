// Bodies in another coding: zlib, brotli and zstd behind one function. Pure; takes from tens of microseconds
// to milliseconds and a few hundred KiB of memory while it runs, so it is not for the thread that serves.
#pragma once

#include "weir/policy/coding.hpp"

#include <string>
#include <string_view>

namespace weir {

// The whole body as one stream of `how` (RFC 1952, 7932, 8878), which must not be identity, at 1 to
// level_max. The same input makes
// the same output, byte for byte: a strong ETag says so. Throws std::bad_alloc.
std::string compress(coding how, std::string_view body, int level);

}  // namespace weir
