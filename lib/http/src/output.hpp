// The sending half of a connection, sans I/O: answers that wait to be written, as one gather list.
//
// Heads and small bodies stand one after another in one piece of memory that is kept. So mostly there is
// nothing to gather: a system call with a list costs more than copying a few kilobytes. A larger body that is
// shared is written from where it is, and its owner is held until its last byte is gone.
#pragma once

#include "weir/http/endpoint.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace weir::http {

// The fields that every answer has.
struct common_fields {
    std::string_view date;
    std::string_view request_id;
    std::string_view traceparent;  // empty when the request had none that is valid
    bool keep_alive = true;
    bool is_http_1_0 = false;
    bool has_body = true;  // false for HEAD: the same head, and nothing after it
};

class output {
 public:
    void add(response& from, const common_fields& common);  // takes from.shared
    void add_continue();

    bool is_empty() const { return written_ == total_; }
    std::size_t waiting() const { return total_ - written_; }
    std::size_t answers() const { return answers_; }

    // Returns what is left to write. Valid until the next call of anything here.
    const std::vector<iovec>& buffers();
    void written(std::size_t bytes);

 private:
    struct large_body {
        std::size_t after = 0;  // what precedes it in text_
        shared_bytes body;
    };

    char* room_for(std::size_t bytes);
    void used_up_to(const char* end);

    std::string text_;  // memory, of which `used_` bytes are to be written
    std::size_t used_ = 0;
    std::vector<large_body> large_;
    std::vector<iovec> buffers_;
    std::size_t answers_ = 0;
    std::size_t total_ = 0;
    std::size_t written_ = 0;
};

}  // namespace weir::http
