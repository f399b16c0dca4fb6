//! `bayplan man [--dir DIR]`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, Command};

use super::exit::{Exit, Failure};
use super::output::Destination;

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write one page for each command into this directory, made where it does not exist
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Writes the man pages of all commands to a directory, or to stdout one after the other.
///
/// # Errors
/// When they cannot be written.
pub fn run(args: &ManArgs, mut command: Command) -> Result<Exit, Failure> {
    command.build();
    let mut pages = Vec::new();
    collect(&command, "bayplan", &mut pages).map_err(|error| Failure::input(error.to_string()))?;
    let Some(dir) = &args.dir else {
        let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
        Destination::Stdout.write(&all)?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(dir)
        .map_err(|error| Failure::input(format!("{}: {error}", dir.display())))?;
    for (name, page) in pages {
        Destination::File(dir.join(format!("{name}.1"))).write(&page)?;
    }
    Ok(Exit::Done)
}

/// The pages of a command and all below it, under their full names (`bayplan-catalogue-show`).
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name)
        .render(&mut page)?;
    pages.push((name.to_owned(), page));
    for below in command.get_subcommands() {
        if below.get_name() != "help" && !below.is_hide_set() {
            collect(below, &format!("{name}-{}", below.get_name()), pages)?;
        }
    }
    Ok(())
}
