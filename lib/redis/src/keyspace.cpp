#include "weir/redis/keyspace.hpp"

#include "weir/redis/client.hpp"

#include "cluster.hpp"

#include <utility>

namespace weir::redis {

awaitable<result<reply>> keyspace::ask_one(question what, deadline until) {
    std::vector<question> questions;
    questions.push_back(std::move(what));
    auto answers = co_await ask(questions, until);
    if (!answers) co_return answers.error();
    co_return accept(std::move(answers->front()));
}

awaitable<result<std::vector<reply>>> keyspace::ask_all(std::vector<question> questions, deadline until) {
    auto answers = co_await ask(questions, until);
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
