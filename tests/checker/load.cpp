#include "load.hpp"

#include "bypass.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace weir::checker {
namespace asio = boost::asio;

namespace {

// Longer than Weir's own limits (2 s for a request, the lease for an acknowledgement), so that its answer
// counts.
constexpr milliseconds read_timeout{3000};
constexpr milliseconds write_timeout{5000};
constexpr milliseconds rest_after_error{20};  // a dead node is not asked in a hot loop
constexpr std::size_t to_ask_max = 32;

struct presence {
    std::size_t& clients;
    ~presence() { --clients; }
};

struct committed {
    std::optional<moment> took;
    steady_clock::time_point at;
};

// Runs on the blocking thread.
awaitable<committed> commit(bypass& writer, std::string id, int version) {
    const auto took = writer.set_version(id, version);
    co_return committed{.took = took, .at = steady_clock::now()};
}

awaitable<void> move(bypass& mover, bypass::move_kind kind, std::size_t number, std::size_t joined) {
    mover.move(kind, number, joined);
    co_return;
}

}  // namespace

load::load(asio::io_context& context, plan p)
    : context_(context),
      plan_(std::move(p)),
      record_(plan_.rows, plan_.nodes.size()),
      is_taken_(plan_.rows.rows),
      to_ask_(plan_.nodes.size()) {
    if (plan_.rows.rows < 2 * (plan_.writers + 1))
        throw std::runtime_error("too few rows for so many writers");
}

void load::start() {
    const auto executor = context_.get_executor();
    began_ = steady_clock::now();
    const bool has_moves = plan_.rows.joined > 0 && plan_.moves_per_second > 0;
    clients_ = plan_.writers + plan_.readers + (plan_.bypassing_per_second > 0 ? 1 : 0) + (has_moves ? 1 : 0);
    if (has_moves) weir::start(executor, "moves", move_loop());
    for (std::size_t n = 0; n < plan_.writers; ++n)
        weir::start(executor, "writer", write_loop(n % plan_.nodes.size()));
    for (std::size_t n = 0; n < plan_.readers; ++n)
        weir::start(executor, "reader", read_loop(n % plan_.nodes.size()));
    if (plan_.bypassing_per_second > 0) weir::start(executor, "bypass", bypass_loop());
}

void load::stop() {
    is_stopped_ = true;
}

bool load::is_over() const {
    return is_stopped_ || (plan_.acknowledged_max > 0 && record_.acknowledged() >= plan_.acknowledged_max) ||
           (plan_.time_max.count() > 0 && now() >= plan_.time_max);
}

std::size_t load::random_below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
}

view load::random_view() {
    constexpr std::array views{view::item,  view::item,   view::list, view::page,
                               view::order, view::basket, view::shelf};
    const std::size_t without_joins = 4;
    return views[random_below(plan_.rows.joined > 0 ? views.size() : without_joins)];
}

std::size_t load::take_row() {
    std::size_t row = random_below(is_taken_.size());
    while (is_taken_[row]) row = random_below(is_taken_.size());  // at most half of them are
    is_taken_[row] = true;
    return row;
}

awaitable<void> load::write_loop(std::size_t node) {
    const presence until_its_end{clients_};
    client admin(context_.get_executor(), plan_.nodes[node].admin, write_timeout);
    while (!is_over()) {
        const std::size_t row = take_row();
        const int version = record_.issue(row);
        const moment began = now();
        std::string target = "/admin/v1/products/" + plan_.rows.id(row);
        std::string body = fmt::format(R"({{"price_cents":{}}})", version);
        const auto answer = co_await admin.post(std::move(target), plan_.token, std::move(body));
        const bool is_done = record_.write_ended(node, row, version, answer, began, now());
        is_taken_[row] = false;
        if (is_done) ask_everywhere(row);
        const bool is_error = !answer || answer->result_int() != 200;
        const milliseconds rest = is_error ? rest_after_error : plan_.write_pause;
        if (rest.count() > 0) co_await sleep_for(rest);
    }
}

awaitable<void> load::read_loop(std::size_t node) {
    const presence until_its_end{clients_};
    client reader(context_.get_executor(), plan_.nodes[node].clients, read_timeout);
    while (!is_over()) {
        const question asked = next_question(node);
        const moment began = now();
        std::string target = target_of(plan_.rows, asked);
        const auto answer = co_await reader.get(std::move(target));
        const read_outcome seen = record_.read_ended(node, asked, answer, began, now());
        // What this answer has left in L1 is asked for too, or few entries there would live to be read.
        if (seen.lacks_a_write || (answer && !seen.is_from_l1)) ask_soon(node, asked);
        const milliseconds rest = answer ? plan_.read_pause : rest_after_error;
        if (rest.count() > 0) co_await sleep_for(rest);
    }
}

awaitable<void> load::bypass_loop() {
    const presence until_its_end{clients_};
    bypass writer(plan_.postgres_url);
    const auto interval = std::chrono::duration_cast<milliseconds>(seconds{1}) / plan_.bypassing_per_second;
    while (!is_over()) {
        const std::size_t row = take_row();
        const int version = record_.issue(row);
        auto work = commit(writer, plan_.rows.id(row), version);
        const committed done = co_await asio::co_spawn(blocking_, std::move(work), asio::use_awaitable);
        record_.bypass_ended(row, version, done.took, std::chrono::duration_cast<moment>(done.at - began_));
        is_taken_[row] = false;
        if (done.took) ask_everywhere(row);
        co_await sleep_for(interval);
    }
}

// A row is shown by other answers from then on. Their old ones are owed until some relay has delivered them,
// and an acknowledged write of that row meanwhile must reach them all the same.
awaitable<void> load::move_loop() {
    const presence until_its_end{clients_};
    bypass mover(plan_.postgres_url);
    const auto interval = std::chrono::duration_cast<milliseconds>(seconds{1}) / plan_.moves_per_second;
    while (!is_over()) {
        const auto kind = static_cast<bypass::move_kind>(random_below(3));
        auto work = move(mover, kind, random_below(plan_.rows.joined), plan_.rows.joined);
        co_await asio::co_spawn(blocking_, std::move(work), asio::use_awaitable);
        co_await sleep_for(interval);
    }
}

// A write is followed by a read on every node as soon as one of its readers is free: nothing else finds a
// missing acknowledgement, whose harm lasts for a fraction of a millisecond.
void load::ask_everywhere(std::size_t row) {
    for (std::size_t node = 0; node < to_ask_.size(); ++node)
        ask_soon(node, question{.row = row, .as = random_view()});
}

void load::ask_soon(std::size_t node, question what) {
    to_ask_[node].push_back(what);
    if (to_ask_[node].size() > to_ask_max) to_ask_[node].pop_front();
}

// The newest write first. Every third question is any row, so that old entries are asked for as well.
question load::next_question(std::size_t node) {
    auto& known = to_ask_[node];
    if (known.empty() || random_below(3) == 0)
        return {.row = random_below(plan_.rows.rows), .as = random_view()};
    const question next = known.back();
    known.pop_back();
    return next;
}

}  // namespace weir::checker
