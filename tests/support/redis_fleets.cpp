#include "support/redis_fleets.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace weir::test {
namespace {

using words = std::vector<std::string>;

const std::string master_name = "mymaster";

// Generous, because sanitizer builds of several tests share two cores. What throws is not there yet.
void wait_for(const std::string& what, const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{40};
    while (true) {
        try {
            if (is_so()) return;
        } catch (const std::runtime_error&) {
        }
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error("not in time: " + what);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

words split(const std::string& text) {
    std::istringstream in(text);
    words out;
    for (std::string word; in >> word;) out.push_back(word);
    return out;
}

std::string port_of(const private_server& server) {
    return std::to_string(server.port());
}

// Replicas connect at once, not five seconds later. A node of a Cluster lists a replica from its master's
// first ping on: after a second, not after ten.
words and_replication(words extra) {
    extra.insert(extra.end(), {"--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
                               "--repl-ping-replica-period", "1"});
    return extra;
}

bool has(const private_redis& server, const std::string& section, const std::string& line) {
    return server.command({"INFO", section}).find(line) != std::string::npos;
}

// Lines of CLUSTER NODES: id ip:port@bus flags master … link-state slots…
std::string port_in(const std::string& address) {
    const auto colon = address.find(':');
    return address.substr(colon + 1, address.find('@') - colon - 1);
}

// The ports of the nodes that have answered this one, and its own.
words known_ports(const private_redis& node) {
    std::istringstream lines(node.command({"CLUSTER", "NODES"}));
    words out;
    for (std::string line; std::getline(lines, line);) {
        const words facts = split(line);
        if (facts.size() >= 3 && facts[2].find("handshake") == std::string::npos)
            out.push_back(port_in(facts[1]));
    }
    return out;
}

// In the list of names and values that a sentinel has of its master.
std::string told(const private_redis& sentinel, const std::string& name) {
    const words facts = split(sentinel.command({"SENTINEL", "MASTER", master_name}));
    const auto at = std::find(facts.begin(), facts.end(), name);
    return facts.end() - at < 2 ? std::string() : *(at + 1);
}

}  // namespace

// --- sentinel_fleet

void monitor(private_redis& sentinel, const private_redis& master, int votes) {
    sentinel.command(
        {"SENTINEL", "MONITOR", master_name, "127.0.0.1", port_of(master), std::to_string(votes)});
    // Sooner than 1 s a sentinel takes a master that it has not yet connected to for a dead one.
    sentinel.command({"SENTINEL", "SET", master_name, "down-after-milliseconds", "1200"});
    sentinel.command({"SENTINEL", "SET", master_name, "failover-timeout", "3000"});
}

sentinel_fleet::sentinel_fleet() {
    const private_redis::options master{.user = {}, .password = {}, .extra = and_replication({})};
    servers_.push_back(std::make_unique<private_redis>(master));
    private_redis::options replica = master;
    replica.extra.insert(replica.extra.end(), {"--replicaof", "127.0.0.1", port_of(*servers_[0])});
    for (int i = 0; i < 2; ++i) servers_.push_back(std::make_unique<private_redis>(replica));
    private_redis::options watcher;
    watcher.is_sentinel = true;
    for (int i = 0; i < 3; ++i) {
        sentinels_.push_back(std::make_unique<private_redis>(watcher));
        monitor(*sentinels_.back(), *servers_[0], 2);
    }
    wait_for("sentinels that know everybody", [this] { return is_settled(*servers_[0], 2); });
}

bool sentinel_fleet::is_settled(const private_redis& master, std::size_t replicas) const {
    for (const auto& sentinel : sentinels_) {
        if (!sentinel->is_running()) continue;
        const bool is_so = told(*sentinel, "port") == port_of(master) &&
                           told(*sentinel, "flags") == "master" &&
                           told(*sentinel, "num-other-sentinels") == "2";
        if (!is_so) return false;
    }
    // A replica whose first copy is still under way could not take over.
    return has(master, "replication", "role:master") &&
           has(master, "replication", "connected_slaves:" + std::to_string(replicas)) &&
           !has(master, "replication", "state=wait_bgsave") && !has(master, "replication", "state=send_bulk");
}

std::string sentinel_fleet::url() const {
    std::string hosts;
    for (const auto& sentinel : sentinels_) hosts += (hosts.empty() ? "" : ",") + sentinel->address();
    return "redis+sentinel://" + hosts + "/" + master_name;
}

private_redis& sentinel_fleet::master() {
    for (const auto& sentinel : sentinels_) {
        if (!sentinel->is_running()) continue;
        const std::string port = told(*sentinel, "port");
        for (const auto& server : servers_) {
            if (port_of(*server) == port) return *server;
        }
    }
    throw std::runtime_error("no sentinel knows the master");
}

void sentinel_fleet::fail_over() {
    const private_redis& old = master();
    master().kill_hard();
    wait_for("a new master", [&] { return &master() != &old && is_settled(master(), 1); });
}

// --- private_cluster

private_cluster::private_cluster(bool with_replicas) {
    words bus_ports;
    for (int i = 0; i < (with_replicas ? 6 : 3); ++i) {
        // Else it is the port and 10000, among those that the kernel gives to outgoing connections.
        bus_ports.push_back(std::to_string(free_port()));
        private_redis::options node;
        node.extra =
            and_replication({"--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                             "--cluster-announce-ip", "127.0.0.1", "--cluster-port", bus_ports.back()});
        nodes_.push_back(std::make_unique<private_redis>(node));
    }
    introduce(bus_ports);
    wait_for("a cluster that serves every slot", [this] { return is_settled(); });
}

bool private_cluster::all_say(const std::string& line) const {
    return std::ranges::all_of(nodes_, [&](const auto& n) {
        return !n->is_running() || n->command({"CLUSTER", "INFO"}).find(line) != std::string::npos;
    });
}

// A node that does not answer MEET within the node timeout is forgotten, as happens on a busy machine, so
// those that are not known are met again.
bool private_cluster::all_have_met(const std::vector<std::string>& bus_ports) const {
    const words known = known_ports(*nodes_[0]);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const std::string port = port_of(*nodes_[i]);
        if (std::ranges::find(known, port) == known.end())
            nodes_[0]->command({"CLUSTER", "MEET", "127.0.0.1", port, bus_ports[i]});
    }
    return std::ranges::all_of(nodes_,
                               [&](const auto& n) { return known_ports(*n).size() == nodes_.size(); });
}

void private_cluster::introduce(const std::vector<std::string>& bus_ports) {
    const std::vector<words> slots{{"0", "5460"}, {"5461", "10922"}, {"10923", "16383"}};
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
        if (i < slots.size()) nodes_[i]->command({"CLUSTER", "ADDSLOTSRANGE", slots[i][0], slots[i][1]});
    }
    wait_for("nodes that know each other", [&] { return all_have_met(bus_ports); });
    for (std::size_t i = 3; i < nodes_.size(); ++i) {
        const std::string master = nodes_[i - 3]->command({"CLUSTER", "MYID"});
        wait_for("a replica that knows its master", [&] {
            nodes_[i]->command({"CLUSTER", "REPLICATE", master});
            return true;
        });
    }
}

bool private_cluster::is_settled() const {
    const std::size_t replicas = nodes_.size() / 3 - 1;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (i < 3 && replicas > 0 && !has(*nodes_[i], "replication", "state=online")) return false;
        if (i >= 3 && !has(*nodes_[i], "replication", "master_link_status:up")) return false;
        // Everybody knows who replicates whom: two numbers for each range, three facts for each node.
        if (split(nodes_[i]->command({"CLUSTER", "SLOTS"})).size() != 3 * (2 + (1 + replicas) * 3))
            return false;
    }
    return all_say("cluster_state:ok");
}

std::string private_cluster::url() const {
    return "redis+cluster://" + nodes_[0]->address() + "," + nodes_[1]->address();
}

private_redis& private_cluster::with_port(const std::string& port) const {
    for (const auto& node : nodes_) {
        if (port_of(*node) == port) return *node;
    }
    throw std::runtime_error("no node has port " + port);
}

private_redis& private_cluster::owner_of(std::uint16_t slot) const {
    for (const auto& node : nodes_) {
        if (!node->is_running()) continue;
        std::istringstream lines(node->command({"CLUSTER", "NODES"}));
        for (std::string line; std::getline(lines, line);) {
            const words facts = split(line);
            if (facts.size() < 9 || facts[2].find("fail") != std::string::npos) continue;
            for (std::size_t i = 8; i < facts.size(); ++i) {
                if (facts[i].front() == '[') continue;  // on its way
                const int first = std::stoi(facts[i]);
                const auto dash = facts[i].find('-');
                const int last = dash == std::string::npos ? first : std::stoi(facts[i].substr(dash + 1));
                if (slot < first || slot > last) continue;
                return with_port(port_in(facts[1]));
            }
        }
    }
    throw std::runtime_error("nobody owns the slot");
}

private_redis& private_cluster::other_than(const private_redis& owner) const {
    for (const std::uint16_t slot : {std::uint16_t{0}, std::uint16_t{16383}}) {
        private_redis& other = owner_of(slot);
        if (&other != &owner) return other;
    }
    throw std::runtime_error("there is only one master");
}

void private_cluster::begin_move(std::uint16_t slot, private_redis& target) {
    private_redis& source = owner_of(slot);
    const std::string number = std::to_string(slot);
    target.command({"CLUSTER", "SETSLOT", number, "IMPORTING", source.command({"CLUSTER", "MYID"})});
    source.command({"CLUSTER", "SETSLOT", number, "MIGRATING", target.command({"CLUSTER", "MYID"})});
}

void private_cluster::move_keys(std::uint16_t slot, private_redis& target) {
    private_redis& source = owner_of(slot);
    const words keys = split(source.command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1000"}));
    if (keys.empty()) return;
    words argv{"MIGRATE", "127.0.0.1", port_of(target), "", "0", "5000", "KEYS"};
    argv.insert(argv.end(), keys.begin(), keys.end());
    source.command(argv);
}

void private_cluster::end_move(std::uint16_t slot, private_redis& target) {
    private_redis& source = owner_of(slot);
    const std::string id = target.command({"CLUSTER", "MYID"});
    for (private_redis* node : {&target, &source}) {
        node->command({"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id});
    }
}

void private_cluster::fail_over(std::uint16_t slot) {
    const private_redis& old = owner_of(slot);
    owner_of(slot).kill_hard();
    wait_for("a replica that takes over",
             [&] { return &owner_of(slot) != &old && all_say("cluster_state:ok"); });
}

}  // namespace weir::test
