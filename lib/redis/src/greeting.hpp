// What every connection to Redis says first, and what its answers mean. Pure.
#pragma once

#include "weir/redis/command.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::redis {

// AUTH and SELECT when the options ask for them, a name, and a PING.
std::vector<command_line> greeting(const options& o);

// Why the server does not let us in, without secrets; nothing when it does. One answer for each step.
std::optional<std::string> refused_greeting(const std::vector<command_line>& steps,
                                            const std::vector<reply>& answers, const options& o);

// Which data this is, from the answers to INFO server and INFO replication: "run id:replication id". Empty
// when they do not tell.
std::string identity_in(const reply& server, const reply& replication);

// From the answer to ROLE.
bool is_master(const reply& role);

}  // namespace weir::redis
