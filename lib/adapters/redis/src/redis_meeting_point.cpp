#include "weir/adapters/redis_meeting_point.hpp"

#include "weir/policy/key.hpp"

#include <utility>
#include <vector>

namespace weir {

redis_meeting_point::redis_meeting_point(redis::keyspace& redis, const std::string& head)
    : redis_(redis), key_(own_name("consumer", head)) {}

awaitable<result<std::string>> redis_meeting_point::find(const std::string& proposed, context within) {
    std::vector<redis::keyed_command> commands;
    commands.push_back({redis::formatted("SET", key_, proposed, "NX")});
    commands.push_back({redis::formatted("GET", key_)});
    auto answers = co_await redis_.exec_all(std::move(commands), within.until);
    if (!answers) co_return answers.error();
    auto* kept = answers->back().as<std::string>();
    if (kept == nullptr || kept->empty()) co_return errc::rejected;  // evicted in between, or no text
    co_return std::move(*kept);
}

}  // namespace weir
