// The heads that nearly all requests have, read in one pass: GET or HEAD of a path, HTTP/1.1, one Host, every
// field of visible ASCII and none about a body, an expectation or the connection (but for keep-alive).
//
// Whatever is not surely one of these is left to head_scan and parser, also to say what is wrong with it.
// What is taken here they would take too, and read the same from it. Pure.
#pragma once

#include "weir/http/listener_limits.hpp"
#include "weir/http/request.hpp"

#include <cstddef>
#include <string_view>

namespace weir::http {

// The length of such a head at the front of `received`, and the request in `into`, which was empty. Zero when
// it is incomplete or another kind; then `into` is anything.
std::size_t read_plain_head(std::string_view received, const listener_limits& allowed, request& into);

}  // namespace weir::http
