// Hashes, each with one job. All come from libraries: XXH3 (fast, not secret) and OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// XXH3, 64 bits: shard choice and the checksum of stored entries. Stable across versions and machines.
std::uint64_t hash64(std::string_view bytes);

// XXH3, 128 bits, 32 lower-case hex digits: the ETag of a body.
std::string hash128_hex(std::string_view bytes);

// Lower-case hex. SHA-1 only because Redis scripts offer it (redis.sha1hex) to compare a value without
// sending it.
std::string sha1_hex(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

// 128 random bits from the operating system, as 32 hex digits: lease tokens, request ids.
std::string random_token();

// Whether two secrets are equal, in a time that does not tell where they differ.
bool equal_secret(std::string_view a, std::string_view b);

}  // namespace weir
