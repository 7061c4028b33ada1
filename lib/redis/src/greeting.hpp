// The first commands on every connection to Redis, and what their replies mean. Pure.
#pragma once

#include "weir/redis/command.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::redis {

// Returns the commands: AUTH and SELECT if the options need them, a name, and a PING.
std::vector<command_line> greeting(const options& o);

// Returns why the server refuses the connection, without secrets; nullopt if it does not. `answers` has one
// reply for each step.
std::optional<std::string> refused_greeting(const std::vector<command_line>& steps,
                                            const std::vector<reply>& answers, const options& o);

// Returns which data this is, from the replies to INFO server and INFO replication: "run id:replication id".
// Empty if they do not tell.
std::string identity_in(const reply& server, const reply& replication);

// Reads the reply to ROLE.
bool is_master(const reply& role);

}  // namespace weir::redis
