// `${VAR}` and `${VAR:-default}` in the file's text values. Pure, but for process_environment().
#pragma once

#include "weir/config/load.hpp"

#include <string>
#include <string_view>

namespace weir::config {

struct expansion {
    std::string text;
    bool is_from_environment = false;  // then it may be a secret, and no message shows it
    std::string error;                 // empty: done
    std::string todo;
};

// As in the shell, the default also stands in for a variable that is set but empty. `$${` stands for `${`;
// any other dollar for itself. What a variable holds is not expanded again.
expansion expand(std::string_view text, const environment& env);

}  // namespace weir::config
