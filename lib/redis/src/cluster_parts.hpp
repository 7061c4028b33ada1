// What a cluster is made of; shared by its two source files only.
#pragma once

#include "cluster.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::redis {

struct cluster::node {
    node(boost::asio::any_io_executor executor, options o, client_owner owner)
        : at(o.address()), speaks(std::move(executor), std::move(o), std::move(owner)) {}

    const server_address at;
    client speaks;
    std::size_t slots = 0;                    // that it owns
    steady_clock::time_point wanted_until{};  // without slots: it may get some
    bool is_dismissed = false;
};

struct cluster::open_question {
    std::size_t index = 0;
    std::uint16_t slot = 0;
    node_ptr at;             // null: the slot's owner; afterwards who was asked
    bool is_asking = false;  // there, although the slot is still another's
};

struct cluster::batch {
    node_ptr at;
    bool is_asking = false;
    std::vector<std::size_t> indices;
    std::string formatted;
    error_code failure;
};

}  // namespace weir::redis
