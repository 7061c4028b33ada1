#include "weir/http/endpoint.hpp"

#include "weir/http/text_writer.hpp"

namespace weir::http {

namespace {

constexpr std::size_t answer_bytes_kept = 4096;  // of memory, between requests: /metrics may be large

}  // namespace

void response::reset(std::size_t field_bytes_kept) {
    status = 200;
    fields.resize(field_bytes_kept);
    body.clear();
    if (body.capacity() > answer_bytes_kept) body.shrink_to_fit();
    shared.reset();
    outcome = {};
}

void response::field(std::string_view name, std::string_view value) {
    const std::size_t begin = fields.size();
    fields.resize(begin + name.size() + value.size() + 4);
    text_writer{fields.data() + begin}.put(name).put(": ").put(value).put("\r\n");
}

}  // namespace weir::http
