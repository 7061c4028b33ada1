#include "prover.hpp"

#include "weir/schema/drift.hpp"

namespace weir::prove {
namespace {

constexpr milliseconds look_around_max{10'000};
constexpr std::size_t rounds = 4;

}  // namespace

prover::prover(const boost::asio::any_io_executor& executor, postgres::conninfo to, const policy& p,
               const options& how)
    : policy_(p),
      how_(how),
      random_(how.seed),
      database_(executor, std::move(to), how),
      evidence_(database_, p, around_),
      explorer_(database_, p, how.seed, around_, evidence_),
      attempts_(database_, p, around_, evidence_, random_),
      first_(database_, around_, evidence_, attempts_, random_),
      second_(database_, around_, evidence_, attempts_) {}

awaitable<report> prover::run() {
    const bool is_ready = co_await database_.connect();
    const bool is_known = is_ready && co_await is_installed();
    const bool is_seen = is_known && co_await explorer_.look_around();
    if (is_seen) {
        co_await try_everything();
        attempts_.list_refused();
        evidence_.list_gaps(report_.is_cut_short);
    } else if (database_.problem().empty()) {
        report_.is_cut_short = true;
    }
    report_.problem = database_.problem();
    report_.resources = around_.subjects.size();
    report_.tables = around_.mutable_tables().size();
    report_.writes = attempts_.writes();
    report_.answers = attempts_.answers();
    evidence_.move_to(report_);
    co_return std::move(report_);
}

awaitable<bool> prover::is_installed() {
    const auto drift =
        co_await trigger_drift(database_.session(), policy_, database_.until().at_most(look_around_max));
    if (!drift && database_.is_over()) co_return false;
    if (!drift) {
        database_.give_up("the triggers could not be looked at: " + drift.error().message());
    } else if (!drift->empty()) {
        std::string problem = "the database does not record what the file declares; run weir migrate first";
        for (const auto& line : *drift) problem += "\n    " + line;
        database_.give_up(std::move(problem));
    }
    co_return database_.problem().empty();
}

// Tries, in the first round, every value of every column on one row of each table. Later rounds take other
// rows.
awaitable<void> prover::try_everything() {
    const auto tables = around_.mutable_tables();
    writes_begin_ = steady_clock::now();
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < tables.size(); ++i) {
            if (database_.is_over()) {
                report_.is_cut_short = report_.is_cut_short || round == 0 || !database_.until().passed();
                co_return;
            }
            co_await first_.try_row(tables[i], round,
                                    round == 0 ? values_at_first(i, tables.size()) : column_values_later);
            if (round == 0) co_await second_.try_again(tables[i]);
            if (round == 0 && database_.is_over()) report_.is_cut_short = true;
            if (how_.on_progress) {
                how_.on_progress({.writes = attempts_.writes(),
                                  .steps = round * tables.size() + i + 1,
                                  .steps_planned = rounds * tables.size(),
                                  .counterexamples = evidence_.counterexamples()});
            }
        }
    }
}

// Returns how many values of a column the first round tries. Every table must have its turn: where the time
// runs away, fewer.
std::size_t prover::values_at_first(std::size_t done, std::size_t of) const {
    constexpr double share = 0.7;  // of the time, for the first round
    const auto passed = steady_clock::now() - writes_begin_;
    const auto all = database_.until().at() - writes_begin_;
    const double time_used = static_cast<double>(passed.count()) / static_cast<double>(all.count());
    const double work_done = static_cast<double>(done) / static_cast<double>(of);
    return time_used > share * work_done && done > 0 ? column_values_later : column_values_max;
}

awaitable<report> examine(postgres::conninfo to, const policy& p, options how) {
    prover one(co_await boost::asio::this_coro::executor, std::move(to), p, how);
    co_return co_await one.run();
}

std::string to_text(const counterexample& c) {
    std::string text = "resource." + c.resource + " is not told of a write to " + c.table + '\n';
    if (!c.preparation.empty()) text += "    given    " + c.preparation + '\n';
    text += "    write    " + c.statement + '\n';
    text += "    " + c.get + "   (" + c.key + ")\n";
    text += "    before   " + c.before + '\n';
    text += "    after    " + c.after + '\n';
    text += "    named   ";
    for (const auto& name : c.named) text += ' ' + name;
    if (c.named.empty()) text += " nothing";
    return text + "\n    add      " + c.remedy + '\n';
}

}  // namespace weir::prove
