// The tables about this process: [server], [admin], [redis], [postgres], [reads], [relay], [http], [log].
#pragma once

#include "weir/config/settings.hpp"

#include "section.hpp"

namespace weir::config {

settings read_settings_of(section& root, admin_token token);

}  // namespace weir::config
