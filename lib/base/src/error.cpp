#include "weir/base/error.hpp"

#include <string>

namespace weir {
namespace {

const char* text(errc e) noexcept {
    switch (e) {
        case errc::timeout:
            return "the deadline passed";
        case errc::cancelled:
            return "shutting down";
        case errc::unavailable:
            return "no connection to the dependency";
        case errc::overloaded:
            return "a bounded queue is full";
        case errc::protocol:
            return "the peer broke its protocol";
        case errc::rejected:
            return "the peer refused the request";
        case errc::conflict:
            return "the write collides with an existing row";
        case errc::constraint:
            return "the write breaks a constraint of the table";
        case errc::forbidden:
            return "the rules of the database do not allow the write";
        case errc::malformed:
            return "the text of a value does not have the form that the SQL needs";
        case errc::outcome_unknown:
            return "the connection was lost while committing";
        case errc::corrupt:
            return "not an entry that this version wrote";
    }
    return "unknown";
}

// Never deleted through its base. NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor)
class category final : public boost::system::error_category {
 public:
    const char* name() const noexcept override { return "weir"; }
    std::string message(int value) const override { return text(static_cast<errc>(value)); }
};

}  // namespace

const boost::system::error_category& weir_category() noexcept {
    static const category instance;
    return instance;
}

}  // namespace weir
