#include "run.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace weir::test {

void run(boost::asio::io_context& context, awaitable<void> story, const std::function<void()>& at_end) {
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(story), [&](std::exception_ptr e) {
        failure = e;
        if (at_end) at_end();
    });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace weir::test
