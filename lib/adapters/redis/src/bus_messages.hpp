// The messages of the bus in Redis, readable with redis-cli SUBSCRIBE. Pure.
//
//     17 5c9f03b7a1d2e4f6            sequence and origin of a message, then one name a line:
//     k weir:v1:products:item:p1     a key
//     t weir:v1:all:product          a tag
//
//     8a1b2c3d4e5f6071 17            an acknowledgement: the node and the sequence
//
// Neither nodes nor names contain a newline, and nodes contain no space: keys and tags are percent-encoded,
// nodes are hex digits.
#pragma once

#include "weir/base/error.hpp"
#include "weir/cache/bus_transport.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Names in one message: a node forgets them in one go, while other messages wait.
inline constexpr std::size_t bus_names_max = 1000;

// Returns the lines of the messages that these names need. At least one message, so that a sequence number is
// taken.
std::vector<std::string> bus_bodies(const std::vector<std::string>& keys,
                                    const std::vector<std::string>& tags);

// Returns the text of an acknowledgement.
std::string bus_text(const bus_acknowledgement& a);

// Reads what this version of Weir sends. Anything else is errc::protocol.
result<bus_message> read_bus_message(std::string_view text);
result<bus_acknowledgement> read_bus_acknowledgement(std::string_view text);

}  // namespace weir
