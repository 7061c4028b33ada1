#include "http_story.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::test {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

http_answer parse_head(const std::string& head) {
    http_answer out;
    out.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
        const std::size_t end = head.find("\r\n", at);
        const std::size_t colon = head.find(": ", at);
        if (end == at) break;
        out.fields.emplace(lower(head.substr(at, colon - at)), head.substr(colon + 2, end - colon - 2));
        at = end + 2;
    }
    return out;
}

}  // namespace

std::string http_answer::field(const std::string& name) const {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string{} : it->second;
}

http_client::http_client(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    const int on = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Thrown, not asserted: Catch2 2 asserts on one thread only.
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        throw std::runtime_error("connect");
}

http_client::~http_client() {
    ::close(socket_);
}

void http_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

bool http_client::fill() {
    char piece[16384];
    const ssize_t n = ::recv(socket_, piece, sizeof piece, 0);
    if (n <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(n));
    return true;
}

http_answer http_client::receive(bool has_body) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return {};
    }
    http_answer out = parse_head(buffer_.substr(0, end + 4));
    buffer_.erase(0, end + 4);
    const std::string length = out.field("content-length");
    if (!has_body || length.empty() || out.status == 304) return out;
    while (buffer_.size() < std::stoul(length)) {
        if (!fill()) return {};
    }
    out.body = buffer_.substr(0, std::stoul(length));
    buffer_.erase(0, out.body.size());
    return out;
}

http_answer http_client::get(const std::string& target, const std::string& fields) {
    return ask(get_request(target, fields));
}

bool http_client::is_closed_by_server() {
    char byte = 0;
    return buffer_.empty() && ::recv(socket_, &byte, 1, 0) == 0;
}

std::string http_client::rest() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

void http_client::shutdown_send() {
    ::shutdown(socket_, SHUT_WR);
}

}  // namespace weir::test
