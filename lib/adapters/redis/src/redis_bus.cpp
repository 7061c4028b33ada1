#include "weir/adapters/redis_bus.hpp"

#include "weir/policy/key.hpp"
#include "weir/redis/script.hpp"

#include "bus_messages.hpp"

#include <iterator>
#include <optional>
#include <utility>

namespace weir {
namespace {

using redis::keyed_command;
using redis::reply;
using redis::script;
using words = std::vector<std::string>;

// Each script begins with a removal of a field that does not exist. A Redis that is full refuses a script
// whose first write may need memory, but not one that has already written. A full Redis must still announce
// what was invalidated.
//
// Then come the time at which the script runs, in Unix ms, and a registry that this server has begun. Numbers
// become text by string.format, because Lua's own conversion rounds them to 14 digits.
const std::string now_and_registry = R"lua(
redis.call('HDEL', KEYS[1], '')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function get(field) return redis.call('HGET', KEYS[1], field) end

local told = redis.pcall('INFO', 'server')
local server = type(told) == 'string' and string.match(told, 'run_id:(%x+)') or 'unknown'
local since = tonumber(get('since') or now)
if get('server') ~= server or since > now then
    since = now
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'server', server, 'since', text(now), 'sequence', '0')
end

local function live_nodes()
    local nodes = {}
    local all = redis.call('HGETALL', KEYS[1])
    for i = 1, #all, 2 do
        local name = string.match(all[i], '^node:(.*)')
        local left = name and all[i + 1] - now
        if name and left > 0 then
            table.insert(nodes, name)
            table.insert(nodes, left)
        elseif name then
            redis.call('HDEL', KEYS[1], all[i])
        end
    end
    return nodes
end
)lua";

// Returns the script that joins. KEYS: registry. ARGV: node, lease in ms. Its reply: the sequence, and 1 if
// the node was a member. A new node also removes the nodes that are gone: a fleet that never writes would
// keep them all.
const script& join_script() {
    static const script s(now_and_registry + R"lua(
local node = 'node:' .. ARGV[1]
local was_member = tonumber(get(node) or 0) > now and 1 or 0
if was_member == 0 then live_nodes() end
redis.call('HSET', KEYS[1], node, text(now + ARGV[2]))
return {tonumber(get('sequence')), was_member}
)lua");
    return s;
}

// Returns the script that announces. KEYS: registry. ARGV: channel, origin, the lines of each message. Its
// reply: the last sequence and the registry's age in ms, then for every live node its name and what is left
// of its lease in ms.
const script& announce_script() {
    static const script s(now_and_registry + R"lua(
local sequence
for i = 3, #ARGV do
    sequence = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
    redis.call('PUBLISH', ARGV[1], text(sequence) .. ' ' .. ARGV[2] .. ARGV[i])
end
local answer = live_nodes()
table.insert(answer, 1, sequence)
table.insert(answer, 2, now - since)
return answer
)lua");
    return s;
}

std::optional<std::int64_t> number_at(const std::vector<reply>& parts, std::size_t i) {
    const auto* number = i < parts.size() ? parts[i].as<std::int64_t>() : nullptr;
    if (number == nullptr) return std::nullopt;
    return *number;
}

result<bus_membership> read_membership(const reply& answer) {
    const auto* parts = answer.as<std::vector<reply>>();
    if (parts == nullptr) return errc::protocol;
    const auto sequence = number_at(*parts, 0);
    const auto was_member = number_at(*parts, 1);
    if (!sequence || !was_member) return errc::protocol;
    return bus_membership{static_cast<std::uint64_t>(*sequence), *was_member == 1};
}

result<bus_announcement> read_announcement(const reply& answer) {
    const auto* parts = answer.as<std::vector<reply>>();
    if (parts == nullptr) return errc::protocol;
    const auto sequence = number_at(*parts, 0);
    const auto age = number_at(*parts, 1);
    if (!sequence || !age) return errc::protocol;
    bus_announcement out{
        .sequence = static_cast<std::uint64_t>(*sequence), .live = {}, .registry_age = milliseconds{*age}};
    for (std::size_t i = 2; i < parts->size(); i += 2) {
        const auto* name = (*parts)[i].as<std::string>();
        const auto lease_left = number_at(*parts, i + 1);
        if (name == nullptr || !lease_left) return errc::protocol;
        out.live.push_back({*name, milliseconds{*lease_left}});
    }
    return out;
}

result<bus_event> read_event(const redis::message& m, const std::string& bus_channel) {
    result<bus_event> read = errc::protocol;
    if (m.channel == bus_channel) {
        read = read_bus_message(m.payload);
    } else {
        read = read_bus_acknowledgement(m.payload);
    }
    return read;
}

result<void> done(const result<reply>& answer) {
    if (!answer) return answer.error();
    return {};
}

}  // namespace

redis_bus::redis_bus(redis::keyspace& commands, redis::subscriber& messages, const std::string& head, int db)
    : commands_(commands),
      messages_(messages),
      channel_(own_name("bus", head) + (db == 0 ? "" : "/" + std::to_string(db))),
      registry_key_(own_name("registry", head)) {}

awaitable<result<void>> redis_bus::open(const std::string& node, deadline until) {
    auto home = commands_.home_of(registry_key_);
    if (until.passed()) co_return errc::timeout;
    if (!home) co_return errc::unavailable;
    words channels{channel_, channel_of(node)};
    co_return co_await messages_.open(std::move(*home), std::move(channels), until);
}

awaitable<result<std::vector<bus_event>>> redis_bus::receive() {
    const auto received = co_await messages_.receive();
    if (!received) co_return received.error();
    std::vector<bus_event> events;
    for (const redis::message& m : *received) {
        auto read = read_event(m, channel_);
        // A message that cannot be read may have been an invalidation: a node that missed one must begin
        // anew.
        if (!read) {
            messages_.close();
            co_return read.error();
        }
        events.push_back(std::move(*read));
    }
    co_return events;
}

awaitable<result<bus_membership>> redis_bus::join(const std::string& node, milliseconds lease,
                                                  deadline until) {
    words keys{registry_key_};
    words arguments{node, std::to_string(lease.count())};
    const auto answer = co_await join_script().run(commands_, keys, arguments, until);
    if (!answer) co_return answer.error();
    if (commands_.home_of(registry_key_) != messages_.peer())
        messages_.abandon("the bus lives on another server now");
    co_return read_membership(*answer);
}

awaitable<result<void>> redis_bus::leave(const std::string& node, deadline until) {
    keyed_command removal{redis::formatted("HDEL", registry_key_, "node:" + node)};
    const auto answer = co_await commands_.exec_one(std::move(removal), until);
    co_return done(answer);
}

awaitable<result<bus_announcement>> redis_bus::announce(const std::string& origin,
                                                        const std::vector<std::string>& keys,
                                                        const std::vector<std::string>& tags,
                                                        deadline until) {
    words touched{registry_key_};
    words arguments{channel_, origin};
    words bodies = bus_bodies(keys, tags);
    std::move(bodies.begin(), bodies.end(), std::back_inserter(arguments));
    const auto answer = co_await announce_script().run(commands_, touched, arguments, until);
    if (!answer) co_return answer.error();
    co_return read_announcement(*answer);
}

awaitable<result<void>> redis_bus::acknowledge(const std::string& origin, const std::string& node,
                                               std::uint64_t sequence, deadline until) {
    keyed_command publication{redis::formatted("PUBLISH", channel_of(origin), bus_text({node, sequence})),
                              registry_key_};
    const auto answer = co_await commands_.exec_one(std::move(publication), until);
    co_return done(answer);
}

}  // namespace weir
