// The limit that a server with one thread can reach on this machine: waits for readable sockets, and answers
// each request with the same bytes. It parses nothing, looks nothing up and checks no time; what is left is
// the kernel's work.
//
//     weir_epoll_loop PORT ANSWER_FILE     the file holds the whole answer as it goes over the wire, head and
//     body
//
// A request is whatever ends with an empty line, and comes in one piece: load generators on loopback send it
// so.

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int backlog = 4096;
constexpr int events_max = 256;

[[noreturn]] void give_up(const char* why) {
    std::perror(why);
    std::exit(1);
}

int listen_on(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("bind");
    if (::listen(socket, backlog) != 0) give_up("listen");
    return socket;
}

void watch(int poller, int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    if (::epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) != 0) give_up("epoll_ctl");
}

void accept_all(int poller, int listener) {
    while (true) {
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(poller, socket);
    }
}

// Waits for a client that does not read: with 64 clients that do, this never happens.
bool write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            pollfd writable{socket, POLLOUT, 0};
            ::poll(&writable, 1, -1);
        } else {
            return false;
        }
    }
    return true;
}

void answer_what_came(int socket, std::string_view answer) {
    static std::array<char, 64 * 1024> buffer;
    const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    bool is_open = count > 0;
    std::string_view left{buffer.data(), is_open ? static_cast<std::size_t>(count) : 0};
    for (auto end = left.find("\r\n\r\n"); is_open && end != left.npos; end = left.find("\r\n\r\n")) {
        is_open = write_all(socket, answer);
        left.remove_prefix(end + 4);
    }
    if (!is_open) ::close(socket);
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::fputs("usage: weir_epoll_loop PORT ANSWER_FILE\n", stderr);
        return 2;
    }
    std::ifstream file{words[2], std::ios::binary};
    const std::string answer{std::istreambuf_iterator<char>{file}, {}};
    if (answer.empty()) give_up(words[2]);
    const int listener = listen_on(static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10)));
    const int poller = ::epoll_create1(0);
    watch(poller, listener);
    std::array<epoll_event, events_max> events;
    while (true) {
        const int ready = ::epoll_wait(poller, events.data(), events_max, -1);
        for (int i = 0; i < ready; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == listener) {
                accept_all(poller, listener);
            } else {
                answer_what_came(socket, answer);
            }
        }
    }
}
