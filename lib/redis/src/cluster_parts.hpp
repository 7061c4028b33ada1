// The parts of a cluster; shared by its two source files only.
#pragma once

#include "cluster.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::redis {

struct cluster::node {
    node(boost::asio::any_io_executor executor, options o, client_owner owner)
        : at(o.address()), client(std::move(executor), std::move(o), std::move(owner)) {}

    const server_address at;
    redis::client client;
    std::size_t slots = 0;                    // the number that it owns
    steady_clock::time_point wanted_until{};  // while it has no slots: one may be on its way
    bool is_removed = false;
};

struct cluster::open_command {
    std::size_t index = 0;
    std::uint16_t slot = 0;
    node_ptr at;             // null: the slot's owner; afterwards the node that was used
    bool is_asking = false;  // sent behind ASKING: the slot still belongs to another node
};

struct cluster::node_batch {
    node_ptr at;
    bool is_asking = false;
    std::vector<std::size_t> indices;
    std::string formatted;
    error_code failure;
};

}  // namespace weir::redis
