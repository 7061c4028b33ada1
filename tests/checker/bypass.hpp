// A writer that knows nothing of Weir: the plain transaction through libpq, as psql or another service would
// do it. Blocking, so it lives on a thread of its own; not shared.
#pragma once

#include "history.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct pg_conn;

namespace weir::checker {

class bypass {
 public:
    explicit bypass(std::string url);
    ~bypass();

    // Changes what a join shows: an order's line gets another product or another shelf, a basket another
    // order, each at random. Nothing happens if Postgres is away.
    enum class move_kind { product_of_line, shelf_of_line, order_of_basket };
    void move(move_kind what, std::size_t number, std::size_t joined);

    // BEGIN, UPDATE, COMMIT; how long they took. Nothing: not known to be committed. Connects when it has to.
    std::optional<moment> set_version(const std::string& id, int version);

 private:
    bool connect();
    bool run(const char* sql);
    bool update(const std::string& id, int version);

    struct closer {
        void operator()(pg_conn* connection) const;
    };
    std::string url_;
    std::unique_ptr<pg_conn, closer> connection_;
};

}  // namespace weir::checker
