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
    constexpr std::array<std::string_view, view_count> joined{"", "", "", "orders", "baskets", "shelves"};
    if (const auto kind = joined[static_cast<std::size_t>(asked.as)]; !kind.empty()) {
        return "/v1/checked/" + std::string{kind} + "/" + std::to_string(asked.row % rows.joined);
    }
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

// Returns what an answer shows, or should: a list has all of its rows.
std::vector<record::shown> record::shown_in(question asked, const http_answer& answer) const {
    const auto body = answer.result_int() == 200 ? parsed(answer) : std::nullopt;
    if (asked.as == view::list || asked.as == view::page) return listed_in(asked, body);
    const json::object* product = body ? body->if_object() : nullptr;
    if (asked.as == view::item) {
        return {{asked.row, product != nullptr ? version_of(*product) : absent}};
    }
    const json::value* items = product != nullptr ? product->if_contains("items") : nullptr;
    if (items == nullptr || !items->is_array()) return {};
    std::vector<shown> out;
    for (const json::value& item : items->get_array()) {
        const auto row = item.is_object() ? row_of(item.get_object()) : std::nullopt;
        if (row && *row < catalogue_.rows) out.push_back({*row, version_of(item.get_object())});
    }
    return out;
}

std::vector<record::shown> record::listed_in(question asked, const std::optional<json::value>& body) const {
    const std::size_t list = asked.row % catalogue_.lists;
    std::vector<shown> out;
    for (std::size_t row = list; row < catalogue_.rows; row += catalogue_.lists) out.push_back({row});
    const json::array* products = body ? products_in(asked.as, *body) : nullptr;
    if (products == nullptr) return out;
    for (const json::value& product : *products) {
        const auto row = product.is_object() ? row_of(product.get_object()) : std::nullopt;
        if (row && *row < catalogue_.rows && *row % catalogue_.lists == list) {
            out[*row / catalogue_.lists].version = version_of(product.get_object());
        }
    }
    return out;
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

    bool lacks_a_write = false;
    for (const shown& one : shown_in(asked, *answer)) {
        lacks_a_write = judge(node, one.row, one.version, *answer, began, ended) || lacks_a_write;
    }
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
    out["joined"] = views_[3] + views_[4] + views_[5];
    out["longest_staleness_ms"] = in_ms(longest_staleness_);
    out["first_violations"] = first_violations_;
    return out;
}

}  // namespace weir::checker
