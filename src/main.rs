//! The `bayplan` command. Everything it does is in the library's `cli` module.

fn main() -> std::process::ExitCode {
    bayplan::cli::run::main()
}
