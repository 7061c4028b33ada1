// What the bus says through Redis, readable with redis-cli SUBSCRIBE. Pure.
//
//     17 5c9f03b7a1d2e4f6            sequence and origin of a message, then a name a line:
//     k weir:v1:products:item:p1     a key
//     t weir:v1:all:product          a tag
//
//     8a1b2c3d4e5f6071 17            an acknowledgement: the node and the sequence
//
// Nodes and names contain no newline, nodes no space: keys and tags are percent-encoded, nodes are hex
// digits.
#pragma once

#include "weir/base/error.hpp"
#include "weir/cache/bus_transport.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Names in one message: what a listener forgets in one go, and others wait for.
inline constexpr std::size_t bus_names_max = 1000;

// The lines of the messages that these names need; at least one message, so that a sequence number is taken.
std::vector<std::string> bus_bodies(const std::vector<std::string>& keys,
                                    const std::vector<std::string>& tags);

std::string bus_text(const bus_acknowledgement& a);

// errc::protocol: not what this version of Weir says.
result<bus_message> read_bus_message(std::string_view text);
result<bus_acknowledgement> read_bus_acknowledgement(std::string_view text);

}  // namespace weir
