#include "weir/http/endpoint.hpp"

namespace weir::http {

void response::reset() {
    status = 200;
    fields.clear();
    body.clear();
    content.reset();
    outcome = {};
}

void response::field(std::string_view name, std::string_view value) {
    fields.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace weir::http
