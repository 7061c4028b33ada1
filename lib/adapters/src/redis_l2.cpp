#include "weir/adapters/redis_l2.hpp"

#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/policy/key.hpp"
#include "weir/redis/script.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

using redis::question;
using redis::reply;
using redis::script;
using words = std::vector<std::string>;

// How long a tag's version lives, in seconds. What it validates lives shorter; if not, its loss costs a load.
const std::string version_ttl_s = "604800";

// KEYS: value, lease. ARGV: token, ttl of the lease in ms, mark of the value that was seen. The value when
// there is another one; else 1: granted, 0: busy. Somebody else's list or hash, which GET refuses to read,
// makes room: nothing would ever replace it.
const script& take_lease_script() {
    static const script s(R"lua(
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' then
    if not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
    redis.call('DEL', KEYS[1])
    value = false
end
if value and (ARGV[3] == '' or string.sub(value, 1, #ARGV[3]) ~= ARGV[3]) then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
)lua");
    return s;
}

// KEYS: value, lease. ARGV: token, value, ttl in ms (0: no value). A lease that is gone is not ours either:
// its absence rejects, so neither expiry nor eviction nor an emptied Redis lets an old value in.
const script& fill_script() {
    static const script s(R"lua(
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[2])
return 1
)lua");
    return s;
}

// For the test that shows what the lease is good for.
const script& fill_without_fence_script() {
    static const script s(
        "if ARGV[3] ~= '0' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end return 1");
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

// Each is moved or copied once, where a list in braces would copy twice.
template <class... Word>
words words_of(Word&&... word) {
    words made;
    made.reserve(sizeof...(word));
    (made.emplace_back(std::forward<Word>(word)), ...);
    return made;
}

// Unpredictable, and never given twice: an entry made under another version must not match by chance.
std::string new_version() {
    return random_token().substr(0, 16);
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

awaitable<result<l2_lookup>> redis_l2::get(const std::string& key, const std::vector<std::string>& tags,
                                           deadline until) {
    words names{key};
    names.insert(names.end(), tags.begin(), tags.end());
    auto found = co_await redis_.values(names, until);
    if (!found) co_return found.error();
    l2_lookup out{std::move(found->front()), {}};
    found->erase(found->begin());
    out.tag_versions = std::move(*found);
    co_return out;
}

// Two commands per tag and no script: a version made by SET NX, by us or by whoever was faster, is there for
// the GET behind it.
awaitable<result<std::vector<std::string>>> redis_l2::ensure_versions(const std::vector<std::string>& tags,
                                                                      deadline until) {
    std::vector<question> questions;
    for (const std::string& tag : tags) {
        questions.push_back({{"SET", tag, new_version(), "NX", "EX", version_ttl_s}});
        questions.push_back({{"GET", tag}});
    }
    auto answers = co_await redis_.ask_all(std::move(questions), until);
    if (!answers) co_return answers.error();
    words versions;
    for (std::size_t i = 1; i < answers->size(); i += 2) {
        auto* version = (*answers)[i].as<std::string>();
        if (version == nullptr) co_return errc::rejected;  // evicted between the two: no room for versions
        versions.push_back(std::move(*version));
    }
    co_return versions;
}

awaitable<result<lease_reply>> redis_l2::take_lease(const std::string& key, const std::string& seen,
                                                    const std::string& token, milliseconds lease_ttl,
                                                    deadline until) {
    words keys{key, lease_key(key)};
    words arguments{token, std::to_string(lease_ttl.count()), seen};
    auto answer = co_await take_lease_script().run(redis_, std::move(keys), std::move(arguments), until);
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
    const script& fill = fault("skip_fence") ? fill_without_fence_script() : fill_script();
    const auto answer = co_await fill.run(redis_, words_of(key, lease_key(key)),
                                          words_of(token, value, std::to_string(ttl.count())), until);
    co_return yes_or_no(answer);
}

awaitable<result<void>> redis_l2::release_lease(const std::string& key, const std::string& token,
                                                deadline until) {
    words keys{lease_key(key)};
    words arguments{token};
    const auto answer = co_await release_script().run(redis_, std::move(keys), std::move(arguments), until);
    co_return done(answer);
}

awaitable<result<void>> redis_l2::discard(const std::string& key, const std::string& seen, deadline until) {
    words keys{key};
    words arguments{sha1_hex(seen)};
    const auto answer = co_await discard_script().run(redis_, std::move(keys), std::move(arguments), until);
    co_return done(answer);
}

awaitable<result<void>> redis_l2::invalidate(const std::vector<std::string>& keys,
                                             const std::vector<std::string>& tags, deadline until) {
    std::vector<question> questions;
    for (const std::string& tag : tags)
        questions.push_back({{"SET", tag, new_version(), "EX", version_ttl_s}});
    // Leases first, for where the two are not deleted in one step: a value read before the write can no
    // longer be stored behind the deletion of the value.
    words names;
    for (const std::string& key : keys) {
        names.push_back(lease_key(key));
        names.push_back(key);
    }
    for (question& q : redis_.removal(names)) questions.push_back(std::move(q));
    const auto answers = co_await redis_.ask_all(std::move(questions), until);
    if (!answers) co_return answers.error();
    co_return result<void>{};
}

}  // namespace weir
