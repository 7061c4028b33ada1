// Expands `${VAR}` and `${VAR:-default}` in the file's text values. Pure, except process_environment().
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// Returns the value of an environment variable, or nullopt if it is not set.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> process_environment(const std::string& name);

struct expansion {
    std::string text;
    bool is_from_environment = false;  // then it may be a secret, and no message shows it
    std::vector<std::string> unset;    // the variables that are not set and have no default; error names one
    std::string error;                 // empty: done
    std::string todo;
};

// Expands the references in a text. As in the shell, the default also stands in for a variable that is set
// but empty. `$${` stands for `${`, and any other dollar for itself. The value of a variable is not expanded
// again.
expansion expand(std::string_view text, const environment& env);

}  // namespace weir::config
