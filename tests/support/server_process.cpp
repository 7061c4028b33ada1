// The processes behind the private servers: start, readiness, faults, end.
#include "support/servers.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <memory>
#include <netinet/in.h>
#include <pwd.h>
#include <random>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weir::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Generous, because sanitizer builds of several tests share two cores.
constexpr auto start_timeout = 30s;
constexpr auto end_timeout = 10s;
constexpr auto poll_interval = 5ms;

[[noreturn]] void fail_with_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// Copies stream to stream: an iterator would throw where reading fails, as it does in /proc when the process
// ends after the file was opened.
std::string contents_of(const fs::path& file) {
    const std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// Polls `is_true` until it is, or until the time is over.
template <class Condition>
bool poll_until(std::chrono::steady_clock::duration timeout, Condition is_true) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!is_true()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(poll_interval);
    }
    return true;
}

// From /proc/PID/stat: "pid (name) state ppid …"; the name may contain anything, so look behind its last
// parenthesis.
struct process_state {
    char state = 'X';
    pid_t parent = 0;
};
process_state state_of(pid_t pid) {
    const std::string stat = contents_of("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = stat.rfind(')');
    process_state out;
    if (name_end == std::string::npos) return out;
    std::istringstream(stat.substr(name_end + 1)) >> out.state >> out.parent;
    return out;
}

bool is_gone(pid_t pid) {
    const char state = state_of(pid).state;
    return state == 'X' || state == 'Z';
}

// Postgres's backends are in sessions of their own, so a signal to the process group does not reach them.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> out;
    for (const auto& at : fs::directory_iterator("/proc")) {
        const std::string name = at.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const pid_t pid = std::stoi(name);
        if (state_of(pid).parent == parent) out.push_back(pid);
    }
    return out;
}

// Between fork and exec: only async-signal-safe calls, because the test program has threads.
[[noreturn]] void become(char** argv, const char* directory, int log, uid_t user, gid_t group, pid_t test) {
    setpgid(0, 0);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    // Sockets of the test must not live on in the server. Those of Asio are not close-on-exec.
    close_range(3, ~0U, 0);
    if (user != 0 && (setgroups(1, &group) != 0 || setgid(group) != 0 || setuid(user) != 0)) _exit(126);
    // After setuid, which clears it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != test) _exit(125);
    if (chdir(directory) != 0) _exit(124);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execv(argv[0], argv);
    _exit(127);
}

bool is_free(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail_with_errno("socket");
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    close(fd);
    return bound;
}

}  // namespace

temporary_directory::temporary_directory() {
    std::string pattern = fs::temp_directory_path() / "weir-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) fail_with_errno("mkdtemp");
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<int> ports(15000, 31999);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        if (is_free(port)) return port;
    }
    throw std::runtime_error("no free port");
}

// --- private_server

// The derived destructors have killed the process already: its command line is theirs.
private_server::~private_server() = default;

std::string private_server::log() const {
    return contents_of(directory() / "log");
}

void private_server::run_as(const char* user) {
    if (geteuid() != 0) return;
    const passwd* entry = getpwnam(user);
    if (entry == nullptr) throw std::runtime_error(std::string("no user ") + user);
    user_ = entry->pw_uid;
    group_ = entry->pw_gid;
    if (chown(directory().c_str(), user_, group_) != 0) fail_with_errno("chown");
}

void private_server::hand_over(const fs::path& folder) const {
    if (user_ == 0) return;
    const auto give = [this](const fs::path& path) {
        if (lchown(path.c_str(), user_, group_) != 0) fail_with_errno("chown " + path.string());
    };
    give(folder);
    for (const auto& at : fs::recursive_directory_iterator(folder)) give(at.path());
}

pid_t private_server::spawn(const std::vector<std::string>& argv) const {
    std::vector<std::string> words = argv;
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const std::string directory_name = directory();
    const std::string log_name = directory() / "log";
    const int log = open(log_name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0) fail_with_errno("open " + log_name);
    const pid_t test = getpid();
    const pid_t child = fork();
    if (child == 0) become(pointers.data(), directory_name.c_str(), log, user_, group_, test);
    close(log);
    if (child < 0) fail_with_errno("fork");
    return child;
}

void private_server::run_to_end(const std::vector<std::string>& argv) const {
    const pid_t child = spawn(argv);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) fail_with_errno("waitpid");
    }
    if (status != 0) throw std::runtime_error(argv[0] + " failed: " + log());
}

bool private_server::has_exited() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    return true;
}

bool private_server::wait_until_ready() {
    bool exited = false;
    const bool in_time = poll_until(start_timeout, [&] { return (exited = has_exited()) || answers(); });
    if (!in_time) throw std::runtime_error("server is not ready in time: " + log());
    return !exited;
}

void private_server::start_somewhere() {
    for (int attempt = 0; attempt < 5; ++attempt) {
        port_ = free_port();
        pid_ = spawn(command_line());
        if (wait_until_ready()) return;
    }
    throw std::runtime_error("server does not start: " + log());
}

void private_server::start() {
    // After kill_hard() the kernel may need a moment to let go of the port, and Postgres of its shared
    // memory.
    for (int attempt = 0; attempt < 5; ++attempt) {
        pid_ = spawn(command_line());
        if (wait_until_ready()) return;
        std::this_thread::sleep_for(50ms * attempt);
    }
    throw std::runtime_error("server does not start again: " + log());
}

void private_server::signal_all(int signal) const {
    if (pid_ <= 0) throw std::runtime_error("server is not running");
    // The parent first, so that a stopped one starts no more children while we look for them.
    kill(pid_, signal);
    for (const pid_t child : children_of(pid_)) kill(child, signal);
}

void private_server::kill_hard() {
    if (pid_ <= 0) return;
    kill(pid_, SIGSTOP);
    const std::vector<pid_t> children = children_of(pid_);
    kill(pid_, SIGKILL);
    for (const pid_t child : children) kill(child, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    poll_until(end_timeout, [&] { return std::ranges::all_of(children, is_gone); });
}

void private_server::restart() {
    kill_hard();
    start();
}

void private_server::pause() {
    signal_all(SIGSTOP);
}
void private_server::resume() {
    signal_all(SIGCONT);
}

}  // namespace weir::test
