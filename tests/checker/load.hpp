// The clients of a run: writers, readers and one writer that bypasses Weir, as coroutines on one thread (the
// caller's io_context), so that what each knew when has one order without locks. Owned by main; outlives the
// context's run.
//
// Every row has one writer at a time, so its versions are ordered without asking the database.
#pragma once

#include "weir/async/task.hpp"

#include "record.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <deque>
#include <random>
#include <string>
#include <vector>

namespace weir::checker {

struct node_ports {
    unsigned short clients = 0;
    unsigned short admin = 0;
};

struct plan {
    std::vector<node_ports> nodes;
    std::string token;
    std::string postgres_url;
    catalogue rows;
    std::size_t writers = 24;  // spread over the nodes
    std::size_t readers = 18;
    unsigned bypassing_per_second = 20;
    unsigned moves_per_second = 100;  // where rows are shown through joins
    milliseconds write_pause{0};      // after each write of a writer; moderates the load
    milliseconds read_pause{0};
    std::uint64_t acknowledged_max = 0;  // ends the run; 0: does not
    seconds time_max{0};                 // the same
};

class load {
 public:
    load(boost::asio::io_context& context, plan p);

    void start();
    void stop();  // every client ends its request first
    bool is_ended() const { return clients_ == 0; }
    boost::json::object progress() const { return record_.progress(now()); }
    boost::json::object report() const { return record_.report(now()); }

 private:
    awaitable<void> write_loop(std::size_t node);
    awaitable<void> read_loop(std::size_t node);
    awaitable<void> bypass_loop();
    awaitable<void> move_loop();

    moment now() const { return std::chrono::duration_cast<moment>(steady_clock::now() - began_); }
    bool is_over() const;
    std::size_t random_below(std::size_t bound);
    view random_view();
    std::size_t take_row();
    question next_question(std::size_t node);
    void ask_everywhere(std::size_t row);
    void ask_soon(std::size_t node, question what);

    boost::asio::io_context& context_;
    boost::asio::thread_pool blocking_{2};  // for libpq alone: the bypassing writer and the moves
    plan plan_;
    record record_;
    steady_clock::time_point began_ = steady_clock::now();
    std::vector<bool> is_taken_;                // rows that are being written
    std::vector<std::deque<question>> to_ask_;  // per node: what was just written
    std::mt19937 random_{20'240'601};
    std::size_t clients_ = 0;  // not yet ended
    bool is_stopped_ = false;
};

}  // namespace weir::checker
