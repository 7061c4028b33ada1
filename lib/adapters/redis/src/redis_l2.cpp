#include "weir/adapters/redis_l2.hpp"

#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/policy/key.hpp"
#include "weir/redis/script.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir {
namespace {

using redis::formatted;
using redis::keyed_command;
using redis::reply;
using redis::script;
using words = std::vector<std::string>;

// How long a tag's version lives, in seconds. The entries that it validates live shorter. If not, its loss
// costs a load.
const std::string version_ttl_s = "604800";

// Returns the script that asks for the lease of a load that replaces an entry. KEYS: value, lease. ARGV:
// token, ttl of the lease in ms, mark of the value that was seen. Its reply: the value if there is another
// one, otherwise 1 (granted) or 0 (busy). A list or hash of another program under the key, which GET refuses
// to read, is deleted: nothing would ever replace it.
const script& take_lease_script() {
    static const script s(R"lua(
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' then
    if not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
    redis.call('DEL', KEYS[1])
    value = false
end
if value and string.sub(value, 1, #ARGV[3]) ~= ARGV[3] then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[2]) == ARGV[1] then return 1 end
return 0
)lua");
    return s;
}

// Returns the script that fills. KEYS: value, lease. ARGV: token, value, ttl in ms (0: no value). A lease
// that is gone is not ours either: its absence rejects. So neither expiry nor eviction nor an emptied Redis
// lets an old value in.
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

// Returns a fill script without the lease's check, for the test that shows what the lease prevents.
const script& fill_without_fence_script() {
    static const script s(
        "if ARGV[3] ~= '0' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end return 1");
    return s;
}

// Returns the script that ends a lease. KEYS: lease. ARGV: token.
const script& release_script() {
    static const script s(R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)lua");
    return s;
}

// Returns the script that deletes a value. KEYS: value. ARGV: SHA-1 of the value that was seen, so that it
// need not be sent back.
const script& discard_script() {
    static const script s(R"lua(
local value = redis.call('GET', KEYS[1])
if value and redis.sha1hex(value) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)lua");
    return s;
}

// Returns a version that is unpredictable and never given twice: an entry that was made under another version
// must not match by chance.
std::string new_version() {
    return random_token().substr(0, 16);
}

bool are_all_there(const words& versions) {
    return std::none_of(versions.begin(), versions.end(), [](const auto& v) { return v.empty(); });
}

result<bool> yes_or_no(const result<reply>& answer) {
    // An error_code converts to bool, so the constructor must be named.
    if (!answer) return {boost::system::in_place_error, answer.error()};
    const auto* number = answer->as<std::int64_t>();
    if (number == nullptr) return errc::protocol;
    return *number == 1;
}

result<void> check_number(const result<reply>& answer) {
    const auto number = yes_or_no(answer);
    if (!number) return number.error();
    return {};
}

}  // namespace

awaitable<result<l2_lookup>> redis_l2::get(const std::string& key, const std::vector<std::string>& tags,
                                           context within) {
    auto answers = co_await redis_.get_strings(key, tags, within.until);
    auto found = redis_.strings_in(std::move(answers), tags.size());
    if (!found) co_return found.error();
    co_return l2_lookup{std::move(found->first), std::move(found->others)};
}

awaitable<result<std::vector<std::string>>> redis_l2::ensure_versions(const std::vector<std::string>& tags,
                                                                      context within) {
    // Tries again if a version was missing: it was invalidated or evicted between its two commands.
    auto made = co_await make_versions(tags, within.until);
    if (made && !are_all_there(*made)) made = co_await make_versions(tags, within.until);
    if (made && !are_all_there(*made))
        co_return errc::rejected;  // no memory, or an empty text of another program
    co_return made;
}

// Sends two commands for each tag and no script. SET NX never replaces a version, and GET reads the one that
// is there, whichever node made it. So flights that share a tag agree on its version.
awaitable<result<std::vector<std::string>>> redis_l2::make_versions(const std::vector<std::string>& tags,
                                                                    deadline until) {
    std::vector<keyed_command> commands;
    for (const std::string& tag : tags) {
        commands.push_back({formatted("SET", tag, new_version(), "NX", "EX", version_ttl_s)});
        commands.push_back({formatted("GET", tag)});
    }
    auto answers = co_await redis_.exec_all(std::move(commands), until);
    if (!answers) co_return answers.error();
    words versions;
    for (std::size_t i = 1; i < answers->size(); i += 2) {
        auto* version = (*answers)[i].as<std::string>();
        versions.push_back(version != nullptr ? std::move(*version) : std::string{});
    }
    co_return versions;
}

awaitable<result<lease_reply>> redis_l2::take_lease(const std::string& key, const std::string& seen,
                                                    const std::string& token, milliseconds lease_ttl,
                                                    context within) {
    if (seen.empty()) return take_first_lease(key, token, lease_ttl, within.until);
    return take_lease_to_replace(key, seen, token, lease_ttl, within.until);
}

// Sends two plain commands, which cost Redis half of what the script does. The lease is taken before the
// value is read. Between the two, no node can fill except under this very lease. So a node that is granted it
// and finds no value is the one to load. A value that is found behind a granted lease was filled before it,
// and the lease is given back.
//
// Which node has the lease is read, not concluded from the reply to SET. So a lease that was granted by an
// attempt whose reply was lost is still ours. One command reads both names; a Cluster refuses it while their
// slot is on its way.
awaitable<result<lease_reply>> redis_l2::take_first_lease(const std::string& key, const std::string& token,
                                                          milliseconds lease_ttl, deadline until) {
    const std::string lease = lease_key(key);
    const std::array<keyed_command, 2> commands{
        keyed_command{formatted("SET", lease, token, "NX", "PX", std::to_string(lease_ttl.count()))},
        keyed_command{formatted("MGET", key, lease)}};
    auto answers = co_await redis_.exec(commands, until);
    if (!answers) co_return answers.error();
    const auto taken = redis_.accept(std::move(answers->front()));
    if (!taken) co_return taken.error();
    answers->erase(answers->begin());
    auto found = redis_.strings_in(std::move(answers), 1);
    const bool is_granted = found ? found->others[0] == token : taken->as<redis::status>() != nullptr;
    const bool is_wanted = found && !found->first;
    if (is_granted && !is_wanted) co_await release_lease(key, token, until);
    if (!found) co_return found.error();
    if (found->first) co_return lease_reply{lease_reply::outcome::present, *std::move(found->first)};
    co_return lease_reply{is_granted ? lease_reply::outcome::granted : lease_reply::outcome::busy, {}};
}

awaitable<result<lease_reply>> redis_l2::take_lease_to_replace(const std::string& key,
                                                               const std::string& seen,
                                                               const std::string& token,
                                                               milliseconds lease_ttl, deadline until) {
    const std::string lease = lease_key(key);
    const std::string ttl_ms = std::to_string(lease_ttl.count());
    auto asked = take_lease_script().run(redis_, {key, lease}, {token, ttl_ms, seen}, until);
    auto answer = co_await std::move(asked);
    if (!answer) co_return answer.error();
    if (auto* value = answer->as<std::string>()) {
        co_return lease_reply{lease_reply::outcome::present, std::move(*value)};
    }
    const auto granted = yes_or_no(answer);
    if (!granted) co_return granted.error();
    co_return lease_reply{*granted ? lease_reply::outcome::granted : lease_reply::outcome::busy, {}};
}

awaitable<result<bool>> redis_l2::fill(const std::string& key, const std::string& token,
                                       const std::string& value, milliseconds ttl, context within) {
    const script& fill = fault("skip_fence") ? fill_without_fence_script() : fill_script();
    const std::string lease = lease_key(key);
    const std::string ttl_ms = std::to_string(ttl.count());
    auto asked = fill.run(redis_, {key, lease}, {token, value, ttl_ms}, within.until);
    const auto answer = co_await std::move(asked);
    co_return yes_or_no(answer);
}

awaitable<result<void>> redis_l2::release_lease(const std::string& key, const std::string& token,
                                                context within) {
    const std::string lease = lease_key(key);
    auto asked = release_script().run(redis_, {lease}, {token}, within.until);
    const auto answer = co_await std::move(asked);
    co_return check_number(answer);
}

awaitable<result<void>> redis_l2::discard(const std::string& key, const std::string& seen, context within) {
    const std::string hash = sha1_hex(seen);
    auto asked = discard_script().run(redis_, {key}, {hash}, within.until);
    const auto answer = co_await std::move(asked);
    co_return check_number(answer);
}

awaitable<result<void>> redis_l2::invalidate(const std::vector<std::string>& keys,
                                             const std::vector<std::string>& tags, context within) {
    // Only removals: they need no memory, so a Redis that is full runs them, too. A tag without a version
    // makes every entry under it invalid. Leases are deleted before their values, because the two may not be
    // deleted in one step. A value that was read before the write can then no longer be stored after the
    // deletion.
    words names = tags;
    for (const std::string& key : keys) {
        names.push_back(lease_key(key));
        names.push_back(key);
    }
    const auto answers = co_await redis_.exec_all(redis_.removal(names), within.until);
    if (!answers) co_return answers.error();
    co_return result<void>{};
}

}  // namespace weir
