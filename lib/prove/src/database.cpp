#include "database.hpp"

namespace weir::prove {
namespace {

constexpr milliseconds connect_time_max{5000};

}  // namespace

database::database(const boost::asio::any_io_executor& executor, postgres::conninfo to, const options& how)
    : to_(std::move(to)), until_(deadline::in(how.time)), is_stopped_(how.is_stopped), on_(executor) {}

awaitable<bool> database::connect() {
    if (on_.is_busy()) co_await on_.drain(deadline::in(connect_time_max));
    if (on_.is_reusable()) co_return true;
    on_.close();
    const auto connected = co_await on_.connect(to_, deadline::in(connect_time_max));
    if (!connected) {
        const auto& message = on_.last_error().message;
        give_up("no connection to " + to_.describe() + ": " +
                (message.empty() ? connected.error().message() : message));
    }
    co_return connected.has_value();
}

awaitable<std::vector<answer>> database::ask_all(const std::vector<subject>& subjects,
                                                 const std::vector<question>& questions) {
    return ask(on_, subjects, questions, [this] { return is_over(); });
}

bool database::is_over() const {
    return until_.passed() || (is_stopped_ != nullptr && is_stopped_->load()) || !problem_.empty();
}

void database::give_up(std::string problem) {
    problem_ = std::move(problem);
}

}  // namespace weir::prove
