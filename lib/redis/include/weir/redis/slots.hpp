// The slots of a Redis Cluster: which one a key is in, which server owns it, and what a server replies that
// no longer does. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ Pure.
#pragma once

#include "weir/base/error.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::redis {

inline constexpr std::size_t slot_count = 16384;

// Returns CRC-16/XMODEM of the key, or of the text between its first { and the next } if that is not empty.
std::uint16_t slot_of(std::string_view key);

struct slot_range {
    std::uint16_t first = 0;
    std::uint16_t last = 0;  // inclusive
    server_address master;
};

// Reads the reply to CLUSTER SLOTS. A server that does not know its own name leaves the host empty: it is
// then the host of the server that replied.
result<std::vector<slot_range>> read_slots(const reply& answer, const server_address& source);

// "MOVED 3999 10.0.0.1:6381": the slot belongs to that server now. "ASK …": the slot is on its way there;
// send this command alone to that server, behind an ASKING.
struct redirection {
    enum class kind { moved, ask };
    kind what = kind::moved;
    std::uint16_t slot = 0;
    server_address to;
};

// Returns nullopt for any other error reply.
std::optional<redirection> redirection_in(const error_reply& r, const server_address& source);

}  // namespace weir::redis
