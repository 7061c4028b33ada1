#include "support/decompress.hpp"

#include <brotli/decode.h>
#include <cstdint>
#include <stdexcept>
#include <zlib.h>
#include <zstd.h>

namespace weir::testing {
namespace {

constexpr std::size_t bytes_max = 8U << 20U;  // of any body in a test

std::string gunzipped(std::string_view bytes) {
    std::string out(bytes_max, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("zlib");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = inflate(&stream, Z_FINISH);
    const bool is_whole = ended == Z_STREAM_END && stream.avail_in == 0;
    out.resize(stream.total_out);
    inflateEnd(&stream);
    if (!is_whole) throw std::runtime_error("this is not one gzip stream");
    return out;
}

std::string unbrotlied(std::string_view bytes) {
    std::string out(bytes_max, '\0');
    std::size_t size = out.size();
    const auto ended =
        BrotliDecoderDecompress(bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                                reinterpret_cast<std::uint8_t*>(out.data()));
    if (ended != BROTLI_DECODER_RESULT_SUCCESS) throw std::runtime_error("this is not one brotli stream");
    out.resize(size);
    return out;
}

std::string unzstd(std::string_view bytes) {
    std::string out(bytes_max, '\0');
    const std::size_t size = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size) != 0) throw std::runtime_error("this is no zstd stream");
    out.resize(size);
    return out;
}

}  // namespace

std::string decompressed(coding how, std::string_view bytes) {
    switch (how) {
        case coding::gzip:
            return gunzipped(bytes);
        case coding::br:
            return unbrotlied(bytes);
        case coding::zstd:
            return unzstd(bytes);
        case coding::identity:
            break;
    }
    return std::string{bytes};
}

}  // namespace weir::testing
