#include "weir/redis/script.hpp"

#include "weir/base/hash.hpp"

#include <utility>

namespace weir::redis {
namespace {

// Returns the same call with the source instead of its hash.
keyed_command with_source(const std::string& source, const keyed_command& called) {
    const std::string_view all = called.formatted;
    const std::string_view hash = word_of(all, 1);
    keyed_command out{std::string(all.substr(0, all.find('\n') + 1)), called.route};
    append_word("EVAL", out.formatted);
    append_word(source, out.formatted);
    out.formatted += all.substr(static_cast<std::size_t>(hash.end() - all.begin()) + 2);
    return out;
}

}  // namespace

script::script(std::string source) : source_(std::move(source)), sha1_(sha1_hex(source_)) {}

awaitable<result<reply>> script::run(keyspace& redis, const std::vector<std::string>& keys,
                                     const std::vector<std::string>& arguments, deadline until) const {
    return exec(redis, call(keys, arguments), until);
}

awaitable<result<reply>> script::run(keyspace& redis, std::initializer_list<std::string_view> keys,
                                     std::initializer_list<std::string_view> arguments,
                                     deadline until) const {
    return exec(redis, call(keys, arguments), until);
}

template <class Words>
keyed_command script::call(const Words& keys, const Words& arguments) const {
    keyed_command out{{}, std::string(*keys.begin())};
    const std::string count = std::to_string(keys.size());
    std::size_t bytes = 5 * frame_bytes_max + sha1_.size();
    for (const std::string_view word : keys) bytes += word.size() + frame_bytes_max;
    for (const std::string_view word : arguments) bytes += word.size() + frame_bytes_max;
    out.formatted.reserve(bytes);
    append_head(3 + keys.size() + arguments.size(), out.formatted);
    append_word("EVALSHA", out.formatted);
    append_word(sha1_, out.formatted);
    append_word(count, out.formatted);
    for (const std::string_view word : keys) append_word(word, out.formatted);
    for (const std::string_view word : arguments) append_word(word, out.formatted);
    return out;
}

awaitable<result<reply>> script::exec(keyspace& redis, keyed_command called, deadline until) const {
    auto answers = co_await redis.exec({&called, 1}, until);
    if (!answers) co_return answers.error();
    const auto* no = answers->front().as<error_reply>();
    if (no == nullptr || no->kind() != "NOSCRIPT") co_return redis.accept(std::move(answers->front()));
    co_return co_await redis.exec_one(with_source(source_, called), until);
}

}  // namespace weir::redis
