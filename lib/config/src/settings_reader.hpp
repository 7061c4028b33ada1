// Reads the tables about this process: [server], [admin], [redis], [postgres], [reads], [l1], [bus], [relay],
// [http] and [log]. Their fields are in settings_fields.hpp; here are the checks that need two of them.
#pragma once

#include "weir/config/settings.hpp"

#include "section.hpp"

namespace weir::config {

settings read_settings_of(section& root, admin_token token);

}  // namespace weir::config
