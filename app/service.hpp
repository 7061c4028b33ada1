// The process: owns the control side and the workers as a tree. build → start → run → stop.
#pragma once

#include "control.hpp"
#include "driver_metrics.hpp"
#include "shared.hpp"
#include "worker.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weir::app {

class service {
 public:
    // Builds everything, and opens no socket. Throws std::runtime_error for problems that the configuration
    // alone could not show.
    explicit service(config::configuration c);

    // Binds, serves, and returns after SIGTERM or SIGINT has been answered by a drain. A signal during the
    // drain ends the process at once.
    void run();

 private:
    void start();
    void wait_for_the_end();
    void drain();
    std::vector<api::dependency_state> health();
    std::string metrics_text();

    shared shared_;
    driver_metrics driver_metrics_;
    std::unique_ptr<control> control_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::atomic<bool> was_postgres_up_ = false;
    std::atomic<bool> was_registered_ = false;
    std::atomic<bool> was_redis_up_ = false;
    std::atomic<bool> was_on_bus_ = false;
    const steady_clock::time_point started_ = steady_clock::now();
};

}  // namespace weir::app
