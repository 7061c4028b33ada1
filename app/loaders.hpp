// The loaders of one executor, and which of them a resource's load is for. A new kind of load is one more
// member and one more loader_of() here.
//
// One per worker, and one for control's audits, each used on its executor.
#pragma once

#include "weir/adapters/postgres_loader.hpp"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace weir::app {

class loaders final : public loader {
 public:
    explicit loaders(postgres::pool& pool) : sql_(pool) {}

    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                        context within) override {
        return std::visit([&](const auto& from) { return loader_of(from).load(what, values, within); },
                          what.from);
    }

    // Returns how many loads wait for a connection. From any thread.
    std::size_t waiting() const { return sql_.waiting(); }

 private:
    loader& loader_of(const sql_load&) { return sql_; }

    postgres_loader sql_;
};

}  // namespace weir::app
