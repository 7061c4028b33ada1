#include "weir/http/endpoint.hpp"

namespace weir::http {

namespace {

constexpr std::size_t body_bytes_kept = 4096;  // of memory, between requests: /metrics may be large

}  // namespace

void response::reset() {
    status = 200;
    fields.clear();
    body.clear();
    if (body.capacity() > body_bytes_kept) body.shrink_to_fit();
    content.reset();
    coded = nullptr;
    outcome = {};
}

void response::field(std::string_view name, std::string_view value) {
    fields.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace weir::http
