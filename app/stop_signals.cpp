#include "stop_signals.hpp"

#include <utility>

namespace weir::app {

void stop_signals::listen() {
    if (std::exchange(is_listening_, true)) return;
    signals_.async_wait([this](boost::system::error_code, int number) {
        is_listening_ = false;
        received_ = number;
    });
}

int stop_signals::wait() {
    listen();
    while (received_ == 0) {
        context_.restart();
        context_.run_one();
    }
    return std::exchange(received_, 0);
}

int stop_signals::wait_for(milliseconds time) {
    listen();
    context_.restart();
    context_.run_one_for(time);
    return std::exchange(received_, 0);
}

}  // namespace weir::app
