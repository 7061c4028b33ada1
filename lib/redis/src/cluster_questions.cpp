// How a cluster is asked: each question at the owner of its slot, and again where that one sends us.
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
// Servers that still send us on after this many rounds disagree.
constexpr int rounds_max = 5;
constexpr auto asking_time = seconds{60};

}  // namespace

awaitable<result<std::vector<reply>>> cluster::ask(std::span<const question> questions, deadline until) {
    replies answers(questions.size());
    std::vector<open_question> open(questions.size());
    for (std::size_t i = 0; i < open.size(); ++i)
        open[i] = {.index = i, .slot = slot_of(questions[i].key()), .at = nullptr};
    for (int round = 0; round < rounds_max; ++round) {
        if (open.empty()) co_return answers;
        auto batches = batches_of(open, questions);
        if (!batches) co_return batches.error();
        const auto asked = co_await ask_batches(*batches, answers, until);
        if (!asked) co_return asked.error();
        open = redirected(open, answers);
    }
    co_return errc::unavailable;
}

result<std::vector<cluster::batch>> cluster::batches_of(std::vector<open_question>& open,
                                                        std::span<const question> questions) const {
    if (is_stopping_) return errc::cancelled;
    static const command_line asking{"ASKING"};
    std::vector<batch> out;
    for (open_question& q : open) {
        if (!q.at) q.at = owners_[q.slot];
        if (!q.at) return errc::unavailable;
        const auto is_same = [&q](const batch& b) { return b.at == q.at && b.is_asking == q.is_asking; };
        auto found = std::find_if(out.begin(), out.end(), is_same);
        if (found == out.end())
            found = out.insert(
                out.end(),
                batch{.at = q.at, .is_asking = q.is_asking, .indices = {}, .formatted = {}, .failure = {}});
        found->indices.push_back(q.index);
        if (q.is_asking) append_formatted(asking, found->formatted);
        found->formatted += questions[q.index].formatted;
    }
    return out;
}

awaitable<result<void>> cluster::ask_batches(std::vector<batch>& batches, replies& answers, deadline until) {
    if (batches.size() == 1) {
        co_await ask_batch(batches.front(), answers, until);
    } else {
        using operation =
            decltype(asio::co_spawn(executor_, ask_batch(batches.front(), answers, until), asio::deferred));
        std::vector<operation> all;
        for (batch& b : batches)
            all.push_back(asio::co_spawn(executor_, ask_batch(b, answers, until), asio::deferred));
        const auto [order, failures] =
            co_await asio::experimental::make_parallel_group(std::move(all))
                .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
        for (const std::exception_ptr& failure : failures) {
            if (failure) std::rethrow_exception(failure);
        }
    }
    for (const batch& b : batches) {
        if (b.failure) co_return b.failure;
    }
    co_return result<void>{};
}

// Each batch writes the answers to its own questions only.
awaitable<void> cluster::ask_batch(batch& b, replies& answers, deadline until) {
    const std::size_t each = b.is_asking ? 2 : 1;  // ASKING has an answer too
    auto told = co_await b.at->speaks.exchange(std::move(b.formatted), b.indices.size() * each, until);
    if (!told) {
        // It is the node that was stopped, not we.
        const bool is_dismissed = b.at->is_dismissed && !is_stopping_;
        b.failure = is_dismissed ? error_code{errc::unavailable} : told.error();
        co_return;
    }
    for (std::size_t i = 0; i < b.indices.size(); ++i)
        answers[b.indices[i]] = std::move((*told)[i * each + each - 1]);
}

// From the first redirected question of a slot on, all of that slot are asked again: otherwise a later one
// would have been carried out before it. (A lease is deleted before its value.)
std::vector<cluster::open_question> cluster::redirected(const std::vector<open_question>& asked,
                                                        const replies& answers) {
    std::map<std::uint16_t, open_question> elsewhere;
    std::vector<open_question> again;
    for (const open_question& q : asked) {
        const auto* no = answers[q.index].as<refusal>();
        if (no != nullptr && no->kind() == "CLUSTERDOWN") want_table();
        auto found = elsewhere.find(q.slot);
        if (found == elsewhere.end()) {
            const auto to = no == nullptr ? std::nullopt : redirection_in(*no, q.at->at);
            if (!to || is_stopping_) continue;
            const node_ptr n = node_at(to->to);
            const bool is_asking = to->what == redirection::kind::ask;
            if (is_asking) {
                n->wanted_until = steady_clock::now() + asking_time;
            } else {
                move_slot(q.slot, n);
                want_table();
            }
            found = elsewhere.emplace(q.slot, open_question{.slot = q.slot, .at = n, .is_asking = is_asking})
                        .first;
        }
        again.push_back(found->second);
        again.back().index = q.index;
    }
    return again;
}

// --- the rest of the interface

// As MGET would answer, if it could: what is no string is as good as nothing.
awaitable<result<std::vector<reply>>> cluster::ask_strings(const std::string& key,
                                                           const std::vector<std::string>& others,
                                                           deadline until) {
    std::vector<question> questions;
    questions.push_back({formatted("GET", key)});
    for (const std::string& other : others) questions.push_back({formatted("GET", other)});
    auto answers = co_await ask(questions, until);
    if (!answers) co_return answers.error();
    for (reply& answer : *answers) {
        const auto* no = answer.as<refusal>();
        if (no == nullptr || no->kind() == "WRONGTYPE") continue;
        replies refused;
        refused.push_back(std::move(answer));
        co_return refused;
    }
    replies out;
    out.push_back(reply{*std::move(answers)});
    co_return out;
}

// One name each: while a slot is on its way, a command with several is refused unless all are in one place.
std::vector<question> cluster::removal(const std::vector<std::string>& names) const {
    std::vector<question> out;
    for (const std::string& name : names) out.push_back({formatted("UNLINK", name)});
    return out;
}

std::optional<server_address> cluster::home_of(const std::string& key) const {
    const node_ptr& owner = owners_[slot_of(key)];
    if (!owner || !owner->speaks.is_connected()) return std::nullopt;
    return owner->at;
}

}  // namespace weir::redis
