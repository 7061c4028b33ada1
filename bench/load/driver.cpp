#include "driver.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace weir::bench {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr auto patience = std::chrono::seconds{10};  // for the last answers
constexpr auto sleeps_from = microseconds{200};  // shorter waits are spun through: waking up takes as long

// The same bytes but for the number.
class request_text {
 public:
    explicit request_text(const plan& p) : next_(p.first_key), keys_(p.keys) {
        const std::string line = "GET " + p.target;
        const auto at = line.find("{n}");
        has_number_ = at != line.npos;
        before_ = line.substr(0, at);
        after_ = has_number_ ? line.substr(at + 3) : "";
        after_ += " HTTP/1.1\r\nHost: localhost\r\n" + (p.header.empty() ? "" : p.header + "\r\n") + "\r\n";
    }

    const std::string& next() {
        text_ = before_;
        if (has_number_) text_ += std::to_string(next_++ % keys_ + 1);
        return text_ += after_;
    }

 private:
    std::string before_, after_, text_;
    std::uint64_t next_, keys_;
    bool has_number_ = false;
};

class work {
 public:
    explicit work(const plan& p) : plan_(p), text_(p), poller_(::epoll_create1(0)) {
        clients_.reserve(p.connections);
        for (std::size_t i = 0; i < p.connections; ++i) connect(p.ports[i % p.ports.size()]);
    }
    ~work() { ::close(poller_); }
    work(const work&) = delete;
    work& operator=(const work&) = delete;

    outcome run() {
        began_ = clock::now();
        end_ = began_ + duration_cast<nanoseconds>(duration<double>(plan_.seconds));
        if (plan_.is_at_once) end_ = began_;
        if (plan_.rate <= 0) send_on_all();
        while (is_going_on()) {
            send_what_is_due();
            if (receive_what_came() == 0) wait();
        }
        done_.seconds = duration<double>(clock::now() - began_).count();
        return std::move(done_);
    }

 private:
    void connect(std::uint16_t port) {
        clients_.emplace_back(port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = clients_.size() - 1;
        ::epoll_ctl(poller_, EPOLL_CTL_ADD, clients_.back().socket(), &event);
        idle_.push_back(clients_.size() - 1);
    }

    void send(clock::time_point due) {
        clients_[idle_.front()].send(text_.next(), due);
        idle_.pop_front();
        ++waiting_;
    }

    // Answers may come before the last request is out: they do not wait for it to be taken.
    void send_on_all() {
        for (std::size_t sent = 0; sent < plan_.connections; ++sent) {
            send(clock::now());
            if (sent % 64 == 63) receive_what_came();
        }
    }

    clock::time_point next_due() const {
        return began_ + duration_cast<nanoseconds>(duration<double>(static_cast<double>(sent_) / plan_.rate));
    }

    void send_what_is_due() {
        if (plan_.rate <= 0) return;
        const auto now = clock::now();
        while (next_due() <= now && next_due() < end_ && !idle_.empty()) {
            send(next_due());
            ++sent_;
        }
    }

    bool owes_requests() const { return plan_.rate > 0 && next_due() < end_; }

    // What was due is sent and counted, however late it gets.
    bool is_going_on() {
        const auto now = clock::now();
        const bool is_busy = now < end_ || waiting_ > 0 || owes_requests();
        if (is_busy && alive_ > 0 && now < end_ + patience) return true;
        if (owes_requests()) {
            const double left = duration<double>(end_ - next_due()).count();
            done_.unsent = static_cast<std::uint64_t>(left * plan_.rate);
        }
        return false;
    }

    // Until an answer comes or a request is due.
    void wait() {
        const auto now = clock::now();
        if (now >= end_ && waiting_ == 0) return;  // over, or there is something to send
        auto until = now < end_ ? end_ : end_ + patience;
        if (owes_requests() && !idle_.empty()) until = std::min(until, next_due());
        const auto left = until - now;
        if (left < sleeps_from) return;
        const auto ns = duration_cast<nanoseconds>(left - sleeps_from / 2).count();
        const timespec span{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
        pollfd readable{poller_, POLLIN, 0};
        ::ppoll(&readable, 1, &span, nullptr);
    }

    int receive_what_came() {
        std::array<epoll_event, 256> events;
        const int count = ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
        return count;
    }

    void receive(std::size_t index) {
        client& c = clients_[index];
        const bool was_busy = c.is_busy();
        const auto status = c.receive();
        if (!status) return;
        if (*status == 0) ::epoll_ctl(poller_, EPOLL_CTL_DEL, c.socket(), nullptr);
        if (*status == 0) --alive_;
        if (!was_busy) return;  // an idle connection was closed
        --waiting_;
        ++done_.statuses[*status];
        if (*status == 0) return;
        const auto now = clock::now();
        done_.latencies_us.push_back(
            static_cast<std::uint32_t>(duration_cast<microseconds>(now - c.due()).count()));
        idle_.push_back(index);
        if (plan_.rate <= 0 && now < end_) send(now);
    }

    const plan& plan_;
    request_text text_;
    int poller_;
    std::vector<client> clients_;
    std::deque<std::size_t> idle_;  // those without a request on the way, longest first
    std::size_t waiting_ = 0;       // requests on the way
    std::size_t alive_ = plan_.connections;
    std::uint64_t sent_ = 0;
    clock::time_point began_, end_;
    outcome done_;
};

}  // namespace

outcome drive(const plan& p) {
    return work{p}.run();
}

}  // namespace weir::bench
