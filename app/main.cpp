// weir serve | check | migrate | prove --config FILE, weir init and weir schema
#include "commands.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <optional>
#include <string>

namespace {

CLI::App* add_init(CLI::App& cli, weir::app::init_options& asked) {
    auto* init = cli.add_subcommand("init", "Write a configuration from the tables of a database");
    init->add_option("--database", asked.database,
                     "postgresql://user:password@host/database. The password is not written to the file")
        ->envname("WEIR_POSTGRES_URL")
        ->required();
    init->add_option("--tables", asked.tables, "Only these: orders,shop.customers")->delimiter(',');
    init->add_option("--output", asked.output, "A file that does not exist yet (default: standard output)");
    return init;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli{"Weir: a fresh, calm, fast cache-aside service."};
    cli.set_version_flag("--version", WEIR_VERSION);
    cli.require_subcommand(1);

    std::string config = "config/weir.toml";
    weir::app::migrate_options how;
    const auto with_config = [&](CLI::App* command) {
        command->add_option("--config", config, "The TOML file that declares what is served")
            ->capture_default_str();
        return command;
    };
    auto* serve = with_config(cli.add_subcommand("serve", "Serve until SIGTERM or SIGINT"));
    auto* check = with_config(cli.add_subcommand("check", "Validate the file and print the cache policy"));
    std::string database;
    auto* with_database =
        check
            ->add_option("--database", database,
                         "Also ask the database what the SQL reads; its URL, or nothing for the file's own")
            ->expected(0, 1);
    std::string check_format = "text";
    check->add_option("--format", check_format, "text, or json: an array of findings for editors and CI")
        ->check(CLI::IsMember({"text", "json"}));
    auto* migrate =
        with_config(cli.add_subcommand("migrate", "Install the weir schema: outbox and triggers"));
    migrate->add_flag("--print", how.prints_only, "Print the SQL instead of running it");
    auto* prune =
        migrate->add_flag("--prune", how.prunes,
                          "Also remove what is recorded and neither this file declares nor a running "
                          "consumer needs");
    auto* remove =
        migrate->add_flag("--remove", how.removes, "Remove the weir schema and every trigger of it");
    migrate->add_flag("--force", how.is_forced, "With --remove: even while consumers are running")
        ->needs(remove);
    remove->excludes(prune);
    weir::app::init_options beginning;
    auto* init = add_init(cli, beginning);
    weir::app::prove_words words;
    auto* prove = with_config(cli.add_subcommand(
        "prove", "Look, on the database's rows, for answers that change without being named"));
    prove->add_option("--seconds", words.seconds, "The most time that it takes")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    prove->add_option("--seed", words.seed, "Choose rows and values as a run did that printed this seed");
    prove->add_flag("--yes", words.is_confirmed, "Do not ask before it locks rows and fires triggers");
    auto* schema = cli.add_subcommand("schema", "Print a JSON Schema of the configuration file");
    std::string format = "json";
    schema->add_option("--format", format, "json, or markdown: the tables of docs/configuration.md")
        ->check(CLI::IsMember({"json", "markdown"}));
    CLI11_PARSE(cli, argc, argv);

    try {
        if (*serve) return weir::app::serve(config);
        if (*init) return weir::app::init(beginning);
        if (*check) {
            return weir::app::check(
                {.config_path = config,
                 .database = with_database->count() > 0 ? std::optional{database} : std::nullopt,
                 .as_json = check_format == "json"});
        }
        if (*schema) return weir::app::schema(format == "markdown");
        if (*prove) return weir::app::prove(config, words);
        if (*migrate) return weir::app::migrate(config, how);
    } catch (const std::exception& e) {
        std::cerr << "weir: " << e.what() << '\n';
    }
    return 1;
}
