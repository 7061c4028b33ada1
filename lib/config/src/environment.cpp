#include "weir/config/environment.hpp"

#include <algorithm>
#include <cstdlib>

namespace weir::config {
namespace {

bool is_variable_name(std::string_view name) {
    const auto is_ok = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
           std::all_of(name.begin(), name.end(), is_ok);
}

// Expands one reference, given without its braces: "VAR" or "VAR:-default".
void expand_reference(std::string_view reference, const environment& env, expansion& out) {
    const auto split = reference.find(":-");
    const std::string name{reference.substr(0, split)};
    if (!is_variable_name(name)) {
        out.unset.clear();  // this mistake counts more
        // What follows is not shown, since it may be a default with a password.
        constexpr auto in_names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
        out.error = "\"${" + name.substr(0, name.find_first_not_of(in_names)) +
                    "…\" does not name an environment variable";
        out.todo = "write ${NAME} or ${NAME:-default}; write $${ for a literal ${";
        return;
    }
    const auto value = env(name);
    if (value && !(value->empty() && split != std::string_view::npos)) {
        out.text += *value;
        out.is_from_environment = true;
    } else if (split != std::string_view::npos) {
        out.text += reference.substr(split + 2);
    } else {
        out.unset.push_back(name);
        if (!out.error.empty()) return;
        out.error = "the environment variable " + name + " is not set";
        out.todo = "set " + name + ", or give it a default: ${" + name + ":-default}";
    }
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

expansion expand(std::string_view text, const environment& env) {
    expansion out;
    std::size_t at = 0;
    // A variable that is not set does not end it: all of them are named.
    while (at < text.size() && out.error.empty() == out.unset.empty()) {
        if (text.substr(at, 3) == "$${") {
            out.text += "${";
            at += 3;
        } else if (text.substr(at, 2) == "${") {
            const auto close = text.find('}', at);
            if (close == std::string_view::npos) {
                out.unset.clear();
                out.error = "\"${\" is not closed";
                out.todo = "write ${NAME} or ${NAME:-default}; write $${ for a literal ${";
                break;
            }
            expand_reference(text.substr(at + 2, close - at - 2), env, out);
            at = close + 1;
        } else {
            out.text += text[at++];
        }
    }
    return out;
}

}  // namespace weir::config
