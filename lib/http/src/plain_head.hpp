// Reads in one pass the heads that nearly all requests have: GET or HEAD of a path, HTTP/1.1, one Host, and
// every field of visible ASCII. No field may be about a body, an expectation or the connection (except
// keep-alive).
//
// Every other head is left to head_scan and parser, which also say what is wrong with it. They would accept
// these heads too, and read the same from them. Pure.
#pragma once

#include "weir/http/listener_limits.hpp"
#include "weir/http/request.hpp"

#include <cstddef>
#include <string_view>

namespace weir::http {

// Reads such a head at the front of `received` into `into`, which was empty, and returns its length. Returns
// zero if the head is incomplete or of another kind; then `into` is undefined.
std::size_t read_plain_head(std::string_view received, const listener_limits& allowed, request& into);

}  // namespace weir::http
