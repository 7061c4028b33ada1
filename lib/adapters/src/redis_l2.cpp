#include "weir/adapters/redis_l2.hpp"

#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"
#include "weir/policy/key.hpp"
#include "weir/redis/script.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

using redis::command_line;
using redis::reply;
using redis::script;
using words = std::vector<std::string>;

// Names in one UNLINK. It is constant work for Redis per name; the bound keeps others from waiting behind a
// long one.
constexpr std::size_t names_per_command = 500;

// KEYS: value, lease. ARGV: token, ttl of the lease in ms. The value when there is one; else 1: granted, 0:
// busy.
const script& take_lease_script() {
    static const script s(R"lua(
local value = redis.call('GET', KEYS[1])
if value then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
)lua");
    return s;
}

// KEYS: value, lease. ARGV: token, value, ttl in ms. A lease that is gone is not ours either: its absence
// rejects, so neither expiry nor eviction nor an emptied Redis lets an old value in.
const script& fill_script() {
    static const script s(R"lua(
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
)lua");
    return s;
}

// KEYS: lease. ARGV: token.
const script& release_script() {
    static const script s(R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)lua");
    return s;
}

// KEYS: value. ARGV: SHA-1 of the value that was seen, so that it need not be sent back.
const script& discard_script() {
    static const script s(R"lua(
local value = redis.call('GET', KEYS[1])
if value and redis.sha1hex(value) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)lua");
    return s;
}

// KEYS: value. Somebody else's list or hash, which GET refuses to read and nothing would ever replace.
const script& discard_foreign_script() {
    static const script s(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'string' and kind ~= 'none' then return redis.call('DEL', KEYS[1]) end
return 0
)lua");
    return s;
}

result<bool> yes_or_no(const result<reply>& answer) {
    // An error_code converts to bool, so it must be said which of the two it is.
    if (!answer) return {boost::system::in_place_error, answer.error()};
    const auto* number = answer->as<std::int64_t>();
    if (number == nullptr) return errc::protocol;
    return *number == 1;
}

result<void> done(const result<reply>& answer) {
    const auto checked = yes_or_no(answer);
    if (!checked) return checked.error();
    return {};
}

}  // namespace

awaitable<result<std::optional<std::string>>> redis_l2::get(const std::string& key, deadline until) {
    std::string formatted;
    redis::append_formatted(command_line{"GET", key}, formatted);
    auto answers = co_await client_.exchange(std::move(formatted), 1, until);
    if (!answers) co_return answers.error();
    const auto* no = answers->front().as<redis::refusal>();
    if (no != nullptr && no->kind() == "WRONGTYPE") {
        log::warn("foreign_value", {{"key", key}});
        words keys{key};
        words no_arguments;
        co_await discard_foreign_script().run(client_, std::move(keys), std::move(no_arguments), until);
        co_return std::optional<std::string>{};
    }
    auto answer = client_.accept(std::move(answers->front()));
    if (!answer) co_return answer.error();
    if (answer->as<redis::nil>() != nullptr) co_return std::optional<std::string>{};
    auto* value = answer->as<std::string>();
    if (value == nullptr) co_return errc::protocol;
    co_return std::optional<std::string>{std::move(*value)};
}

awaitable<result<lease_reply>> redis_l2::take_lease(const std::string& key, const std::string& token,
                                                    milliseconds lease_ttl, deadline until) {
    words keys{key, lease_key(key)};
    words arguments{token, std::to_string(lease_ttl.count())};
    auto answer = co_await take_lease_script().run(client_, std::move(keys), std::move(arguments), until);
    if (!answer) co_return answer.error();
    if (auto* value = answer->as<std::string>()) {
        co_return lease_reply{lease_reply::outcome::present, std::move(*value)};
    }
    const auto granted = yes_or_no(answer);
    if (!granted) co_return granted.error();
    co_return lease_reply{*granted ? lease_reply::outcome::granted : lease_reply::outcome::busy, {}};
}

awaitable<result<bool>> redis_l2::fill(const std::string& key, const std::string& token,
                                       const std::string& value, milliseconds ttl, deadline until) {
    words keys{key, lease_key(key)};
    words arguments{token, value, std::to_string(ttl.count())};
    const auto answer = co_await fill_script().run(client_, std::move(keys), std::move(arguments), until);
    co_return yes_or_no(answer);
}

awaitable<result<void>> redis_l2::release_lease(const std::string& key, const std::string& token,
                                                deadline until) {
    words keys{lease_key(key)};
    words arguments{token};
    const auto answer = co_await release_script().run(client_, std::move(keys), std::move(arguments), until);
    co_return done(answer);
}

awaitable<result<void>> redis_l2::discard(const std::string& key, const std::string& seen, deadline until) {
    words keys{key};
    words arguments{sha1_hex(seen)};
    const auto answer = co_await discard_script().run(client_, std::move(keys), std::move(arguments), until);
    co_return done(answer);
}

awaitable<result<void>> redis_l2::invalidate(const std::vector<std::string>& keys, deadline until) {
    std::vector<command_line> unlinks;
    for (const std::string& key : keys) {
        // A value and its lease go in one command: nobody sees one without the other.
        if (unlinks.empty() || unlinks.back().size() + 1 > names_per_command) unlinks.push_back({"UNLINK"});
        unlinks.back().push_back(key);
        unlinks.back().push_back(lease_key(key));
    }
    const auto answers = co_await client_.commands(std::move(unlinks), until);
    if (!answers) co_return answers.error();
    co_return result<void>{};
}

}  // namespace weir
