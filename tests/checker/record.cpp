#include "record.hpp"

#include <boost/beast/http/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>
#include <system_error>

namespace weir::checker {
namespace json = boost::json;

namespace {

constexpr std::size_t violations_shown = 10;

double in_ms(moment time) {
    return static_cast<double>(time.count()) / 1000;
}

json::object spread(std::vector<moment> times) {
    if (times.empty()) return {{"count", 0}};
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
        return in_ms(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]);
    };
    return {{"count", times.size()}, {"p50", at(0.5)}, {"p99", at(0.99)}, {"max", in_ms(times.back())}};
}

std::optional<json::value> parsed(const http_answer& answer) {
    std::error_code failed;
    json::value body = json::parse(answer.body(), failed);
    if (failed) return std::nullopt;
    return body;
}

int version_of(const json::object& product) {
    const json::value* price = product.if_contains("price_cents");
    return price != nullptr && price->is_int64() ? static_cast<int>(price->get_int64()) : absent;
}

std::optional<std::size_t> row_of(const json::object& product) {
    const json::value* id = product.if_contains("id");
    if (id == nullptr || !id->is_string() || !id->get_string().starts_with('c')) return std::nullopt;
    const std::string_view digits = std::string_view{id->get_string()}.substr(1);
    std::size_t row = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), row);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return row;
}

const json::array* products_in(view as, const json::value& body) {
    if (as == view::list) return body.if_array();
    const json::object* page = body.if_object();
    const json::value* items = page != nullptr ? page->if_contains("items") : nullptr;
    return items != nullptr ? items->if_array() : nullptr;
}

std::string_view invalidation_of(const json::value& answer) {
    const json::object* body = answer.if_object();
    const json::value* state = body != nullptr ? body->if_contains("invalidation") : nullptr;
    return state != nullptr && state->is_string() ? std::string_view{state->get_string()}
                                                  : std::string_view{};
}

std::string_view cache_status(const http_answer& answer) {
    const auto field = answer.find("Cache-Status");
    return field == answer.end() ? std::string_view{}
                                 : std::string_view{field->value().data(), field->value().size()};
}

}  // namespace

std::string target_of(const catalogue& rows, question asked) {
    if (asked.as == view::item) return "/v1/products/" + rows.id(asked.row);
    std::string list = "/v1/products?locale=x" + std::to_string(asked.row % rows.lists);
    return asked.as == view::list ? list : list + "&limit=100";
}

record::record(catalogue rows, std::size_t nodes) : catalogue_(rows), history_(rows.rows), nodes_(nodes) {}

bool record::write_ended(std::size_t node, std::size_t row, int version,
                         const std::optional<http_answer>& answer, moment began, moment ended) {
    node_counts& counts = nodes_[node];
    const auto body = answer && answer->result_int() == 200 ? parsed(*answer) : std::nullopt;
    const std::string_view state = body ? invalidation_of(*body) : std::string_view{};
    if (state == "done") {
        history_.wrote(row, version, write_kind::acknowledged, ended);
        counts.acknowledged.push_back(ended - began);
    } else if (state == "pending") {
        history_.wrote(row, version, write_kind::pending, ended);
        ++counts.pending;
    } else {
        ++counts.failed;
    }
    return state == "done";
}

void record::bypass_ended(std::size_t row, int version, std::optional<moment> took, moment ended) {
    if (!took) {
        ++bypass_failed_;
        return;
    }
    history_.wrote(row, version, write_kind::bypassing, ended);
    transactions_.push_back(*took);
}

std::vector<int> record::versions_in(question asked, const http_answer& answer) const {
    const std::size_t list = asked.row % catalogue_.lists;
    std::vector<int> versions(catalogue_.rows, absent);
    const auto body = answer.result_int() == 200 ? parsed(answer) : std::nullopt;
    if (!body) return versions;
    if (asked.as == view::item) {
        if (const json::object* product = body->if_object()) versions[asked.row] = version_of(*product);
        return versions;
    }
    const json::array* products = products_in(asked.as, *body);
    if (products == nullptr) return versions;
    for (const json::value& product : *products) {
        if (!product.is_object()) continue;
        const auto row = row_of(product.get_object());
        if (row && *row < versions.size() && *row % catalogue_.lists == list)
            versions[*row] = version_of(product.get_object());
    }
    return versions;
}

read_outcome record::read_ended(std::size_t node, question asked, const std::optional<http_answer>& answer,
                                moment began, moment ended) {
    node_counts& counts = nodes_[node];
    // 404 is an answer, and a wrong one; 503 is none.
    if (!answer || (answer->result_int() != 200 && answer->result_int() != 404)) {
        ++counts.errors;
        return {};
    }
    const std::string_view status = cache_status(*answer);
    const auto says = [&](std::string_view part) { return status.find(part) != std::string_view::npos; };
    const bool is_from_l1 = says("detail=l1");
    ++(is_from_l1          ? counts.l1
       : says("detail=l2") ? counts.l2
       : says("fwd=miss")  ? counts.miss
                           : counts.other);
    ++views_[static_cast<std::size_t>(asked.as)];

    const std::vector<int> versions = versions_in(asked, *answer);
    if (asked.as == view::item)
        return {judge(node, asked.row, versions[asked.row], *answer, began, ended), is_from_l1};
    bool lacks_a_write = false;
    for (std::size_t row = asked.row % catalogue_.lists; row < catalogue_.rows; row += catalogue_.lists)
        lacks_a_write = judge(node, row, versions[row], *answer, began, ended) || lacks_a_write;
    return {lacks_a_write, is_from_l1};
}

bool record::judge(std::size_t node, std::size_t row, int version, const http_answer& answer, moment began,
                   moment ended) {
    const verdict judged = history_.read(row, version, began);
    if (!judged.broken) return judged.lacks_a_write;
    ++violations_;
    longest_staleness_ = std::max(longest_staleness_, judged.broken->staleness);
    if (first_violations_.size() == violations_shown) return true;
    std::ostringstream head;
    head << answer.base();
    first_violations_.push_back({{"row", catalogue_.id(row)},
                                 {"node", node},
                                 {"version", version},
                                 {"expected", judged.broken->expected},
                                 {"acknowledged_at_ms", in_ms(judged.broken->acknowledged_at)},
                                 {"began_ms", in_ms(began)},
                                 {"ended_ms", in_ms(ended)},
                                 {"head", head.str()},
                                 {"body", answer.body().substr(0, 1000)}});
    return true;
}

std::uint64_t record::acknowledged() const {
    std::uint64_t sum = 0;
    for (const node_counts& node : nodes_) sum += node.acknowledged.size();
    return sum;
}

json::object record::node_counts::report(bool is_whole) const {
    json::object out{{"acknowledged", acknowledged.size()},
                     {"pending", pending},
                     {"failed", failed},
                     {"l1", l1},
                     {"l2", l2},
                     {"miss", miss},
                     {"other", other},
                     {"errors", errors}};
    if (is_whole) out["acknowledged_ms"] = spread(acknowledged);
    return out;
}

json::object record::progress(moment now) const {
    json::array nodes;
    for (const node_counts& node : nodes_) nodes.push_back(node.report(false));
    return {{"seconds", in_ms(now) / 1000},
            {"acknowledged", acknowledged()},
            {"bypassing", transactions_.size()},
            {"violations", violations_},
            {"nodes", std::move(nodes)}};
}

json::object record::report(moment now) const {
    json::object out = progress(now);
    std::vector<moment> all;
    json::array nodes;
    for (const node_counts& node : nodes_) {
        all.insert(all.end(), node.acknowledged.begin(), node.acknowledged.end());
        nodes.push_back(node.report(true));
    }
    out["nodes"] = std::move(nodes);
    out["acknowledged_ms"] = spread(std::move(all));
    out["transaction_ms"] = spread(transactions_);
    out["bypass_failed"] = bypass_failed_;
    out["bypass_unseen_ms"] = spread(history_.unseen_times(write_kind::bypassing));
    out["pending_unseen_ms"] = spread(history_.unseen_times(write_kind::pending));
    out["items"] = views_[0];
    out["lists"] = views_[1];
    out["pages"] = views_[2];
    out["longest_staleness_ms"] = in_ms(longest_staleness_);
    out["first_violations"] = first_violations_;
    return out;
}

}  // namespace weir::checker
