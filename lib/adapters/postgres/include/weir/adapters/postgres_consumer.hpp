// This process's consumer, as its outbox has registered it last. The outbox sets it; the write store and
// other statements that ask what is owed read it.
//
// One per process, used on control's executor.
#pragma once

#include <cstdint>
#include <string>

namespace weir {

struct postgres_consumer {
    int id = 0;  // zero: not registered yet, so nothing is marked
    std::int64_t incarnation = 0;
    bool has_others = false;  // other consumers must be woken by what this process writes

    std::string id_text() const { return std::to_string(id); }
    std::string incarnation_text() const { return std::to_string(incarnation); }
};

// Returns the condition that a row of weir.outbox, named `o`, is owed to the consumer whose id is the
// statement's parameter `consumer` ("$1"). Rows of tables that the consumer does not declare are among them.
inline std::string owed_to(const std::string& consumer) {
    return "o.settled_at is null and not o.delivered @> array[" + consumer + "::integer]";
}

}  // namespace weir
