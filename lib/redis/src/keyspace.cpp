#include "weir/redis/keyspace.hpp"

#include "weir/redis/client.hpp"

#include "cluster.hpp"

#include <utility>

namespace weir::redis {

keyed_command to_keyed_command(const command_line& argv) {
    keyed_command out;
    append_formatted(argv, out.formatted);
    return out;
}

result<keyspace::strings> keyspace::strings_in(result<std::vector<reply>> answers, std::size_t others) {
    if (!answers) return answers.error();
    auto answer = accept(std::move(answers->front()));
    if (!answer) return answer.error();
    auto* found = answer->as<std::vector<reply>>();
    if (found == nullptr || found->size() != others + 1) return errc::protocol;
    strings out;
    if (auto* text = found->front().as<std::string>()) out.first = std::move(*text);
    out.others.resize(others);
    for (std::size_t i = 0; i < others; ++i) {
        if (auto* text = (*found)[i + 1].as<std::string>()) out.others[i] = std::move(*text);
    }
    return out;
}

awaitable<result<reply>> keyspace::exec_one(keyed_command what, deadline until) {
    auto answers = co_await exec({&what, 1}, until);
    if (!answers) co_return answers.error();
    co_return accept(std::move(answers->front()));
}

awaitable<result<std::vector<reply>>> keyspace::exec_all(std::vector<keyed_command> commands,
                                                         deadline until) {
    auto answers = co_await exec(commands, until);
    if (!answers) co_return answers.error();
    for (reply& r : *answers) {
        auto accepted = accept(std::move(r));
        if (!accepted) co_return accepted.error();
        r = std::move(*accepted);
    }
    co_return answers;
}

std::unique_ptr<keyspace> open_keyspace(boost::asio::any_io_executor executor, options settings,
                                        admission admit) {
    if (settings.kind == layout::cluster)
        return std::make_unique<cluster>(std::move(executor), std::move(settings), std::move(admit));
    return std::make_unique<client>(std::move(executor), std::move(settings), std::move(admit));
}

}  // namespace weir::redis
