#include "weir/base/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <xxhash.h>

#include <array>
#include <span>
#include <stdexcept>

namespace weir {
namespace {

std::string hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(bytes.size() * 2, '0');
    char* to = out.data();
    for (const unsigned char b : bytes) {
        *to++ = digits[b >> 4];
        *to++ = digits[b & 15];
    }
    return out;
}

std::string digest_hex(std::string_view bytes, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr) != 1) {
        throw std::runtime_error("OpenSSL could not compute a digest");
    }
    return hex(std::span{out}.first(size));
}

}  // namespace

std::uint64_t hash64(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::string hash128_hex(std::string_view bytes) {
    XXH128_canonical_t canonical{};
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
    return hex(canonical.digest);
}

std::string sha1_hex(std::string_view bytes) {
    return digest_hex(bytes, EVP_sha1());
}
std::string sha256_hex(std::string_view bytes) {
    return digest_hex(bytes, EVP_sha256());
}

// Takes random bytes in blocks, because a call of RAND_bytes costs as much for 16 bytes as for a kilobyte.
// Each byte is used once.
std::string random_token() {
    constexpr std::size_t token_bytes = 16;
    constexpr std::size_t block_bytes = 64 * token_bytes;
    thread_local std::array<unsigned char, block_bytes> block{};
    thread_local std::size_t used = block_bytes;
    if (used == block_bytes) {
        if (RAND_bytes(block.data(), static_cast<int>(block_bytes)) != 1) {
            throw std::runtime_error("OpenSSL has no randomness");
        }
        used = 0;
    }
    const auto token = std::span{block}.subspan(used, token_bytes);
    used += token_bytes;
    return hex(token);
}

bool equal_secret(std::string_view a, std::string_view b) {
    // Compares digests, so that the time taken shows neither the content nor the length of the expected
    // secret.
    const std::string da = sha256_hex(a);
    const std::string db = sha256_hex(b);
    return CRYPTO_memcmp(da.data(), db.data(), da.size()) == 0;
}

}  // namespace weir
