// JSON texts with numbers as people write them.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace weir::api {

// Returns the text of `v`. Boost.JSON would write the double 0.341 as 3.41E-1; this writes 0.341.
std::string json_text(const boost::json::value& v);

}  // namespace weir::api
