//! What a shell is told when a person presses Tab: besides commands and options the names that fit the system at hand.
//!
//! The shell asks us, with the words so far, so that the answers are those of the catalog and the system as they are.

use crate::catalog::{Catalog, CatalogSources};
use crate::command::{CommandLine, Global, SystemArgument};
use crate::failure::Failure;
use crate::session::Session;
use crate::why::{self, Answer};
use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{CompleteEnv, Shells};
use oscomp_lang::catalog::{Listing, list};
use oscomp_lang::explain::ALL;
use oscomp_lang::plan::Plan;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, io};

/// The variable by which a shell asks.
const VARIABLE: &str = "OSCOMP_COMPLETE";

/// Answers a shell, if it is one that runs us; whether it was.
pub fn answer() -> Result<bool, clap::Error> {
    if env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let here = env::current_dir().ok();
    CompleteEnv::with_factory(CommandLine::command)
        .var(VARIABLE)
        .try_complete(env::args_os(), here.as_deref())
}

/// The script that makes a shell ask us; none for a shell that is not known.
pub fn script(shell: &str) -> Option<io::Result<Vec<u8>>> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell)?;
    let name = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    // Run by its path, it is not in `PATH`.
    let program = if name.components().count() > 1 { env::current_exe().unwrap_or(name) } else { name };
    let mut script = Vec::new();
    let written =
        shell.write_registration(VARIABLE, "oscomp", "oscomp", &program.to_string_lossy(), &mut script);
    Some(written.map(|()| script))
}

/// The shells that are known.
pub fn shells() -> Vec<&'static str> {
    Shells::builtins().names().collect()
}

/// The system that the words so far name, or the one that lies here.
fn session() -> Option<Session> {
    let names_one = |word: &PathBuf| {
        word.join("system.kdl").is_file() || (word.extension() == Some(OsStr::new("kdl")) && word.is_file())
    };
    let words = env::args_os().skip_while(|word| word != "--").skip(1).map(PathBuf::from);
    let positional = words.into_iter().find(names_one);
    Session::open(&Global::default(), &SystemArgument { positional }).ok()
}

fn plans() -> Vec<Plan> {
    session().map(|session| session.check().plans).unwrap_or_default()
}

/// Candidates that begin as the word does, each once.
fn fitting(current: &OsStr, all: impl IntoIterator<Item = (String, String)>) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    let mut all: Vec<_> = all.into_iter().filter(|(name, _)| name.starts_with(&*begun)).collect();
    all.sort();
    all.dedup_by(|one, other| one.0 == other.0);
    let candidate = |(name, help): (String, String)| {
        CompletionCandidate::new(name).help((!help.is_empty()).then(|| help.into()))
    };
    all.into_iter().map(candidate).collect()
}

/// What `oscomp why` can be asked: instances and ambient interfaces, after a point fields.
pub fn subjects(current: &OsStr) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    let mut all = Vec::new();
    for plan in plans() {
        if let Some((instance, _)) = begun.split_once('.') {
            if let Ok(Answer::Instance(answer)) = why::why(&plan, instance) {
                all.extend(answer.fields.into_iter().map(|field| (field.name, field.what)));
            }
        } else {
            let ambient =
                plan.ambient.iter().map(|binding| (binding.interface.ident.clone(), "ambient".to_owned()));
            all.extend(ambient);
            all.extend(plan.instances.into_iter().map(|instance| (instance.name, instance.module)));
        }
    }
    fitting(current, all)
}

/// The platforms of the system.
pub fn platforms(current: &OsStr) -> Vec<CompletionCandidate> {
    fitting(current, plans().into_iter().map(|plan| (plan.platform.name, plan.platform.arch)))
}

/// The instances of the system.
pub fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = plans().into_iter().flat_map(|plan| plan.instances);
    fitting(current, all.map(|instance| (instance.name, instance.module)))
}

/// What `oscomp set` can set: instances, after a point fields.
pub fn fields(current: &OsStr) -> Vec<CompletionCandidate> {
    if current.to_string_lossy().contains('.') { subjects(current) } else { instances(current) }
}

fn listing() -> Listing {
    let here = env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    Catalog::find(None, &here).map(|catalog| list(&CatalogSources(catalog))).unwrap_or_default()
}

/// The modules of the catalog.
pub fn modules(current: &OsStr) -> Vec<CompletionCandidate> {
    let modules = listing().modules.into_iter().filter(|entry| !entry.app);
    fitting(current, modules.map(|entry| (entry.name, entry.provides.join(", "))))
}

/// Everything in the catalog.
pub fn names(current: &OsStr) -> Vec<CompletionCandidate> {
    let listing = listing();
    let interfaces = listing.interfaces.into_iter().map(|entry| (entry.name, "interface".to_owned()));
    let modules = listing.modules.into_iter().map(|entry| (entry.name, "module".to_owned()));
    let platforms = listing.platforms.into_iter().map(|entry| (entry.name, "platform".to_owned()));
    fitting(current, interfaces.chain(modules).chain(platforms))
}

/// What `oscomp list` lists.
pub fn kinds_and_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let kinds =
        ["interfaces", "modules", "platforms"].map(|kind| (kind.to_owned(), "all of them".to_owned()));
    let mut candidates = fitting(current, kinds);
    candidates.extend(names(current));
    candidates
}

/// The codes of errors and warnings.
pub fn codes(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_ascii_uppercase();
    fitting(&current, ALL.iter().map(|one| (one.code.to_owned(), one.title.to_owned())))
}

/// That a shell is not known.
pub fn unknown(shell: &str) -> Failure {
    Failure::environment(
        format!("nothing is known of completion in `{shell}`"),
        format!("it is known for {}", shells().join(", ")),
    )
}
