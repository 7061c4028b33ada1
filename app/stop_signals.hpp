// Receives SIGTERM and SIGINT as long as it lives. Afterwards each of them ends the process at once.
//
// Owned and used by the main thread, which has nothing else to do.
#pragma once

#include "weir/base/time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace weir::app {

class stop_signals {
 public:
    // Waits for the next signal and returns its number.
    int wait();

    // Waits for at most this time. Returns 0 if no signal came.
    int wait_for(milliseconds time);

 private:
    void listen();

    boost::asio::io_context context_;
    boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
    bool is_listening_ = false;
    int received_ = 0;
};

}  // namespace weir::app
