// One keep-alive connection of a load generator: sends a request, takes the answer apart, says when it is
// complete. Owned by the driver's one thread; closes its socket when it goes.
#pragma once

#include "answer_reader.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::bench {

using clock = std::chrono::steady_clock;

class client {
 public:
    // Connected, or an exception that says why not.
    explicit client(std::uint16_t port);
    client(client&& from) noexcept;
    client& operator=(client&&) = delete;
    ~client();

    int socket() const { return socket_; }
    bool is_busy() const { return is_busy_; }
    clock::time_point due() const { return due_; }

    // `due`: when the request should have gone out, from where its latency counts.
    void send(std::string_view request, clock::time_point due);
    // Reads what is there. The status of a complete answer; 0 when the connection broke.
    std::optional<int> receive();

 private:
    int socket_ = -1;
    bool is_busy_ = false;
    clock::time_point due_;
    answer_reader reader_;
};

}  // namespace weir::bench
