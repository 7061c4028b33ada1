// The nodes of a cluster and the table of its slots. cluster_routing.cpp sends commands to them.
#include "cluster.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/log.hpp"

#include "cluster_parts.hpp"
#include "simple_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
constexpr auto never = steady_clock::time_point::max();
// The time between two reads of the table: while all is well, and at least.
constexpr auto calm_interval = seconds{5};
constexpr milliseconds interval_min{20};
// A node without slots that a server redirected to stays connected this long: a slot is on its way to it.
constexpr auto idle_time = seconds{60};

}  // namespace

cluster::cluster(asio::any_io_executor executor, options settings, admission admit)
    : executor_(std::move(executor)),
      options_(std::move(settings)),
      admit_(std::move(admit)),
      owners_(slot_count),
      stop_signal_(executor_, never),
      alarm_(executor_) {}

cluster::~cluster() = default;

awaitable<void> cluster::run() {
    if (is_stopping_) co_return;
    const auto [order, failure, ignored] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor_, keep_table(), asio::deferred), stop_signal_.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    is_stopping_ = is_stopping_ || failure;
    for (const auto& [at, n] : nodes_) n->client.stop();
    while (running_ > 0) {
        alarm_.expires_at(never);
        co_await alarm_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    stats_.is_connected = false;
    if (order[0] == 0 && failure) std::rethrow_exception(failure);
}

void cluster::stop() {
    is_stopping_ = true;
    stop_signal_.cancel();
}

awaitable<void> cluster::keep_table() {
    backoff wait{.first = interval_min, .most = options_.backoff_max};
    std::uniform_real_distribution<double> random01(0, 1);
    while (true) {
        is_table_wanted_ = false;
        const auto known = co_await read_table(deadline::in(options_.connect_timeout));
        if (is_stopping_) co_return;
        if (known) adopt(*known);
        note_state();
        if (is_connected()) wait.reset();
        const steady_clock::duration time =
            is_connected() ? steady_clock::duration{calm_interval} : wait.next(random01(random_));
        co_await pause(time);
    }
}

// Waits until the table is wanted, and at least interval_min.
awaitable<void> cluster::pause(steady_clock::duration time) {
    const auto began = steady_clock::now();
    if (!is_table_wanted_) {
        alarm_.expires_after(time);
        co_await alarm_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const auto earliest = began + interval_min;
    if (steady_clock::now() < earliest) co_await sleep_for(earliest - steady_clock::now());
}

void cluster::want_table() {
    is_table_wanted_ = true;
    alarm_.cancel();
}

// --- reading the table

// Returns the nodes to read the table from: connected ones first, in random order. A node that is cut off
// from the others may not know that, so it must not always be the first.
std::vector<server_address> cluster::nodes_to_ask() {
    std::vector<server_address> connected;
    std::vector<server_address> others = options_.seeds;
    for (const auto& [at, n] : nodes_) (n->client.is_connected() ? connected : others).push_back(n->at);
    std::shuffle(connected.begin(), connected.end(), random_);
    std::shuffle(others.begin(), others.end(), random_);
    connected.insert(connected.end(), others.begin(), others.end());
    return connected;
}

awaitable<result<cluster::table>> cluster::read_table(deadline until) {
    const auto asked = nodes_to_ask();
    for (std::size_t i = 0; i < asked.size() && !until.passed(); ++i) {
        const auto share =
            until.at_most(until.left() / static_cast<int>(std::min<std::size_t>(asked.size() - i, 3)));
        auto known = co_await read_table_at(asked[i], share);
        if (known) co_return known;
    }
    co_return errc::unavailable;
}

awaitable<result<cluster::table>> cluster::read_table_at(server_address at, deadline until) {
    const auto known = nodes_.find(at.text());
    const node_ptr n = known == nodes_.end() ? nullptr : known->second;
    result<reply> answer = errc::unavailable;
    if (n && n->client.is_connected()) {
        command_line argv{"CLUSTER", "SLOTS"};
        answer = co_await n->client.command(std::move(argv), until);
    } else {
        answer = co_await read_slots_anew(at, until);
    }
    if (!answer) co_return answer.error();
    auto read = read_slots(*answer, at);
    if (read && read->empty()) {
        last_failure_ = at.text() + ": it knows no master that has slots";
        co_return errc::unavailable;
    }
    co_return read;
}

awaitable<result<reply>> cluster::read_slots_anew(server_address at, deadline until) {
    simple_connection with(executor_, options_.at(at));
    auto done = co_await with.connect(until);
    if (done) done = co_await with.greet(until);
    result<replies> answers = errc::unavailable;
    std::string reason = with.refused();
    if (done) {
        std::vector<command_line> commands;
        commands.push_back({"CLUSTER", "SLOTS"});
        answers = co_await with.exec(std::move(commands), until);
        if (!answers) done = answers.error();
    }
    const auto* no = answers ? answers->front().as<error_reply>() : nullptr;
    if (no != nullptr) reason = no->text;
    if (!done || no != nullptr) {
        last_failure_ = at.text() + ": " + (reason.empty() ? reason_of(done.error()) : reason);
        co_return errc::unavailable;
    }
    co_return std::move(answers->front());
}

// --- using the table

void cluster::adopt(const table& known) {
    for (const auto& [at, n] : nodes_) n->slots = 0;
    std::vector<node_ptr> owners(slot_count);
    for (const slot_range& range : known) {
        const node_ptr n = node_at(range.master);
        n->slots += range.last - range.first + 1U;
        std::fill(owners.begin() + range.first, owners.begin() + range.last + 1, n);
    }
    owners_ = std::move(owners);
    remove_idle_nodes();
}

void cluster::move_slot(std::uint16_t slot, const node_ptr& to) {
    if (owners_[slot]) --owners_[slot]->slots;
    owners_[slot] = to;
    ++to->slots;
}

void cluster::remove_idle_nodes() {
    const auto now = steady_clock::now();
    std::erase_if(nodes_, [now](const auto& entry) {
        const bool is_idle = entry.second->slots == 0 && entry.second->wanted_until < now;
        if (!is_idle) return false;
        entry.second->is_removed = true;
        entry.second->client.stop();
        return true;
    });
}

cluster::node_ptr cluster::node_at(const server_address& at) {
    node_ptr& known = nodes_[at.text()];
    if (!known) {
        options o = options_.at(at);
        o.kind = layout::single;
        o.seeds.clear();
        client_owner owner{admit_, [this] { note_state(); }, &stats_};
        known = std::make_shared<node>(executor_, std::move(o), std::move(owner));
        known->wanted_until = steady_clock::now() + idle_time;
        start(executor_, "cluster node", run_node(known));
    }
    return known;
}

awaitable<void> cluster::run_node(node_ptr n) {
    ++running_;
    co_await n->client.run();
    --running_;
    alarm_.cancel();
}

// Updates the state. Called at every change of the table or of a connection.
void cluster::note_state() {
    std::size_t covered = 0;
    std::string masters;
    std::string failure;
    for (const auto& [at, n] : nodes_) {
        if (n->slots == 0) continue;
        covered += n->slots;
        masters += (masters.empty() ? "" : ",") + at;
        if (!n->client.is_connected()) failure = at + ": " + n->client.last_failure();
    }
    if (failure.empty() && covered < slot_count)
        failure = covered == 0 ? last_failure_ : "some slots have no master";
    const bool was_connected = stats_.is_connected.exchange(failure.empty());
    last_failure_ = failure;
    if (failure.empty()) {
        if (is_news(masters)) {
            log::info("redis_cluster_known", {{"address", options_.describe()}, {"masters", masters}});
        }
    } else if (covered == 0 && is_news(failure)) {
        log::warn("redis_cluster_unreachable", {{"address", options_.describe()}, {"reason", failure}});
    }
    if (was_connected && !failure.empty()) want_table();
}

// Returns true if the log's last line about the table said something else, and notes that it says this now.
bool cluster::is_news(const std::string& of_the_table) {
    return std::exchange(last_logged_, of_the_table) != of_the_table;
}

}  // namespace weir::redis
