// Finds where an HTTP answer ends: what a load generator must know of HTTP. Pure; one of each connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::bench {

class answer_reader {
 public:
    // Takes bytes as they arrive. The status, once the answer's last byte is there; then it waits for the
    // next answer. Only answers with a Content-Length, or without a body (204, 304), and no more than one at
    // a time.
    std::optional<int> take(std::string_view bytes);

 private:
    bool take_head();

    std::string head_;
    int status_ = 0;
    std::size_t body_left_ = 0;
    bool is_in_body_ = false;
};

}  // namespace weir::bench
