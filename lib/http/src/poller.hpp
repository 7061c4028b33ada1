// Reports which connections have something to read, or room to write again.
//
// It is an epoll of the listener's own, which Asio watches as one descriptor. So a connection that waits for
// its next request costs no pending operation, no buffer and no coroutine. A hit costs none of Asio's
// book-keeping: one call returns a batch of ready connections. Each change is reported once (edge-triggered),
// so a reader or writer goes on until the socket has no more.
//
// Used on its worker's executor only.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <sys/epoll.h>

namespace weir::http {

class poller {
 public:
    // Throws boost::system::system_error when the process is out of descriptors.
    explicit poller(const boost::asio::any_io_executor& worker);

    // Watches `socket` until it is closed. Its events carry `tag`. Returns false if the kernel is out of
    // memory.
    bool watch(int socket, void* tag);

    // Reports the socket once more, if there is still something to report.
    void remind(int socket, void* tag);

    // Waits until there are events. Ended by cancel().
    awaitable<void> wait();
    void cancel();

    // Takes the events. Valid until the next call.
    std::span<const epoll_event> take();

 private:
    boost::asio::posix::stream_descriptor epoll_;
    std::array<epoll_event, 128> ready_{};
};

}  // namespace weir::http
