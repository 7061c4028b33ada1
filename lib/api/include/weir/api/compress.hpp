// Compresses bodies: zlib, brotli and zstd behind one function. Pure. It takes from tens of microseconds to
// milliseconds, and a few hundred KiB of memory while it runs. So a thread that serves should compress only
// small bodies.
#pragma once

#include "weir/policy/coding.hpp"

#include <string>
#include <string_view>

namespace weir {

// Returns the whole body as one stream of `how` (RFC 1952, 7932, 8878), which must not be identity, at a
// level from 1 to level_max. The same input always gives the same bytes, which the strong ETag of a variant
// promises. Throws std::bad_alloc.
std::string compress(coding how, std::string_view body, int level);

}  // namespace weir
