#include "weir/redis/script.hpp"

#include "weir/base/hash.hpp"

#include <iterator>
#include <utility>

namespace weir::redis {

script::script(std::string source) : source_(std::move(source)), sha1_(sha1_hex(source_)) {}

awaitable<result<reply>> script::run(keyspace& redis, std::vector<std::string> keys,
                                     std::vector<std::string> arguments, deadline until) const {
    std::vector<question> called(1);
    called[0].route = keys.front();
    command_line& argv = called[0].argv;
    argv.reserve(3 + keys.size() + arguments.size());
    argv.emplace_back("EVALSHA");
    argv.push_back(sha1_);
    argv.push_back(std::to_string(keys.size()));
    std::move(keys.begin(), keys.end(), std::back_inserter(argv));
    std::move(arguments.begin(), arguments.end(), std::back_inserter(argv));
    auto answers = co_await redis.ask(called, until);
    if (!answers) co_return answers.error();
    const auto* no = answers->front().as<refusal>();
    if (no == nullptr || no->kind() != "NOSCRIPT") co_return redis.accept(std::move(answers->front()));

    argv[0] = "EVAL";
    argv[1] = source_;
    co_return co_await redis.ask_one(std::move(called[0]), until);
}

}  // namespace weir::redis
