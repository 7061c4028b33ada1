#include "client.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weir::bench {

client::client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int why = errno;
        ::close(socket_);
        throw std::system_error(why, std::generic_category(), "connect");
    }
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

client::client(client&& from) noexcept
    : socket_(std::exchange(from.socket_, -1)),
      is_busy_(from.is_busy_),
      due_(from.due_),
      reader_(std::move(from.reader_)) {}

client::~client() {
    if (socket_ >= 0) ::close(socket_);
}

// A request of a hundred bytes always fits into an idle connection's buffer; a broken one shows when it is
// read.
void client::send(std::string_view request, clock::time_point due) {
    due_ = due;
    is_busy_ = true;
    [[maybe_unused]] const auto sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
}

std::optional<int> client::receive() {
    static std::array<char, 64 * 1024> buffer;
    const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return std::nullopt;
    if (count <= 0) return 0;
    const auto status = reader_.take({buffer.data(), static_cast<std::size_t>(count)});
    if (status) is_busy_ = false;
    return status;
}

}  // namespace weir::bench
