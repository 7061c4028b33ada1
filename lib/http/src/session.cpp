#include "session.hpp"

#include "answering.hpp"
#include "transfer.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace weir::http {
namespace {

using phase = connection::phase;

// Asks the endpoint, which takes its time and has a deadline of its own.
awaitable<void> ask(connection& c, listener& l) {
    desk& d = *c.at;
    c.enter(phase::answering, steady_clock::time_point::max());
    try {
        const call asked = call_of(d, l);
        co_await d.matched.found->target->respond(asked, d.answer);
    } catch (const boost::system::system_error& e) {
        if (e.code() == boost::asio::error::operation_aborted) throw;  // the drain's deadline
        failed(d, e.what());
    } catch (const std::exception& e) {
        failed(d, e.what());
    }
    l.now = moment::now();
    finish(c, l);
}

}  // namespace

awaitable<bool> serve(connection& c, listener& l) {
    while (true) {
        // Before anything that may take time, what is answered goes out.
        const bool is_written = co_await write_out(c, l);
        if (!is_written) co_return false;
        const next due = c.at->due;
        if (due == next::close) break;
        if (due == next::ask) co_await ask(c, l);
        if (due == next::read) {
            const arrival got = co_await read_some(c, l);
            if (got == arrival::nothing) co_return false;
            if (got == arrival::none_yet) co_return true;
            if (got == arrival::too_slow) refuse(c, l, {408, "the request did not arrive in time"});
        }
        go_on(c, l);
    }
    co_await hang_up(c, l);
    co_return false;
}

}  // namespace weir::http
