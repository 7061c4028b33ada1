#include "poller.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>

namespace weir::http {
namespace {

namespace asio = boost::asio;

int make_epoll() {
    const int made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
    return made;
}

epoll_event interest(void* tag) {
    epoll_event e{};
    e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    e.data.ptr = tag;
    return e;
}

}  // namespace

poller::poller(const asio::any_io_executor& worker) : epoll_(worker, make_epoll()) {}

bool poller::watch(int socket, void* tag) {
    epoll_event e = interest(tag);
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &e) == 0;
}

void poller::remind(int socket, void* tag) {
    epoll_event e = interest(tag);
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, socket, &e);
}

awaitable<void> poller::wait() {
    error_code ec;
    co_await epoll_.async_wait(asio::posix::stream_descriptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, ec));
}

void poller::cancel() {
    error_code ignored;
    epoll_.cancel(ignored);
}

std::span<const epoll_event> poller::take() {
    const int count = ::epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), 0);
    return std::span{ready_}.first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

}  // namespace weir::http
