// The slots of a Redis Cluster: which one a key is in, who owns it, and what a server says that no longer
// does. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ Pure.
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

// CRC-16/XMODEM of the key, or of what stands between its first { and the next } if that is not empty.
std::uint16_t slot_of(std::string_view key);

struct slot_range {
    std::uint16_t first = 0;
    std::uint16_t last = 0;  // inclusive
    server_address master;
};

// From the answer to CLUSTER SLOTS. A server that does not know its own name leaves the host empty: it is the
// one by which it was asked.
result<std::vector<slot_range>> read_slots(const reply& answer, const server_address& told_by);

// "MOVED 3999 10.0.0.1:6381": the slot belongs to that server now. "ASK …": it is on its way there; this
// question alone is to be asked there, behind an ASKING.
struct redirection {
    enum class kind { moved, ask };
    kind what = kind::moved;
    std::uint16_t slot = 0;
    server_address to;
};

// Nothing for any other refusal.
std::optional<redirection> redirection_in(const refusal& r, const server_address& told_by);

}  // namespace weir::redis
