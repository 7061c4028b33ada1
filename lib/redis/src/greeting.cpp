#include "greeting.hpp"

#include <cstddef>

namespace weir::redis {
namespace {

constexpr std::size_t reason_bytes_max = 200;

// Returns the server's words, unless they repeat a secret: Weir does not know what is at the other end.
std::string refused(const std::string& step, const error_reply& r, const options& o) {
    const bool is_safe = o.password.empty() || r.text.find(o.password) == std::string::npos;
    const std::string words = is_safe ? r.text.substr(0, reason_bytes_max) : std::string(r.kind());
    return step + " was refused: " + words;
}

// Returns whether the connection is usable all the same: a user without the right to CLIENT, PING or INFO got
// an answer.
bool is_harmless(const std::string& step, const error_reply& r) {
    return step == "CLIENT" || (r.kind() == "NOPERM" && (step == "PING" || step == "INFO"));
}

// Returns the value behind "\nname:" in a reply to INFO.
std::string field(const reply& info, std::string_view name) {
    const auto* text = info.as<std::string>();
    if (text == nullptr) return {};
    const auto at = text->find("\n" + std::string(name) + ":");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 2;
    return text->substr(begin, text->find_first_of("\r\n", begin) - begin);
}

}  // namespace

std::vector<command_line> greeting(const options& o) {
    std::vector<command_line> steps;
    if (!o.user.empty()) {
        steps.push_back({"AUTH", o.user, o.password});
    } else if (!o.password.empty()) {
        steps.push_back({"AUTH", o.password});
    }
    if (o.db != 0) steps.push_back({"SELECT", std::to_string(o.db)});
    steps.push_back({"CLIENT", "SETNAME", o.client_name});
    steps.push_back({"PING"});
    return steps;
}

std::optional<std::string> refused_greeting(const std::vector<command_line>& steps,
                                            const std::vector<reply>& answers, const options& o) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto* r = answers[i].as<error_reply>();
        if (r == nullptr || is_harmless(steps[i][0], *r)) continue;
        return refused(steps[i][0], *r, o);
    }
    return std::nullopt;
}

bool is_master(const reply& role) {
    const auto* parts = role.as<std::vector<reply>>();
    const auto* name = parts == nullptr || parts->empty() ? nullptr : parts->front().as<std::string>();
    return name != nullptr && *name == "master";
}

std::string identity_in(const reply& server, const reply& replication) {
    const std::string run = field(server, "run_id");
    const std::string data = field(replication, "master_replid");
    return run.empty() || data.empty() ? std::string() : run + ":" + data;
}

}  // namespace weir::redis
