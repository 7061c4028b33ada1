// Hashes, each for one purpose. All come from libraries: XXH3 (fast, not secret) and OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// Returns XXH3 of `bytes`, 64 bits: for the choice of a shard and the checksum of stored entries. Stable
// across versions and machines.
std::uint64_t hash64(std::string_view bytes);

// Returns XXH3 of `bytes`, 128 bits, as 32 lower-case hex digits: the ETag of a body.
std::string hash128_hex(std::string_view bytes);

// Returns SHA-1 of `bytes` as 40 lower-case hex digits. SHA-1 is here only because Redis scripts offer it
// (redis.sha1hex) to compare a value without sending it.
std::string sha1_hex(std::string_view bytes);

// Returns SHA-256 of `bytes` as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

// Returns 128 random bits from the operating system as 32 hex digits: for lease tokens and request ids.
std::string random_token();

// Returns whether two secrets are equal. The time that it takes does not tell where they differ.
bool equal_secret(std::string_view a, std::string_view b);

}  // namespace weir
