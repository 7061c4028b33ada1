#include "weir/api/compress.hpp"

#include <algorithm>
#include <brotli/encode.h>
#include <cassert>
#include <cstdint>
#include <new>
#include <zlib.h>
#include <zstd.h>

namespace weir {
namespace {

// 15 is the largest window; 16 adds gzip's header and checksum. The header's time stays zero.
constexpr int gzip_window_bits = 15 + 16;
constexpr int gzip_memory_level = 8;  // zlib's default

static_assert(level_max[static_cast<std::size_t>(coding::gzip)] == Z_BEST_COMPRESSION);
static_assert(level_max[static_cast<std::size_t>(coding::br)] == BROTLI_MAX_QUALITY);

// Each compressor is asked for its bound first. So its output has room for the worst case, and a failure
// means that memory ran out.

std::string gzip(std::string_view body, int level) {
    z_stream stream{};
    const int begun =
        deflateInit2(&stream, level, Z_DEFLATED, gzip_window_bits, gzip_memory_level, Z_DEFAULT_STRATEGY);
    if (begun != Z_OK) throw std::bad_alloc();
    std::string out;
    out.resize(deflateBound(&stream, body.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib 1.2 forgot a const
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (ended != Z_STREAM_END) throw std::bad_alloc();
    return out;
}

std::string br(std::string_view body, int level) {
    std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
    std::string out;
    out.resize(std::max<std::size_t>(size, 16));  // a bound of 0 means that it is unknown
    size = out.size();
    const auto done = BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.size(),
                                            reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                                            reinterpret_cast<std::uint8_t*>(out.data()));
    if (done != BROTLI_TRUE) throw std::bad_alloc();
    out.resize(size);
    return out;
}

std::string zstd(std::string_view body, int level) {
    std::string out;
    out.resize(ZSTD_compressBound(body.size()));
    const std::size_t size = ZSTD_compress(out.data(), out.size(), body.data(), body.size(), level);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc();
    out.resize(size);
    return out;
}

}  // namespace

std::string compress(coding how, std::string_view body, int level) {
    assert(how == coding::identity || (level >= 1 && level <= level_max[static_cast<std::size_t>(how)]));
    switch (how) {
        case coding::br:
            return br(body, level);
        case coding::zstd:
            return zstd(body, level);
        case coding::gzip:
            return gzip(body, level);
        case coding::identity:
            break;
    }
    return std::string{body};
}

}  // namespace weir
