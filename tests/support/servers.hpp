// Real servers for tests: a private redis-server or PostgreSQL on a free loopback port and a unix socket, in
// a temporary directory of its own, gone with the object. Needs no privileges; as root, Postgres runs as the
// user `postgres`.
//
// Blocking, for the test's own thread. A server dies with the *thread* that started it (PR_SET_PDEATHSIG), so
// start it on a thread that outlives it; that is also why an aborted test leaves none behind. Every failure
// throws std::runtime_error with the end of the server's log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace weir::test {

// A directory in the system's temporary one, removed with its contents. Its path is short enough for unix
// sockets.
class temporary_directory {
 public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

// A port of 127.0.0.1 that nobody listens on now, below the range that the kernel gives to outgoing
// connections, so that it is still free when a server returns to it.
std::uint16_t free_port();

// What both servers share: a child process in its own process group and what can befall it.
class private_server {
 public:
    virtual ~private_server();
    private_server(const private_server&) = delete;
    private_server& operator=(const private_server&) = delete;

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::filesystem::path directory() const { return directory_.path(); }
    std::string log() const;  // everything that the server wrote
    bool is_running() const { return pid_ > 0; }

    void kill_hard();  // SIGKILL to it and its children; returns once they are gone
    void restart();    // the same port and directory, ready when it returns; kills it first when it runs
    void
    pause();  // SIGSTOP to it and its children: it accepts connections (the kernel does) and answers nothing
    void resume();

 protected:
    private_server() = default;

    virtual std::vector<std::string> command_line() const = 0;
    virtual bool answers()
        const = 0;  // one attempt to reach it, through the unix socket so that it is surely ours

    // Tries several ports, because two test programs may choose the same one at the same moment.
    void start_somewhere();
    void start();
    // Runs a program to its end in the server's directory, as the server's user.
    void run_to_end(const std::vector<std::string>& argv) const;
    void run_as(const char* user);  // when root: as this user, who gets the directory
    // When root: gives this folder in the server's directory, and what is in it, to the server's user.
    void hand_over(const std::filesystem::path& folder) const;

 private:
    bool wait_until_ready();  // false: it exited instead
    bool has_exited();
    pid_t spawn(const std::vector<std::string>& argv) const;
    void signal_all(int signal) const;

    temporary_directory directory_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
    uid_t user_ = 0;  // 0: whoever runs the test
    gid_t group_ = 0;
};

// Nothing is persisted: it is empty after kill_hard() and restart().
class private_redis : public private_server {
 public:
    struct options {
        std::string user;                // an ACL user with all rights; the default user is then off
        std::string password;            // of that user, else `requirepass`; letters and digits
        std::vector<std::string> extra;  // further arguments: {"--maxmemory", "1mb"}
        bool is_sentinel = false;        // watches masters and holds no data
    };

    private_redis() : private_redis(options{}) {}
    explicit private_redis(options settings);
    ~private_redis() override { kill_hard(); }

    std::string url(int db = 0) const;         // redis://[user][:password@]127.0.0.1:port/db
    std::string socket_url(int db = 0) const;  // unix://[user][:password@]/path.sock?db=n
    std::filesystem::path socket_path() const { return directory() / "redis.sock"; }

    // One blocking command with credentials already given: for preparing and checking. Integers as text, nil
    // as "(nil)", arrays joined by one space; an error reply throws.
    std::string command(const std::vector<std::string>& argv, int db = 0) const;

 private:
    std::vector<std::string> command_line() const override;
    bool answers() const override;
    std::string credentials() const;

    options options_;
};

// Superuser `postgres`, database `postgres`, UTF-8, trust. fsync is off; kill_hard() still loses nothing,
// because the kernel keeps what was written.
class private_postgres : public private_server {
 public:
    // Further settings, for example {"log_statement=all", "max_connections=20"}.
    explicit private_postgres(std::vector<std::string> settings = {});
    ~private_postgres() override { kill_hard(); }

    std::string url() const;         // postgresql://postgres@127.0.0.1:port/postgres
    std::string socket_url() const;  // the same through the unix socket

    // One blocking simple query (several statements allowed): the first column of the last result's first
    // row, empty for none or null. An error throws with the server's message.
    std::string query(const std::string& sql) const;
    // The same with a file in psql's plain form (no backslash commands).
    void load(const std::filesystem::path& sql_file) const;

 private:
    std::vector<std::string> command_line() const override;
    bool answers() const override;
    void make_cluster() const;
    bool copy_cluster(const std::filesystem::path& kept) const;

    std::vector<std::string> settings_;
};

}  // namespace weir::test
