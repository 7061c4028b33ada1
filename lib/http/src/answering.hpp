// From received bytes to answers that are ready to be written, without waiting for anything.
#pragma once

#include "listener.hpp"

namespace weir::http {

// Parses, routes and answers one request after another, until one cannot be finished at once or no whole one
// is left; c.at->due then says what for. Reads and writes nothing.
void go_on(connection& c, listener& l);

// What the endpoint of the request is asked with.
call call_of(const desk& d, const listener& l);

// Queues the answer of the request and makes ready for the next one; counts and logs it.
void finish(connection& c, listener& l);

// Answers with a problem, after which the connection closes.
void refuse(connection& c, listener& l, const refusal& why);

// Answers 500 for what an endpoint threw. Does not finish.
void failed(desk& d, std::string_view what);

}  // namespace weir::http
