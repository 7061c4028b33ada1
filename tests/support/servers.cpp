// What to start for a private Redis and Postgres, and how to speak to each.
#include "support/servers.hpp"

#include <hiredis/hiredis.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <sys/file.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weir::test {

namespace {

namespace fs = std::filesystem;

std::string program(std::string_view name, const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders) {
        const fs::path candidate = folder / name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    throw std::runtime_error("no program " + std::string(name) + " on this machine");
}

std::vector<fs::path> search_path() {
    std::vector<fs::path> out;
    const char* path = std::getenv("PATH");
    std::istringstream in(path ? path : "/usr/bin:/bin");
    for (std::string folder; std::getline(in, folder, ':');) out.emplace_back(folder);
    return out;
}

// Debian keeps Postgres's programs out of PATH, one folder per version; the newest first.
std::string postgres_program(std::string_view name) {
    std::vector<std::pair<int, fs::path>> versions;
    std::error_code ignored;
    for (const auto& at : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
        versions.emplace_back(std::atoi(at.path().filename().c_str()), at.path() / "bin");
    }
    std::sort(versions.rbegin(), versions.rend());
    std::vector<fs::path> folders;
    for (auto& [version, folder] : versions) folders.push_back(std::move(folder));
    std::ranges::copy(search_path(), std::back_inserter(folders));
    return program(name, folders);
}

}  // namespace

// --- private_redis

private_redis::private_redis(options settings) : options_(std::move(settings)) {
    start_somewhere();
}

std::vector<std::string> private_redis::command_line() const {
    std::vector<std::string> argv{program("redis-server", search_path())};
    // A sentinel keeps what it knows in a file that must be there.
    const auto memory = directory() / "sentinel.conf";
    if (options_.is_sentinel) {
        const std::ofstream created(memory, std::ios::app);
        argv.insert(argv.end(), {memory, "--sentinel"});
    }
    argv.insert(argv.end(), {"--bind", "127.0.0.1", "--port", std::to_string(port()), "--unixsocket",
                             socket_path(), "--unixsocketperm", "700", "--dir", directory(), "--save", "",
                             "--appendonly", "no", "--enable-debug-command", "local", "--databases", "16"});
    if (!options_.user.empty()) {
        const std::string password = ">" + options_.password;
        argv.insert(argv.end(), {"--user", options_.user, "on", password, "~*", "&*", "+@all"});
        argv.insert(argv.end(), {"--user", "default", "off"});
    } else if (!options_.password.empty()) {
        argv.insert(argv.end(), {"--requirepass", options_.password});
    }
    argv.insert(argv.end(), options_.extra.begin(), options_.extra.end());
    return argv;
}

bool private_redis::answers() const {
    try {
        command({"PING"});
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

std::string private_redis::credentials() const {
    return options_.password.empty() ? "" : options_.user + ":" + options_.password + "@";
}

std::string private_redis::url(int db) const {
    return "redis://" + credentials() + address() + "/" + std::to_string(db);
}

std::string private_redis::socket_url(int db) const {
    return "unix://" + credentials() + socket_path().string() + "?db=" + std::to_string(db);
}

namespace {

std::string text_of(const redisReply& reply) {
    switch (reply.type) {
        case REDIS_REPLY_NIL:
            return "(nil)";
        case REDIS_REPLY_INTEGER:
            return std::to_string(reply.integer);
        case REDIS_REPLY_ARRAY: {
            std::string out;
            for (std::size_t i = 0; i < reply.elements; ++i) {
                out += (i > 0 ? " " : "") + text_of(*reply.element[i]);
            }
            return out;
        }
        default:
            return {reply.str, static_cast<std::size_t>(reply.len)};
    }
}

std::string run(redisContext& redis, const std::vector<std::string>& argv) {
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const std::string& word : argv) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    const std::unique_ptr<redisReply, void (*)(void*)> reply(
        static_cast<redisReply*>(
            redisCommandArgv(&redis, static_cast<int>(words.size()), words.data(), lengths.data())),
        freeReplyObject);
    if (!reply) throw std::runtime_error(std::string("redis: ") + redis.errstr);
    if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error("redis: " + text_of(*reply));
    return text_of(*reply);
}

}  // namespace

std::string private_redis::command(const std::vector<std::string>& argv, int db) const {
    const timeval timeout{5, 0};
    const std::unique_ptr<redisContext, void (*)(redisContext*)> redis(
        redisConnectUnixWithTimeout(socket_path().c_str(), timeout), redisFree);
    if (!redis || redis->err != 0) throw std::runtime_error("redis: cannot connect");
    redisSetTimeout(redis.get(), timeout);
    if (!options_.user.empty())
        run(*redis, {"AUTH", options_.user, options_.password});
    else if (!options_.password.empty())
        run(*redis, {"AUTH", options_.password});
    if (db != 0) run(*redis, {"SELECT", std::to_string(db)});
    return run(*redis, argv);
}

// --- private_postgres

namespace {

std::vector<std::string> initdb_words() {
    return {postgres_program("initdb"),
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
            "--no-instructions",
            "--wal-segsize=1"};
}

// Where this clone keeps the cluster that initdb makes of these words.
fs::path kept_cluster(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += word + '\n';
    return fs::path(WEIR_SOURCE_DIR "/build/test-clusters") / std::to_string(std::hash<std::string>{}(all));
}

// Lets one process at a time make the kept cluster. Holds nothing where the file cannot be written.
class file_lock {
 public:
    explicit file_lock(const fs::path& file)
        : file_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
          is_held_(file_ >= 0 && flock(file_, LOCK_EX) == 0) {}
    ~file_lock() {
        if (file_ >= 0) close(file_);
    }
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

    bool is_held() const { return is_held_; }

 private:
    int file_;
    bool is_held_;
};

// Leaves either a whole copy or none.
void keep_cluster(const fs::path& made, const fs::path& kept) {
    const fs::path unfinished = kept.string() + ".unfinished";
    std::error_code failed;
    fs::remove_all(unfinished, failed);
    fs::copy(made, unfinished, fs::copy_options::recursive, failed);
    if (!failed) fs::rename(unfinished, kept, failed);
}

}  // namespace

// initdb computes for half a second, and more than a hundred tests have a cluster of their own: the first of
// them keeps a copy in build/, the others copy it back.
void private_postgres::make_cluster() const {
    std::vector<std::string> words = initdb_words();
    const fs::path kept = kept_cluster(words);
    std::error_code ignored;
    fs::create_directories(kept.parent_path(), ignored);
    const file_lock lock(kept.string() + ".lock");
    if (lock.is_held() && copy_cluster(kept)) return;
    words.insert(words.end(), {"--pgdata", directory() / "data"});
    run_to_end(words);
    if (lock.is_held()) keep_cluster(directory() / "data", kept);
}

// False when there is none, or none that this user may read.
bool private_postgres::copy_cluster(const fs::path& kept) const {
    std::error_code failed;
    fs::copy(kept, directory() / "data", fs::copy_options::recursive, failed);
    if (failed) {
        fs::remove_all(directory() / "data", failed);
        return false;
    }
    hand_over(directory() / "data");
    return true;
}

private_postgres::private_postgres(std::vector<std::string> settings) : settings_(std::move(settings)) {
    run_as("postgres");
    make_cluster();
    start_somewhere();
}

std::vector<std::string> private_postgres::command_line() const {
    std::vector<std::string> argv{postgres_program("postgres"), "-D", directory() / "data"};
    const auto set = [&](const std::string& setting) { argv.insert(argv.end(), {"-c", setting}); };
    set("listen_addresses=127.0.0.1");
    set("port=" + std::to_string(port()));
    set("unix_socket_directories=" + directory().string());
    set("fsync=off");
    set("full_page_writes=off");
    set("shared_buffers=32MB");
    set("dynamic_shared_memory_type=mmap");  // in its directory: nothing in /dev/shm outlives a kill
    for (const std::string& setting : settings_) set(setting);
    return argv;
}

bool private_postgres::answers() const {
    return PQping((socket_url() + "&connect_timeout=2").c_str()) == PQPING_OK;
}

std::string private_postgres::url() const {
    return "postgresql://postgres@" + address() + "/postgres";
}

std::string private_postgres::socket_url() const {
    return "postgresql://postgres@/postgres?host=" + directory().string() + "&port=" + std::to_string(port());
}

std::string private_postgres::query(const std::string& sql) const {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(socket_url().c_str()), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                                PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        throw std::runtime_error(PQerrorMessage(connection.get()));
    }
    if (PQntuples(result.get()) == 0 || PQnfields(result.get()) == 0) return {};
    return PQgetvalue(result.get(), 0, 0);
}

void private_postgres::load(const fs::path& sql_file) const {
    std::ifstream in(sql_file, std::ios::binary);
    const std::string sql{std::istreambuf_iterator<char>(in), {}};
    if (sql.empty()) throw std::runtime_error("nothing to load in " + sql_file.string());
    query(sql);
}

}  // namespace weir::test
