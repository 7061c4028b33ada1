// Routes commands in a cluster: each goes to the owner of its slot, and again to the server that the owner
// redirects to.
#include "weir/redis/command.hpp"

#include "cluster.hpp"
#include "cluster_parts.hpp"

#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
// If servers still redirect after this many rounds, they disagree.
constexpr int rounds_max = 5;
constexpr auto asking_time = seconds{60};

}  // namespace

awaitable<result<std::vector<reply>>> cluster::exec(std::span<const keyed_command> commands, deadline until) {
    replies answers(commands.size());
    std::vector<open_command> open(commands.size());
    for (std::size_t i = 0; i < open.size(); ++i)
        open[i] = {.index = i, .slot = slot_of(commands[i].key()), .at = nullptr};
    for (int round = 0; round < rounds_max; ++round) {
        if (open.empty()) co_return answers;
        auto batches = batches_of(open, commands);
        if (!batches) co_return batches.error();
        const auto asked = co_await exec_batches(*batches, answers, until);
        if (!asked) co_return asked.error();
        open = redirected(open, answers);
    }
    co_return errc::unavailable;
}

result<std::vector<cluster::node_batch>> cluster::batches_of(std::vector<open_command>& open,
                                                             std::span<const keyed_command> commands) const {
    if (is_stopping_) return errc::cancelled;
    static const command_line asking{"ASKING"};
    std::vector<node_batch> out;
    for (open_command& c : open) {
        if (!c.at) c.at = owners_[c.slot];
        if (!c.at) return errc::unavailable;
        const auto is_same = [&c](const node_batch& b) { return b.at == c.at && b.is_asking == c.is_asking; };
        auto found = std::find_if(out.begin(), out.end(), is_same);
        if (found == out.end())
            found = out.insert(
                out.end(),
                node_batch{
                    .at = c.at, .is_asking = c.is_asking, .indices = {}, .formatted = {}, .failure = {}});
        found->indices.push_back(c.index);
        if (c.is_asking) append_formatted(asking, found->formatted);
        found->formatted += commands[c.index].formatted;
    }
    return out;
}

awaitable<result<void>> cluster::exec_batches(std::vector<node_batch>& batches, replies& answers,
                                              deadline until) {
    if (batches.size() == 1) {
        co_await exec_batch(batches.front(), answers, until);
    } else {
        co_await exec_in_parallel(batches, answers, until);
    }
    for (const node_batch& b : batches) {
        if (b.failure) co_return b.failure;
    }
    co_return result<void>{};
}

awaitable<void> cluster::exec_in_parallel(std::vector<node_batch>& batches, replies& answers,
                                          deadline until) {
    using operation =
        decltype(asio::co_spawn(executor_, exec_batch(batches.front(), answers, until), asio::deferred));
    std::vector<operation> all;
    for (node_batch& b : batches)
        all.push_back(asio::co_spawn(executor_, exec_batch(b, answers, until), asio::deferred));
    const auto [order, failures] = co_await asio::experimental::make_parallel_group(std::move(all))
                                       .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

// Sends one batch. Each writes the replies to its own commands only.
awaitable<void> cluster::exec_batch(node_batch& b, replies& answers, deadline until) {
    const std::size_t each = b.is_asking ? 2 : 1;  // ASKING has a reply, too
    auto got = co_await b.at->client.exec_formatted(std::move(b.formatted), b.indices.size() * each, until);
    if (!got) {
        // The node was stopped, not this cluster.
        const bool is_removed = b.at->is_removed && !is_stopping_;
        b.failure = is_removed ? error_code{errc::unavailable} : got.error();
        co_return;
    }
    for (std::size_t i = 0; i < b.indices.size(); ++i)
        answers[b.indices[i]] = std::move((*got)[i * each + each - 1]);
}

// Returns the commands to send again. From the first redirected command of a slot on, all of that slot are
// sent again: otherwise a later one would have been run before it. (A lease is deleted before its value.)
std::vector<cluster::open_command> cluster::redirected(const std::vector<open_command>& asked,
                                                       const replies& answers) {
    std::map<std::uint16_t, open_command> elsewhere;
    std::vector<open_command> again;
    for (const open_command& c : asked) {
        const auto* no = answers[c.index].as<error_reply>();
        if (no != nullptr && no->kind() == "CLUSTERDOWN") want_table();
        auto found = elsewhere.find(c.slot);
        if (found == elsewhere.end()) {
            const auto to = no == nullptr ? std::nullopt : redirection_in(*no, c.at->at);
            if (!to || is_stopping_) continue;
            found = elsewhere.emplace(c.slot, follow(*to, c.slot)).first;
        }
        again.push_back(found->second);
        again.back().index = c.index;
    }
    return again;
}

// Returns where the commands on `slot` go next. Adopts a slot that has moved.
cluster::open_command cluster::follow(const redirection& to, std::uint16_t slot) {
    const node_ptr n = node_at(to.to);
    const bool is_asking = to.what == redirection::kind::ask;
    if (is_asking) {
        n->wanted_until = steady_clock::now() + asking_time;
    } else {
        move_slot(slot, n);
        want_table();
    }
    return {.slot = slot, .at = n, .is_asking = is_asking};
}

// --- the rest of the interface

// Replies as MGET would, if it could cross slots: a value that is not a string counts as none.
awaitable<result<std::vector<reply>>> cluster::get_strings(const std::string& key,
                                                           const std::vector<std::string>& others,
                                                           deadline until) {
    std::vector<keyed_command> commands;
    commands.push_back({formatted("GET", key)});
    for (const std::string& other : others) commands.push_back({formatted("GET", other)});
    auto answers = co_await exec(commands, until);
    if (!answers) co_return answers.error();
    for (reply& answer : *answers) {
        const auto* no = answer.as<error_reply>();
        if (no == nullptr || no->kind() == "WRONGTYPE") continue;
        replies refused;
        refused.push_back(std::move(answer));
        co_return refused;
    }
    replies out;
    out.push_back(reply{*std::move(answers)});
    co_return out;
}

// Makes one command for each name. While a slot is on its way, a command with several names is refused unless
// all of them are on one server.
std::vector<keyed_command> cluster::removal(const std::vector<std::string>& names) const {
    std::vector<keyed_command> out;
    for (const std::string& name : names) out.push_back({formatted("UNLINK", name)});
    return out;
}

std::optional<server_address> cluster::home_of(const std::string& key) const {
    const node_ptr& owner = owners_[slot_of(key)];
    if (!owner || !owner->client.is_connected()) return std::nullopt;
    return owner->at;
}

}  // namespace weir::redis
