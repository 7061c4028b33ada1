// A command in the words of its caller, and as it goes over the wire.
#pragma once

#include <string>
#include <vector>

namespace weir::redis {

using command_line = std::vector<std::string>;  // {"SET", "k", "v", "PX", "1000"}; any bytes; never empty

void append_formatted(const command_line& argv, std::string& to);

}  // namespace weir::redis
