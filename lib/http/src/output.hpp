// The sending half of a connection, sans I/O: answers that wait to be written, as one gather list.
//
// Heads and small bodies are copied into one string that keeps its memory; an entry's body, or a variant of
// it, is written from where it is, and the entry is held until its last byte is gone.
#pragma once

#include "weir/http/endpoint.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace weir::http {

// What every answer says, whatever it answers.
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
    void add(response& from, const common_fields& common);  // takes from.content
    void add_continue();

    bool is_empty() const { return written_ == total_; }
    std::size_t waiting() const { return total_ - written_; }
    std::size_t answers() const { return pieces_.size(); }

    // What is left to write. Valid until the next call of anything here.
    const std::vector<iovec>& buffers();
    void written(std::size_t bytes);

 private:
    struct piece {
        std::size_t begin = 0;  // in text_
        std::size_t end = 0;
        entry_ptr content;      // who owns the body that follows; nothing when the text holds all
        std::string_view body;  // its body, or a variant of it
    };

    void add_head(const response& from, const common_fields& common);
    void add_piece(std::size_t begin, entry_ptr content, std::string_view body);

    std::string text_;
    std::vector<piece> pieces_;
    std::vector<iovec> buffers_;
    std::size_t total_ = 0;
    std::size_t written_ = 0;
};

}  // namespace weir::http
