// The project's only vocabulary for what can go wrong at run time, and result<T> to carry it.
//
// What can happen is a result, what must not happen is an exception, and what cannot happen is an assert.
// Each value below is an answer that some caller acts on. Details for people (an SQL message, an address) go
// to the log at the place where they are known.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace weir {

enum class errc {
    timeout = 1,      // the deadline passed; the peer may or may not have acted
    cancelled,        // Weir is shutting down
    unavailable,      // no connection to the dependency right now; fails at once instead of waiting for one
    overloaded,       // a bounded queue is full
    protocol,         // the peer sent what its protocol does not allow
    rejected,         // the peer understood and refused (a Redis error reply, an SQL error)
    conflict,         // the write collides with existing rows (unique, exclusion, foreign key)
    constraint,       // the write breaks a constraint or does not fit a column
    forbidden,        // the database's own rules do not allow it to this client: a row-level policy
    malformed,        // a value's text is not one of the type that the SQL casts it to
    outcome_unknown,  // the connection was lost while committing: done or not, it is not known
    corrupt,          // stored bytes are not an entry that this version wrote
};

const boost::system::error_category& weir_category() noexcept;

inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), weir_category()};
}

using error_code = boost::system::error_code;

template <class T = void>
using result = boost::system::result<T>;

}  // namespace weir

template <>
struct boost::system::is_error_code_enum<weir::errc> : std::true_type {};
