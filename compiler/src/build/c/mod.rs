//! Sources in C: which compiler compiles them, with which flags, to which objects.
//!
//! ```text
//! SYSTEM/PLATFORM/c/NAME.HASH.o  an object, by what is in it, so that Cargo links again when that changes
//! c-objects/                     what was compiled, by how, for all systems: NAME.HASH.o, its headers in NAME.HASH.d
//! ```

mod compiler;
mod hot;
mod packages;
mod together;

pub use compiler::Compiler;
pub use together::apart;

use super::files::{unreadable, unwritable, write_whole};
use super::progress::Progress;
use super::project::Project;
use super::{Place, Profile, blame};
use crate::failure::{Failure, Message};
use crate::output::Output;
use crate::session::Session;
use crate::toolchain::{Builder, Llvm};
use oscomp_lang::catalog::list;
use oscomp_lang::plan::Plan;
use oscomp_lang::source::SourcePath;
use oscomp_lang::value::{CPath, Value};
use std::collections::BTreeSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Output as Said, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

/// One source to compile.
struct Job {
    /// The instance whose it is.
    instance: String,
    /// As a person wrote it.
    path: CPath,
    /// Its name without the ending.
    stem: String,
    /// All arguments but the source and the object, in order.
    arguments: Vec<String>,
    source: PathBuf,
}

/// How the sources in C of an image are compiled.
#[derive(Clone, Debug)]
pub struct How {
    compiler: Compiler,
    llvm: Llvm,
    /// Whether the linker optimises C together with Rust; else each is optimised by itself.
    pub together: bool,
}

impl How {
    /// How it is done on this machine, if there is C at all.
    ///
    /// # Errors
    /// When there is no compiler.
    pub fn find(
        plan: &Plan,
        profile: Profile,
        builder: &Builder,
        progress: &Progress,
    ) -> Result<Option<Self>, Failure> {
        if !plan.has_c() {
            return Ok(None);
        }
        let llvm = builder.llvm();
        let compiler = Compiler::find(&plan.platform.arch, llvm)?;
        if profile != Profile::Release {
            return Ok(Some(Self { compiler, llvm, together: false }));
        }
        let apart = apart(&compiler, llvm);
        let together = apart.is_none();
        progress.by(apart.map(|why| format!("({why})")));
        Ok(Some(Self { compiler, llvm, together }))
    }

    /// The same, but each optimised by itself.
    pub fn apart(&self) -> Self {
        Self { together: false, ..self.clone() }
    }
}

/// What the sources in C were compiled to.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The files, relative to the folder of the project.
    pub files: Vec<String>,
    /// What rustc is told of how they are linked.
    pub flags: Vec<String>,
}

/// Compiles the sources in C of all instances, as far as they have changed.
#[expect(clippy::too_many_arguments, reason = "what there is to know of one image")]
pub fn objects(
    session: &Session,
    plan: &Plan,
    profile: Profile,
    how: Option<&How>,
    project: &Project,
    place: &Place,
    progress: &Progress,
    output: &Output,
) -> Result<Objects, Failure> {
    let Some(how @ How { compiler, llvm, together }) = how else { return Ok(Objects::default()) };
    let jobs = jobs(session, plan, profile, how, place)?;
    let folder = project.folder.join("c");
    let keep = place.build.join("c-objects");
    for folder in [&folder, &keep] {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    }
    let compiled: Vec<PathBuf> = jobs
        .iter()
        .map(|job| {
            let mut hasher = DefaultHasher::new();
            (&compiler.program, &compiler.version, &job.arguments, &job.source).hash(&mut hasher);
            keep.join(format!("{}.{:016x}.o", job.stem, hasher.finish()))
        })
        .collect();
    let stale: Vec<(&Job, &PathBuf)> =
        jobs.iter().zip(&compiled).filter(|(_, object)| !is_fresh(object)).collect();
    let mut failures = Vec::new();
    for ((job, object), said) in stale.iter().zip(run(compiler, &stale, progress)) {
        match said {
            Ok(None) => {}
            Ok(Some(said)) if said.status.success() => {
                let warnings = String::from_utf8_lossy(&said.stderr);
                // Those of a package are for its authors.
                if !warnings.trim().is_empty() && matches!(job.path, CPath::Project(_)) {
                    output.note(warnings.trim_end());
                }
            }
            Ok(Some(said)) => failures.push((*job, String::from_utf8_lossy(&said.stderr).into_owned())),
            Err(error) => return Err(unwritable(object, &error)),
        }
    }
    if !failures.is_empty() {
        progress.finish();
        return Err(refused(session, plan, &failures, output));
    }
    let compiled_now = |name: &str| stale.iter().any(|(job, _)| job.instance == name);
    for instance in plan.instances.iter().filter(|instance| compiled_now(&instance.name)) {
        if let Some(warning) = hot::misnamed(instance, &jobs) {
            output.note(warning);
        }
    }
    let mut objects = Vec::new();
    for (job, object) in jobs.iter().zip(&compiled) {
        let contents = fs::read(object).map_err(|error| unreadable(object, &error))?;
        let mut hasher = DefaultHasher::new();
        contents.hash(&mut hasher);
        let name = format!("{}-{}.{:016x}.o", job.instance, job.stem, hasher.finish());
        let path = folder.join(&name);
        if !path.exists() {
            write_whole(&path, &contents)?;
        }
        objects.push(format!("c/{name}"));
    }
    prune(&folder, &objects);
    let flags = if *together { together::flags(*llvm) } else { Vec::new() };
    Ok(Objects { files: objects, flags })
}

/// Removes the objects of former sources, flags and compilers; what cannot be removed is of no use, and harms nobody.
fn prune(folder: &Path, objects: &[String]) {
    let wanted: BTreeSet<&str> = objects.iter().filter_map(|object| object.strip_prefix("c/")).collect();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_str().is_some_and(|name| wanted.contains(name)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn jobs(
    session: &Session,
    plan: &Plan,
    profile: Profile,
    how: &How,
    place: &Place,
) -> Result<Vec<Job>, Failure> {
    let How { compiler, together, .. } = how;
    let flags = compiler.flags(plan, profile, *together);
    let catalog = session.catalog.unpacked()?;
    // No path of the machine gets into an object.
    let renamed = |folder: &Path, name: &str| format!("-ffile-prefix-map={}={name}", folder.display());
    let mut headers = Vec::new();
    for instance in &plan.instances {
        if let Some(folder) = &instance.headers {
            let folder = session.located(&catalog, &instance.source.join(folder));
            headers.push(format!("-isystem{}", folder.display()));
            headers.push(renamed(&folder, &instance.module));
        }
    }
    let mut jobs = Vec::new();
    for instance in &plan.instances {
        let (mut sources, mut arguments) = (Vec::new(), flags.clone());
        for value in instance.c_values() {
            match value {
                Value::CSource(path) => sources.push(path),
                Value::CInclude(path) => {
                    let folder = located(session, place, path)?;
                    arguments.push(format!("-I{}", folder.display()));
                    arguments.push(renamed(&folder, owner(path, &instance.name)));
                }
                Value::CDefine(define) => arguments.push(format!("-D{define}")),
                Value::CHot(function) => {
                    arguments.extend(compiler.hot(plan, profile, function).into_iter().flatten());
                }
                _ => {}
            }
        }
        arguments.extend(headers.iter().cloned());
        for path in sources {
            let source = located(session, place, path)?;
            let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let mut arguments = arguments.clone();
            arguments.extend(source.parent().map(|folder| renamed(folder, owner(path, &instance.name))));
            let (instance, path) = (instance.name.clone(), path.clone());
            jobs.push(Job { instance, path, stem, arguments, source });
        }
    }
    Ok(jobs)
}

/// What the folders of a source or of headers are called in an object: a package by its name, so that what is compiled
/// of it serves other systems too.
fn owner<'a>(path: &'a CPath, instance: &'a str) -> &'a str {
    match path {
        CPath::Project(_) => instance,
        CPath::Package { name, .. } => name,
    }
}

/// Where a source or a folder of headers is on this machine.
fn located(session: &Session, place: &Place, path: &CPath) -> Result<PathBuf, Failure> {
    match path {
        CPath::Project(path) => Ok(session.folder.join(path)),
        CPath::Package { name, version, path: within } => {
            let found = packages::folder(name, version, &place.build)?.join(within);
            if found.exists() {
                return Ok(found);
            }
            Err(Failure::refused(
                format!("`{path}` names nothing: the package {name} {version} has no `{within}`"),
                "the path is relative to the package's folder, beside its Cargo.toml",
            ))
        }
    }
}

/// Whether an object is newer than all that it was compiled from.
fn is_fresh(object: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|known| known.modified()).ok();
    let (Some(made), Ok(dependencies)) = (time(object), fs::read_to_string(object.with_extension("d")))
    else {
        return false;
    };
    dependencies_in(&dependencies).all(|path| time(&path).is_some_and(|time| time <= made))
}

/// The files in a rule for `make`, `TARGET: FILE FILE`: lines go on behind a backslash, which also escapes spaces.
fn dependencies_in(rule: &str) -> impl Iterator<Item = PathBuf> {
    let rule = rule.replace("\\\n", " ");
    let files = rule.split_once(": ").map_or("", |(_, files)| files).replace("\\ ", "\0");
    let paths: Vec<PathBuf> = files
        .split_whitespace()
        .map(|file| PathBuf::from(file.replace('\0', " ").replace("\\#", "#")))
        .collect();
    paths.into_iter()
}

/// Compiles as many sources at a time as there are processors.
fn run(
    compiler: &Compiler,
    stale: &[(&Job, &PathBuf)],
    progress: &Progress,
) -> Vec<std::io::Result<Option<Said>>> {
    if let Some((job, _)) = stale.first() {
        progress.compiled(&job.stem);
    }
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(stale.len());
    let mut said: Vec<_> = thread::scope(|scope| {
        let work = || {
            let mut said = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some((job, object)) = stale.get(index) else { return said };
                said.push((index, compile(compiler, job, object)));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    said.sort_by_key(|(index, _)| *index);
    said.into_iter().map(|(_, said)| said).collect()
}

/// None if another build has compiled it meanwhile.
fn compile(compiler: &Compiler, job: &Job, object: &Path) -> std::io::Result<Option<Said>> {
    let lock = File::options().create(true).append(true).open(object.with_extension("lock"))?;
    lock.lock()?;
    if is_fresh(object) {
        return Ok(None);
    }
    let unfinished = object.with_extension("unfinished");
    let said = compiler
        .command()
        .args(&job.arguments)
        .args(["-MD", "-MF"])
        .arg(object.with_extension("d"))
        .arg("-c")
        .arg(&job.source)
        .arg("-o")
        .arg(&unfinished)
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .current_dir(env::temp_dir())
        .output()?;
    if said.status.success() {
        fs::rename(&unfinished, object)?;
    }
    Ok(Some(said))
}

/// That sources do not compile; where a header is missing, who has it.
fn refused(session: &Session, plan: &Plan, failures: &[(&Job, String)], output: &Output) -> Failure {
    let mut headers = BTreeSet::new();
    for (_, said) in failures {
        output.note(said.trim_end());
        headers.extend(said.lines().filter_map(missing_header).map(ToOwned::to_owned));
    }
    let names: Vec<String> =
        failures.iter().map(|(job, _)| format!("`{}` of `{}`", job.path, job.instance)).collect();
    let what = format!("{} does not compile for {}", names.join(", "), plan.platform.name);
    let listing = list(session);
    let catalog = session.catalog.unpacked().ok();
    let has = |folder: &SourcePath, header: &str| {
        catalog.as_ref().is_some_and(|catalog| session.located(catalog, folder).join(header).is_file())
    };
    let mut lines = Vec::new();
    for header in &headers {
        let module = listing.modules.iter().find(|module| {
            module.headers.as_ref().is_some_and(|headers| has(&module.folder.join(headers), header))
        });
        if let Some(module) = module {
            let name = &module.name;
            lines.push(format!("`<{header}>` comes with the module `{name}`: add `module \"{name}\"`"));
        }
    }
    let help = if lines.is_empty() {
        "the compiler's messages above say why; folders of headers are named by the instance's own fields"
            .to_owned()
    } else {
        lines.join("; ")
    };
    Failure::refused(what, help)
}

/// The header in `fatal error: 'NAME' file not found` (clang) or `fatal error: NAME: No such file or directory` (GCC).
fn missing_header(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fatal error: ")?;
    match rest.strip_prefix('\'') {
        Some(rest) => rest.strip_suffix("' file not found"),
        None => rest.strip_suffix(": No such file or directory"),
    }
}

/// What functions the image lacks that sources in C call, in terms of the system: which modules have them.
pub fn missing_functions(session: &Session, plan: &Plan, message: &str) -> Option<Message> {
    if !plan.has_c() {
        return None;
    }
    let listing = list(session);
    let mut what = Vec::new();
    let mut add = BTreeSet::new();
    let mut unknown = false;
    for part in message.split("undefined symbol: ").skip(1) {
        let symbol = part.lines().next()?.trim();
        let from = part.split(">>> referenced by ").nth(1).and_then(blame::referrer);
        let from = from.map(|from| format!(" (called by {from})")).unwrap_or_default();
        let modules: Vec<&str> = listing
            .modules
            .iter()
            .filter(|module| module.functions.iter().any(|function| function.name == symbol))
            .map(|module| module.name.as_str())
            .collect();
        let who = match modules.as_slice() {
            [] => {
                unknown = true;
                "no module of the catalog has it".to_owned()
            }
            [one] => {
                add.insert((*one).to_owned());
                format!("module `{one}` has it")
            }
            several => format!("modules {} have it", several.join(", ")),
        };
        what.push(format!("`{symbol}`{from}: {who}"));
    }
    if what.is_empty() {
        return None;
    }
    let mut help = Vec::new();
    if !add.is_empty() {
        let add: Vec<String> = add.iter().map(|module| format!("`module \"{module}\"`")).collect();
        help.push(format!("add {}", add.join(", ")));
    }
    if unknown {
        help.push("what no module has the program's own sources must have, or do without".to_owned());
    }
    if help.is_empty() {
        help.push("add one of the modules".to_owned());
    }
    Some(Message {
        what: format!("the image lacks functions that its C code calls\n  {}", what.join("\n  ")),
        help: Some(help.join("; ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_make_name_their_files() {
        let rule = "a.o: /x/a.c \\\n  /y/b\\ c.h /z.h\n";
        let files: Vec<PathBuf> = dependencies_in(rule).collect();
        assert_eq!(files, ["/x/a.c", "/y/b c.h", "/z.h"].map(PathBuf::from));
    }

    #[test]
    fn missing_headers_are_named_by_both_compilers() {
        assert_eq!(missing_header("a.c:1:10: fatal error: 'sys/x.h' file not found"), Some("sys/x.h"));
        assert_eq!(missing_header("a.c:1:10: fatal error: x.h: No such file or directory"), Some("x.h"));
        assert_eq!(missing_header("a.c:1:10: error: expected ';'"), None);
    }
}
