//! From a plan to an image.
//!
//! A plan becomes a Cargo project of its own ([`project`]), which Cargo builds ([`cargo`]) with the
//! flags in [`flags`], and sources in C what [`c`] compiles; what comes out of the linker is made an image and appears under its name only
//! when it is complete. Where rustc or the linker refuses, [`blame`] says which line of `system.kdl`
//! it is about.

pub mod flags;

mod archive;
mod blame;
mod c;
mod cargo;
mod files;
mod place;
mod progress;
mod project;
mod room;

pub use c::{Compiler, apart};
pub use cargo::RustcError;
pub use files::{write_changed, write_whole};
pub use place::{Place, workspace};
pub use project::{developer_config, is_of};

use crate::failure::Failure;
use crate::image;
use crate::output::Output;
use crate::run::{self, Outside};
use crate::session::Session;
use crate::toolchain::Builder;
use oscomp_lang::plan::Plan;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs};

/// How an image is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// As it is shipped: optimised as the system says, whole-program.
    #[default]
    Release,
    /// Built soon, with debug assertions and line numbers.
    Debug,
    /// Optimised crate by crate and linked whole: what the release profile's image is compared with.
    #[value(skip)]
    Whole,
}

impl Profile {
    /// The name of the Cargo profile.
    const fn cargo_name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "dev",
            Self::Whole => "whole",
        }
    }
}

/// An image that has been built.
#[derive(Clone, Debug)]
pub struct Image {
    /// The image.
    pub file: PathBuf,
    /// The linked file with its symbols, for debuggers and for measuring.
    pub debug_file: PathBuf,
    /// Bytes of the image.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether there was nothing to do.
    pub fresh: bool,
}

/// Refuses plans of which this machine cannot build one, before it builds any.
pub fn can_build(plans: &[Plan]) -> Result<(), Failure> {
    Builder::for_all(plans.iter().map(|plan| plan.platform.target.as_str()))
}

/// Builds the image of a plan.
pub fn build(session: &Session, plan: &Plan, profile: Profile, output: &Output) -> Result<Image, Failure> {
    let begin = Instant::now();
    let place = Place::of(session, plan, profile)?;
    let catalog = session.catalog.unpacked()?;
    let _guard = place.lock()?;
    let project = project::write(session, plan, profile, &catalog, &place)?;
    let progress = progress::Progress::new(plan, output);
    let builder = Builder::find(&plan.platform.target)?;
    progress.by(builder.remark());
    let how = c::How::find(plan, profile, &builder, &progress)?;
    let link = |how: Option<&c::How>| {
        let objects = c::objects(session, plan, profile, how, &project, &place, &progress, output)?;
        cargo::build(&project, plan, profile, &place, &objects, &builder, &progress)
    };
    let mut outcome = link(how.as_ref())?;
    // What the linker says of machine code names the functions as they were written.
    if let Some(how) = how.filter(|how| how.together && outcome.is_refused_at_last(&project)) {
        outcome = link(Some(&how.apart()))?;
        if matches!(outcome, cargo::Outcome::Linked { .. }) {
            output.note("the linker refuses to optimise C and Rust together: each is optimised by itself");
        }
    }
    let (linked, warnings) = match outcome {
        cargo::Outcome::Linked { file, warnings } => {
            progress.finish();
            (file, warnings)
        }
        cargo::Outcome::Refused(errors) => {
            progress.finish();
            return Err(blame::explain(session, plan, &project, &place, profile, &errors, output));
        }
    };
    let (file, debug_file) = (place.image(), place.debug_image());
    let contents = fs::read(&linked).map_err(|error| files::unreadable(&linked, &error))?;
    // What Cargo has linked before comes back as old as it is, so that times do not tell. Another version of the
    // command may make another image of the same linked file.
    let command = env::current_exe().unwrap_or_default();
    let fresh = fs::read(&debug_file).is_ok_and(|last| last == contents)
        && is_newer(&file, &debug_file)
        && is_newer(&file, &command);
    if !fresh {
        warnings.iter().for_each(|warning| output.note(blame::shown(session, &place, warning)));
        let no_image = |error| {
            Failure::refused(
                format!("no image can be made of {}: {error}", linked.display()),
                format!("this is a bug of oscomp or of platform `{}`; please report it", plan.platform.name),
            )
        };
        let image = image::finish(&contents, plan.platform.environment).map_err(no_image)?;
        if let Some(refusal) = room::refusal(plan, &image) {
            return Err(refusal);
        }
        files::write_program(&debug_file, &contents)?;
        if let Some(flat) = &plan.platform.flat {
            let folder = session.located(&catalog, &plan.platform.source);
            files::write_whole(&file.with_file_name(&flat.name), &image.flat().map_err(no_image)?)?;
            for name in &flat.beside {
                let source = folder.join(name);
                let contents = fs::read(&source).map_err(|error| files::unreadable(&source, &error))?;
                files::write_whole(&file.with_file_name(name), &contents)?;
            }
        }
        files::write_program(&file, &image.bytes)?;
    }
    if let Some((path, text)) = run::file(plan, &file, &Outside::closed(plan, &file)) {
        files::write_changed(&path, text.as_bytes())?;
    }
    let bytes = fs::metadata(&file).map_err(|error| files::unreadable(&file, &error))?.len();
    Ok(Image { file, debug_file, bytes, elapsed: begin.elapsed(), fresh })
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let time = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    time(file).zip(time(than)).is_some_and(|(file, than)| file >= than)
}
